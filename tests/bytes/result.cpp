#include "posthorn/bytes/result.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

using namespace posthorn;

namespace {
Result<int> half(int n) {
  if (n % 2 != 0) return fail(peer_error(Code::syntax, "odd", 7));
  return n / 2;
}
}  // namespace

TEST_CASE("every code has a word of its own") {
  std::set<View> words;
  for (int code = 0; code <= static_cast<int>(Code::defect); ++code) words.insert(name_of(static_cast<Code>(code)));
  CHECK(words.size() == static_cast<std::size_t>(Code::defect) + 1);
  CHECK(name_of(Code::sealed) == "sealed");
}

TEST_CASE("then and map pass values on and stop at the first failure") {
  CHECK(then(half(12), half) == 3);
  CHECK(map(half(12), [](int n) { return std::to_string(n); }) == std::string("6"));
  const auto r = then(half(6), half);
  REQUIRE(!r);
  CHECK(r.error().code == Code::syntax);
  CHECK(r.error().blame == Blame::peer);
  CHECK(r.error().offset == 7);
}
