#include "protocol/sieve/extensions/encoded_character.h"

#include <doctest/doctest.h>

#include "protocol/sieve/stage.h"

using namespace posthorn;
using namespace posthorn::sieve;

TEST_CASE("RFC 5228 section 2.4.2.4: the examples") {
  // The table of the section: "$${hex:40}" is "$@", and so on.
  CHECK(extensions::decode_characters("$${hex:40}") == "$@");
  CHECK(extensions::decode_characters("${hex: 40 }") == "@");
  CHECK(extensions::decode_characters("${HEX: 40}") == "@");
  CHECK(extensions::decode_characters("${hex:40") == "${hex:40");
  CHECK(extensions::decode_characters("${hex:400}") == "${hex:400}");
  CHECK(extensions::decode_characters("${hex:4${hex:30}}") == "${hex:40}");
  CHECK(extensions::decode_characters("${unicode:40}") == "@");
  CHECK(extensions::decode_characters("${ unicode:40}") == "${ unicode:40}");
  CHECK(extensions::decode_characters("${UNICODE:40}") == "@");
  CHECK(extensions::decode_characters("${UnICoDE:0000040}") == "@");
  CHECK(extensions::decode_characters("${Unicode:40}") == "@");
  CHECK(extensions::decode_characters("${Unicode:Cool}") == "${Unicode:Cool}");
  CHECK(extensions::decode_characters("${hex:24 24}") == "$$");
}

TEST_CASE("encoded characters that Unicode does not have") {
  CHECK_FALSE(extensions::decode_characters("${unicode:200000}"));
  CHECK_FALSE(extensions::decode_characters("${Unicode:DF01}"));
  CHECK_FALSE(extensions::decode_characters("${hex:00}"));
  CHECK(errors("require [\"encoded-character\", \"fileinto\"]; fileinto \"${unicode:D800}\";") != "");
}
