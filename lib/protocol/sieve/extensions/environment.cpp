#include "protocol/sieve/extensions/environment.h"

#include <array>

#include "protocol/sieve/match.h"

namespace posthorn::sieve::extensions {

namespace {

bool test(Call& call) {
  Match match(call);
  if (const auto value = call.run().environment().item(call.text(0)))
    static_cast<void>(match.value(call.run().keep(*value)));
  return match.finish();
}

constexpr std::array kParameters{Parameter{Value::string}, Parameter{Value::strings}};
constexpr Row kEnvironment{.name = "environment",
                           .source = "RFC 5183 section 4",
                           .example = "environment :is \"name\" \"Posthorn\"",
                           .parameters = kParameters,
                           .takes = takes::match,
                           .keys = 2,
                           .test = test};
constexpr std::array kTests{&kEnvironment};

}  // namespace

constexpr Extension environment{.name = "environment", .source = "RFC 5183", .tests = kTests};

}  // namespace posthorn::sieve::extensions
