#include "posthorn/bytes/secret.h"

#include <doctest/doctest.h>

using namespace posthorn;

TEST_CASE("equal_in_constant_time compares lengths and octets") {
  CHECK(equal_in_constant_time("", ""));
  CHECK(equal_in_constant_time("abc", "abc"));
  CHECK(!equal_in_constant_time("abc", "abd"));
  CHECK(!equal_in_constant_time("abc", "ab"));
}

TEST_CASE("a moved-from secret holds nothing") {
  Secret a{std::string("swordfish")};
  Secret b = std::move(a);
  CHECK(b.reveal() == "swordfish");
  CHECK(a.empty());  // NOLINT(bugprone-use-after-move): that is the claim
}
