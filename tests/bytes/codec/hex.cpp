#include "posthorn/bytes/codec/hex.h"

#include <doctest/doctest.h>

using namespace posthorn;

TEST_CASE("hex: RFC 4648 section 10") {
  CHECK(codec::hex_encode("") == "");
  CHECK(codec::hex_encode("foobar") == "666f6f626172");
  CHECK(codec::hex_decode("666F6F626172") == "foobar");
  CHECK(codec::hex_decode("666f6f62") == "foob");
  CHECK(codec::hex_encode(View("\0\xFF", 2)) == "00ff");
}

TEST_CASE("hex: refuses what is no pair of digits") {
  CHECK_FALSE(codec::hex_decode("6"));
  CHECK_FALSE(codec::hex_decode("6g"));
  CHECK_FALSE(codec::hex_decode("66 6"));
}
