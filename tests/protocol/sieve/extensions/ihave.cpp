#include "protocol/sieve/extensions/ihave.h"

#include <doctest/doctest.h>

#include "protocol/sieve/stage.h"

using namespace posthorn;
using namespace posthorn::sieve;

TEST_CASE("RFC 5463 section 4: what is there is switched on, what is not is never looked at") {
  Stage stage;
  CHECK(stage.run("require \"ihave\"; if ihave \"fileinto\" { fileinto \"x\"; }") == "fileinto x");
  CHECK(stage.run("require \"ihave\"; if ihave \"vnd.none\" { nonsense \"x\"; } else { discard; }") == "discard");
  CHECK(stage.run("require \"ihave\"; if not ihave [\"fileinto\", \"vnd.none\"] { discard; } else { nonsense; }") ==
        "discard");
  CHECK(stage.run("require \"ihave\"; if anyof (true, not ihave \"vnd.none\") { discard; }") == "discard");
  CHECK(errors("require \"ihave\"; if ihave \"copy\" { nonsense; }") == "1:36 there is no command 'nonsense'\n");
  CHECK(errors("require [\"ihave\", \"variables\"]; if ihave \"${x}\" { keep; }") != "");
}

TEST_CASE("RFC 5463 section 5: an error of the script's own") {
  Stage stage;
  CHECK(stage.run("require [\"ihave\", \"fileinto\"]; fileinto \"x\"; error \"no \\\"y\\\"\";") ==
        "error 1:46 no \"y\"; implicit keep");
}
