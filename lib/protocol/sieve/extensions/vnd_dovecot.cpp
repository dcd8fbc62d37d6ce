#include "protocol/sieve/extensions/vnd_dovecot.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "protocol/sieve/extensions/environment.h"
#include "protocol/sieve/run.h"

namespace posthorn::sieve::extensions {

namespace {

Flow log(Call& call) {
  const View text = call.text(0);
  if (!call.run().hold(0, text.size()) || !call.run().spend_question()) return Flow::stop;
  call.run().environment().log(text);
  return Flow::next;
}

// Names of variables have no "-": "_" stands for it.
std::optional<std::string> get(Run& run, View rest) {
  if (auto value = environment_item(run, rest)) return value;
  std::string name(rest);
  std::ranges::replace(name, '_', '-');
  return environment_item(run, name);
}

constexpr std::array kText{Parameter{Value::string}};
constexpr Row kDebugLog{.name = "debug_log",
                        .source = "spec-bosch-sieve-dovecot-debug section 4",
                        .example = "debug_log \"here\";",
                        .parameters = kText,
                        .run = log};
constexpr std::array kCommands{&kDebugLog};
constexpr Namespace kEnv{.name = "env", .get = get};
constexpr std::array kNamespaces{&kEnv};
constexpr std::array<View, 1> kImplied{"environment"};

}  // namespace

constexpr Extension vnd_dovecot_debug{
    .name = "vnd.dovecot.debug", .source = "spec-bosch-sieve-dovecot-debug", .commands = kCommands};
constexpr Extension vnd_dovecot_environment{.name = "vnd.dovecot.environment",
                                            .source = "spec-bosch-sieve-dovecot-environment",
                                            .namespaces = kNamespaces,
                                            .implies = kImplied};

}  // namespace posthorn::sieve::extensions
