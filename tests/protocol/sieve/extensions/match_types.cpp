#include "protocol/sieve/extensions/match_types.h"

#include <doctest/doctest.h>

#include "protocol/sieve/stage.h"

using namespace posthorn;
using namespace posthorn::sieve;

namespace {
bool fits(View type, View value, View key) {
  Stage stage;
  return stage.run("require \"variables\";\r\nif string :" + own(type) + " :comparator \"i;octet\" \"" + own(value) +
                   "\" \"" + own(key) + "\" { discard; }") == "discard";
}
}  // namespace

TEST_CASE("RFC 5228 section 2.7.1: is, contains, matches") {
  CHECK(fits("is", "abc", "abc"));
  CHECK_FALSE(fits("is", "abc", "ab"));
  CHECK(fits("contains", "abc", "bc"));
  CHECK(fits("contains", "abc", ""));
  CHECK(fits("contains", "", ""));
  CHECK_FALSE(fits("contains", "", "a"));
  CHECK(fits("matches", "frobnitzm", "frobnitz?"));
  CHECK_FALSE(fits("matches", "frobnitz", "frobnitz?"));
  CHECK(fits("matches", "frobnitz", "frob*"));
  CHECK(fits("matches", "aXbXcX", "*X*X"));
  CHECK_FALSE(fits("matches", "aXbXc", "*X"));
  CHECK(fits("matches", "", "*"));
  CHECK(fits("matches", "", "**"));
  CHECK_FALSE(fits("matches", "", "?"));
  CHECK(fits("matches", "\xC3\xA4x", "?x"));
  CHECK(fits("matches", "a*b", "a\\\\*b"));
  CHECK_FALSE(fits("matches", "axb", "a\\\\*b"));
  CHECK(fits("matches", "a?", "a\\\\?"));
}

TEST_CASE("RFC 5229 section 3.2: wildcards take as little as they can, and keep the case") {
  Stage stage;
  const auto parts = [&](View value, View key, View shown) {
    return stage.run("require [\"variables\", \"fileinto\"];\r\nif string :matches \"" + own(value) + "\" \"" +
                     own(key) + "\" { fileinto \"" + own(shown) + "\"; }");
  };
  // The examples of the section.
  CHECK(parts("coyote@ACME.Example.COM", "coyote@**.com", "${0}|${1}|${2}|") ==
        "fileinto coyote@ACME.Example.COM||ACME.Example|");
  CHECK(parts("[acme-users] [fwd] version 1.0 is out", "[*] *", "${1}|${2}") ==
        "fileinto acme-users|[fwd] version 1.0 is out");
  CHECK(parts("frop*BCE", "?????\\\\*?A*", "x") == "implicit keep");
  CHECK(parts("\xC3\x84pfel", "?p*", "${1}-${2}") == "fileinto \xC3\x84-fel");
}

TEST_CASE("a pattern made to hurt costs steps, not time") {
  Stage stage;
  const std::string value(16'000, 'a');
  std::string key;
  for (int i = 0; i < 500; ++i) key += "*a";
  CHECK(stage
            .run("require \"variables\";\r\nset \"v\" \"" + value + "\";\r\nif string :matches \"${v}\" \"" + key +
                 "b\" { discard; }")
            .ends_with("implicit keep"));
  CHECK(stage.outcome.steps < 2 * Limits().steps);
}
