#include "protocol/sieve/match.h"

#include <doctest/doctest.h>

#include "protocol/sieve/stage.h"

using namespace posthorn;
using namespace posthorn::sieve;

TEST_CASE("match: constant and made keys fit alike") {
  Stage stage;
  CHECK(stage.run("if header :contains \"subject\" \"HELLO\" { discard; }") == "discard");
  CHECK(
      stage.run("require \"variables\"; set \"k\" \"HELLO\"; if header :contains \"subject\" \"${k}\" { discard; }") ==
      "discard");
  CHECK(stage.run("if header :comparator \"i;octet\" :contains \"subject\" \"HELLO\" { discard; }") == "implicit keep");
  CHECK(stage.run("if header :contains \"subject\" [\"no\", \"hello\"] { discard; }") == "discard");
  CHECK(stage.run("if header :contains \"subject\" [] { discard; }").starts_with("1:"));
}

TEST_CASE("match: a trace says what fits") {
  Stage stage;
  stage.options.trace = true;
  stage.run("if header :contains \"subject\" \"ell\" { keep; }");
  bool said = false;
  for (const Trace& each : stage.outcome.trace) said = said || each.text == "\"hello\" fits \"ell\"";
  CHECK(said);
}
