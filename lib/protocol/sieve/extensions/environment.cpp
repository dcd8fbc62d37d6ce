#include "protocol/sieve/extensions/environment.h"

#include <array>

#include "protocol/sieve/check.h"
#include "protocol/sieve/match.h"

namespace posthorn::sieve::extensions {

std::optional<std::string> environment_item(Run& run, View name) {
  constexpr View kConfigured = "vnd.dovecot.config.";
  const Program& program = *run.frame().program;
  const std::string lower = lower_case(name);
  if (lower.starts_with("imap.") && !program.requires_("imapsieve")) return std::nullopt;
  if (lower.starts_with("vnd.dovecot.") && !program.requires_("vnd.dovecot.environment")) return std::nullopt;
  if (!run.spend_question()) return std::nullopt;
  if (lower.starts_with(kConfigured)) return run.environment().configured(name.substr(kConfigured.size()));
  return run.environment().item(lower);
}

namespace {

bool test(Call& call) {
  Match match(call);
  if (const auto value = environment_item(call.run(), call.text(0)))
    static_cast<void>(match.value(call.run().keep(*value)));
  return match.finish();
}

void check(Check& check) {
  for (const Check::Constant& name : check.constants(0)) {
    if (lower_case(name.text).starts_with("imap.") && !check.program().requires_("imapsieve"))
      check.error(name.at, "\"" + own(name.text) + "\" needs: require \"imapsieve\";");
  }
}

constexpr std::array kParameters{Parameter{Value::string}, Parameter{Value::strings}};
constexpr Row kEnvironment{.name = "environment",
                           .source = "RFC 5183 section 4",
                           .example = "environment :is \"name\" \"Posthorn\"",
                           .parameters = kParameters,
                           .takes = takes::match,
                           .keys = 2,
                           .check = check,
                           .test = test};
constexpr std::array kTests{&kEnvironment};

}  // namespace

constexpr Extension environment{.name = "environment", .source = "RFC 5183", .tests = kTests};

}  // namespace posthorn::sieve::extensions
