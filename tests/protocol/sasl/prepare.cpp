#include "posthorn/protocol/sasl/prepare.h"

#include <string>

#include <doctest/doctest.h>

using namespace posthorn;
using posthorn::sasl::prepare;

TEST_CASE("prepare follows the examples of RFC 4013 section 3 that need no normalisation") {
  CHECK(*prepare("I\xC2\xADX") == "IX");  // SOFT HYPHEN mapped to nothing
  CHECK(*prepare("user") == "user");
  CHECK(*prepare("USER") == "USER");
  CHECK(prepare("\x07").error().code == Code::syntax);  // prohibited character
}

TEST_CASE("prepare maps spaces and leaves letters alone") {
  CHECK(*prepare("a\xC2\xA0"
                 "b") == "a b");
  CHECK(*prepare("\xE3\x80\x80x") == " x");
  CHECK(*prepare("Gr\xC3\xBC\xC3\x9F") == "Gr\xC3\xBC\xC3\x9F");
  CHECK(*prepare("\xEF\xBB\xBFx") == "x");
}

TEST_CASE("prepare refuses what nobody can type") {
  using namespace std::string_literals;
  for (const std::string& text : {""s, "\0"s, "a\nb"s, "a\x7F"s, "\xC2\x80"s, "\xEE\x80\x80"s, "\xEF\xBF\xBD"s,
                                  "\xEF\xBF\xBE"s, "\xF0\x9F\xBF\xBE"s, "\xE2\x80\xAE"s, "\xFF"s, "\xC2\xAD"s}) {
    CHECK(!prepare(text));
  }
}
