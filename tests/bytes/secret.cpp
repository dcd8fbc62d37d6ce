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

TEST_CASE("a short secret leaves nothing behind where it is moved from") {
  std::string text = "hunter2secret";
  posthorn::Secret one(std::move(text));
  CHECK(posthorn::View(text.data(), 13) == std::string(13, '\0'));  // NOLINT: what is left is the point
  const char* place = one.reveal().data();
  const posthorn::Secret two(std::move(one));
  CHECK(two.reveal() == "hunter2secret");
  CHECK(posthorn::View(place, 13) == std::string(13, '\0'));
}
