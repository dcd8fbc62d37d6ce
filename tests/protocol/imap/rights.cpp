#include "posthorn/protocol/imap/rights.h"

#include <doctest/doctest.h>

namespace posthorn::imap {

TEST_CASE("rights: letters are read and written in the order of RFC 4314") {
  CHECK(format_rights(Rights::all()) == "lrswipkxteacd");
  CHECK(parse_rights("aetxkpiwsrl") == Rights::all());
  CHECK(parse_rights("") == Rights());
  CHECK(format_rights(*parse_rights("rl")) == "lr");
}

TEST_CASE("rights: the letters of RFC 2086 stand for the new ones (section 2.1.1)") {
  CHECK(parse_rights("c") == (Right::create | Right::remove));
  CHECK(parse_rights("d") == (Right::expunge | Right::set_deleted));
  CHECK(format_rights(Right::create) == "kc");
  CHECK(format_rights(Right::expunge) == "ed");
}

TEST_CASE("rights: other letters are refused") {
  CHECK(!parse_rights("lrn"));
  CHECK(!parse_rights("L"));
  CHECK(!parse_rights("l r"));
}

}  // namespace posthorn::imap
