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
  Programs programs(2, 1'000);
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
  Programs programs(2, 1'000);
  const auto bad = programs.get(script("a", "no such command;"), {});
  CHECK_FALSE(bad->program);
  CHECK_FALSE(bad->errors.empty());
  CHECK(programs.get(script("a", "no such command;"), {}) == bad);
}

TEST_CASE("programs: nothing is kept where nothing may be") {
  Programs programs(0, 1'000);
  CHECK(programs.get(script("a", "keep;"), {})->program);
}

// Ten times a script is what its program takes: many long ones must not fill the memory of the host.
TEST_CASE("programs: those used last are kept as far as their texts are not too long together") {
  Programs programs(100, 20);
  const auto first = programs.get(script("a", "keep;    "), {});
  const auto second = programs.get(script("b", "keep;     "), {});
  CHECK(programs.get(script("a", "keep;    "), {}) == first);    // 19 octets
  const auto third = programs.get(script("c", "discard;"), {});  // "b" goes
  CHECK(programs.get(script("a", "keep;    "), {}) == first);
  CHECK(programs.get(script("c", "discard;"), {}) == third);
  CHECK(programs.get(script("b", "keep;     "), {}) != second);
  const auto whole = programs.get(script("d", "keep;               "), {});  // 20: all others go
  CHECK(programs.get(script("d", "keep;               "), {}) == whole);
  const auto longer = programs.get(script("e", "keep;                "), {});  // 21: it is not kept, the others stay
  REQUIRE(longer->program);
  CHECK(programs.get(script("e", "keep;                "), {}) != longer);
  CHECK(programs.get(script("d", "keep;               "), {}) == whole);
}
