#include "protocol/sieve/extensions/copy.h"

#include <doctest/doctest.h>

#include "protocol/sieve/stage.h"

using namespace posthorn;
using namespace posthorn::sieve;

TEST_CASE("RFC 3894: a copy leaves the implicit keep") {
  Stage stage;
  CHECK(stage.run("require [\"copy\", \"fileinto\"]; fileinto :copy \"x\";") == "fileinto x; implicit keep");
  CHECK(stage.run("require \"copy\"; redirect :copy \"a@b.example\";") == "redirect a@b.example; implicit keep");
  CHECK(errors("require \"copy\"; keep :copy;") == "1:22 'keep' takes no ':copy'\n");
}
