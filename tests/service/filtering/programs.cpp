#include "service/filtering/programs.h"

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::filtering;

namespace {

Script script(std::string key, std::string text) {
  return {.key = std::move(key), .text = std::make_shared<const std::string>(std::move(text))};
}

}  // namespace

TEST_CASE("programs: a script is compiled once, and those used last are kept") {
  Programs programs(2);
  const auto first = programs.get(script("a", "keep;"), {});
  REQUIRE(first->program);
  CHECK(programs.get(script("a", "keep;"), {}) == first);
  const auto second = programs.get(script("b", "discard;"), {});
  CHECK(second != first);
  CHECK(programs.get(script("a", "keep;"), {}) == first);
  static_cast<void>(programs.get(script("c", "stop;"), {}));  // "b" goes
  CHECK(programs.get(script("a", "keep;"), {}) == first);
  CHECK(programs.get(script("b", "discard;"), {}) != second);
}

TEST_CASE("programs: what does not compile is known, too") {
  Programs programs(2);
  const auto bad = programs.get(script("a", "no such command;"), {});
  CHECK_FALSE(bad->program);
  CHECK_FALSE(bad->errors.empty());
  CHECK(programs.get(script("a", "no such command;"), {}) == bad);
}

TEST_CASE("programs: nothing is kept where nothing may be") {
  Programs programs(0);
  CHECK(programs.get(script("a", "keep;"), {})->program);
}
