#include "posthorn/grammar/cursor.h"

#include <doctest/doctest.h>

using namespace posthorn;

TEST_CASE("a rule is one chain and the first failure keeps its offset") {
  Cursor c("FROM 12 x");
  std::uint32_t n = 0;
  CHECK((c.word("from") && c.sp() && c.number(n)));
  CHECK(n == 12);
  CHECK(!(c.sp() && c.octet('y') && c.end()));
  CHECK(!c.end());
  const auto r = c.finish(n);
  REQUIRE(!r);
  CHECK(r.error().offset == 8);
}

TEST_CASE("numbers stop at their maximum") {
  std::uint32_t n = 0;
  CHECK(Cursor("4294967295").number(n));
  CHECK(n == 4294967295U);
  CHECK(!Cursor("4294967296").number(n));
  std::uint8_t small = 0;
  CHECK(!Cursor("11").number(small, std::uint8_t{10}));
  CHECK(!Cursor("").number(n));
}

TEST_CASE("try_ takes or leaves without an error") {
  Cursor c("ab");
  CHECK(!c.try_octet('b'));
  CHECK(c.try_octet('a'));
  CHECK(c.try_run(chars::kDigit).empty());
  CHECK(c.ok());
  CHECK(c.octet('b'));
  CHECK(c.end());
}
