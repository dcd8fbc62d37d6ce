#include "posthorn/bytes/result.h"

#include <doctest/doctest.h>

#include <string>

using namespace posthorn;

namespace {
Result<int> half(int n) {
  if (n % 2 != 0) return fail(peer_error(Code::syntax, "odd", 7));
  return n / 2;
}
}  // namespace

TEST_CASE("then and map pass values on and stop at the first failure") {
  CHECK(then(half(12), half) == 3);
  CHECK(map(half(12), [](int n) { return std::to_string(n); }) == std::string("6"));
  const auto r = then(half(6), half);
  REQUIRE(!r);
  CHECK(r.error().code == Code::syntax);
  CHECK(r.error().blame == Blame::peer);
  CHECK(r.error().offset == 7);
}
