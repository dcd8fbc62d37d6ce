#include "protocol/sieve/extensions/include.h"

#include <array>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "protocol/sieve/check.h"
#include "protocol/sieve/interpolation.h"
#include "protocol/sieve/run.h"

namespace posthorn::sieve::extensions {

namespace {

/// What all scripts of a run share.
struct Included {
  std::size_t count = 0;
  std::set<std::string> once;  // location and name
  std::map<std::string, std::string, std::less<>> globals;
};

constexpr TagRow kPersonal{.name = "personal", .group = Group::location};
constexpr TagRow kGlobal{.name = "global", .group = Group::location};
constexpr TagRow kOnce{.name = "once"};
constexpr TagRow kOptional{.name = "optional"};
constexpr std::array kTags{&kPersonal, &kGlobal, &kOnce, &kOptional};

Flow run_included(Call& call, const Program& program) {
  Run& run = call.run();
  // `return` ends the included script alone, `stop` all of them (RFC 6609 section 3.3).
  const Flow flow = run.enter(program);
  return flow == Flow::stop ? Flow::stop : Flow::next;
}

Flow include(Call& call) {
  Run& run = call.run();
  Included& included = run.state<Included>();
  const std::string name = own(call.text(0));
  const Location location = call.has(kGlobal) ? Location::global : Location::personal;
  const Limits& limits = run.options().limits;
  if (included.once.contains((location == Location::global ? "g" : "p") + name) && call.has(kOnce)) return Flow::next;
  if (++included.count > limits.included || run.depth() > limits.include_nesting) {
    run.fail("too many scripts are included");
    return Flow::stop;
  }
  if (!run.spend_question()) return Flow::stop;
  const auto program = run.environment().include(location, name);
  if (!program) {
    run.fail("the included script \"" + name + "\" has errors: " + program.error().note);
    return Flow::stop;
  }
  if (*program == nullptr) {
    if (call.has(kOptional)) return Flow::next;
    run.fail("there is no script \"" + name + "\" to include");
    return Flow::stop;
  }
  included.once.insert((location == Location::global ? "g" : "p") + name);
  return run_included(call, **program);
}

Flow leave(Call& /*call*/) { return Flow::back; }

// What `global` names is one variable for all scripts: it is known by its place here and copied at the borders.
Flow share(Call& call) {
  Run& run = call.run();
  Included& included = run.state<Included>();
  for (const std::string& name : call.texts(std::size_t{0})) {
    const std::string lower = lower_case(name);
    run.frame().shared.emplace(*call.program().variable(lower), &included.globals[lower]);
  }
  return Flow::next;
}

void check_global(Check& check) {
  if (!check.program().has_variables) return check.error("'global' needs: require \"variables\";");
  if (!check.must_be_constant(0)) return;
  for (const Check::Constant& name : check.constants(0)) {
    if (!is_identifier(name.text))
      check.error(name.at, "\"" + own(name.text) + "\" is no name of a variable");
    else if (!declare(check.program(), check.limits(), name.text))
      check.error(name.at, "too many variables");
  }
}

void check_name(Check& check) {
  for (const Check::Constant& name : check.constants(0)) {
    if (name.text.empty() || name.text.find_first_of("/\r\n") != View::npos)
      check.error(name.at, "\"" + own(name.text) + "\" is no name of a script");
  }
}

std::optional<std::string> get(Run& run, View rest) {
  const auto& globals = run.state<Included>().globals;
  const auto found = globals.find(lower_case(rest));
  return found == globals.end() ? std::nullopt : std::optional(found->second);
}

bool set(Run& run, View rest, std::string value) {
  if (!is_identifier(rest)) return false;
  std::string& place = run.state<Included>().globals[lower_case(rest)];
  if (run.hold(place.size(), value.size())) place = std::move(value);
  return true;
}

constexpr std::array kName{Parameter{Value::string}};
constexpr std::array kNames{Parameter{Value::strings}};
constexpr Row kInclude{.name = "include",
                       .source = "RFC 6609 section 3.1",
                       .example = "include :personal \"always\";",
                       .parameters = kName,
                       .tags = kTags,
                       .check = check_name,
                       .run = include};
constexpr Row kReturn{.name = "return", .source = "RFC 6609 section 3.3", .example = "return;", .run = leave};
constexpr Row kGlobalCommand{.name = "global",
                             .source = "RFC 6609 section 3.4.1",
                             .example = "global \"name\";",
                             .parameters = kNames,
                             .check = check_global,
                             .run = share};
constexpr std::array kCommands{&kInclude, &kReturn, &kGlobalCommand};
constexpr Namespace kShared{.name = "global", .get = get, .set = set};
constexpr std::array kNamespaces{&kShared};

}  // namespace

constexpr Extension include_extension{
    .name = "include", .source = "RFC 6609", .commands = kCommands, .namespaces = kNamespaces};

}  // namespace posthorn::sieve::extensions
