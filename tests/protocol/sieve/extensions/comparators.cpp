#include "protocol/sieve/extensions/comparators.h"

#include <doctest/doctest.h>

#include "protocol/sieve/stage.h"

using namespace posthorn;
using namespace posthorn::sieve;

TEST_CASE("RFC 4790 section 9.1: numbers by the digits they begin with; what has none is more than any") {
  Stage stage;
  const auto compared = [&](View a, View how, View b) {
    return stage.run("require [\"variables\", \"relational\", \"comparator-i;ascii-numeric\"];\r\nif string :value \"" +
                     own(how) + "\" :comparator \"i;ascii-numeric\" \"" + own(a) + "\" \"" + own(b) +
                     "\" { discard; }") == "discard";
  };
  CHECK(compared("010", "eq", "10x"));
  CHECK(compared("9", "lt", "10"));
  CHECK(compared("x", "gt", "99999999999999999999999"));
  CHECK(compared("x", "eq", "y"));
  CHECK_FALSE(compared("10", "lt", "9"));
}

TEST_CASE("comparators: what they take away") {
  Stage stage;
  const auto same = [&](View comparator, View a, View b) {
    return stage.run("require [\"variables\", \"comparator-i;unicode-casemap\"];\r\nif string :comparator \"" +
                     own(comparator) + "\" \"" + own(a) + "\" \"" + own(b) + "\" { discard; }") == "discard";
  };
  CHECK(same("i;ascii-casemap", "AbC", "aBc"));
  CHECK_FALSE(same("i;ascii-casemap", "\xC3\x84", "\xC3\xA4"));
  CHECK(same("i;unicode-casemap", "\xC3\x84", "\xC3\xA4"));
  CHECK_FALSE(same("i;octet", "AbC", "aBc"));
  CHECK(same("i;octet", "AbC", "AbC"));
}

TEST_CASE("comparators: one that is not there, or knows no parts") {
  CHECK(errors("if header :comparator \"i;klingon\" \"a\" \"b\" { keep; }").starts_with("1:23 there is no comparator"));
  CHECK(
      errors("require \"comparator-i;ascii-numeric\"; if header :contains :comparator \"i;ascii-numeric\" \"a\" \"b\" "
             "{ keep; }") != "");
}
