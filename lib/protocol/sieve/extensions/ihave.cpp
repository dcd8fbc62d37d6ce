#include "protocol/sieve/extensions/ihave.h"

#include <array>

#include "protocol/sieve/check.h"
#include "protocol/sieve/run.h"

namespace posthorn::sieve::extensions {

namespace {

/// Known while compiling: what is there is switched on, what is not is never reached.
std::optional<bool> known(Check& check) {
  if (!check.must_be_constant(0)) return std::nullopt;
  const auto available = check.ground().available;
  for (const Check::Constant& name : check.constants(0)) {
    if (find_extension(available, name.text) == nullptr) return false;
  }
  for (const Check::Constant& name : check.constants(0))
    enable(check.program(), available, *find_extension(available, name.text));
  return true;
}

bool test(Call& call) {
  for (const std::string& name : call.texts(std::size_t{0})) {
    if (!call.program().requires_(name)) return false;
  }
  return true;
}

Flow error(Call& call) {
  call.run().fail(call.text(0));
  return Flow::stop;
}

constexpr std::array kNames{Parameter{Value::strings}};
constexpr std::array kMessage{Parameter{Value::string}};
constexpr Row kIhave{.name = "ihave",
                     .source = "RFC 5463 section 4",
                     .example = "ihave \"fileinto\"",
                     .parameters = kNames,
                     .known = known,
                     .test = test};
constexpr Row kError{.name = "error",
                     .source = "RFC 5463 section 5",
                     .example = "error \"it does not work\";",
                     .parameters = kMessage,
                     .run = error};
constexpr std::array kTests{&kIhave};
constexpr std::array kCommands{&kError};

}  // namespace

constexpr Extension ihave{.name = "ihave", .source = "RFC 5463", .commands = kCommands, .tests = kTests};

}  // namespace posthorn::sieve::extensions
