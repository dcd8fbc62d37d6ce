// Scripts: whatever is parsed is written and read again as the same tree; compiling any of it says what is wrong or
// gives a program.
#include <algorithm>
#include <string>
#include <string_view>

#include "posthorn/protocol/sieve/program.h"

#include "check.h"
#include "fuzz.h"

namespace {

using namespace posthorn;
using namespace posthorn::sieve;

bool same(const std::vector<Test>& a, const std::vector<Test>& b);

bool same(const Argument& a, const Argument& b) {
  const auto same_value = [](const String& x, const String& y) { return x.value == y.value; };
  return a.kind == b.kind && a.tag == b.tag && a.number == b.number && a.quantifier == b.quantifier &&
         std::ranges::equal(a.strings, b.strings, same_value);
}

bool same_arguments(const std::vector<Argument>& a, const std::vector<Argument>& b) {
  return std::ranges::equal(a, b, [](const Argument& x, const Argument& y) { return same(x, y); });
}

bool same(const std::vector<Test>& a, const std::vector<Test>& b) {
  return std::ranges::equal(a, b, [](const Test& x, const Test& y) {
    return x.name == y.name && x.list == y.list && same_arguments(x.arguments, y.arguments) && same(x.tests, y.tests);
  });
}

bool same(const std::vector<Command>& a, const std::vector<Command>& b) {
  return std::ranges::equal(a, b, [](const Command& x, const Command& y) {
    return x.name == y.name && x.list == y.list && x.has_block == y.has_block && same(x.tests, y.tests) &&
           same_arguments(x.arguments, y.arguments) && same(x.block, y.block);
  });
}

}  // namespace

void posthorn_fuzz(std::string_view input) {
  constexpr Limits kLimits{.script = 65'536, .nesting = 20, .errors = 5, .variables = 20};
  const Parsed parsed = parse_script(input, kLimits);
  fuzzing::check(input.size() <= kLimits.script || !parsed.errors.empty(), "a script has an end");
  const Compilation made = compile(input, kLimits);
  fuzzing::check((made.program != nullptr) == made.errors.empty(), "there is a program or an error");
  fuzzing::check(made.errors.size() <= kLimits.errors && made.warnings.size() <= kLimits.errors,
                 "few errors are enough");
  if (!parsed.errors.empty()) {
    fuzzing::check(!made.errors.empty(), "what is no script does not compile");
    return;
  }
  // Writing may make it longer, not deeper.
  constexpr Limits kWide{.nesting = 20};
  const std::string written = format(parsed.script);
  const Parsed again = parse_script(written, kWide);
  fuzzing::check(again.errors.empty(), "what is written is a script");
  fuzzing::check(same(parsed.script.commands, again.script.commands), "what is written reads back");
  fuzzing::check(format(again.script) == written, "there is one style");
}
