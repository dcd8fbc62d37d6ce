#include "protocol/sieve/extensions/environment.h"

#include <doctest/doctest.h>

#include "protocol/sieve/stage.h"

using namespace posthorn;
using namespace posthorn::sieve;

TEST_CASE("RFC 5183 section 4: what the host says; an unknown item fits nothing") {
  Stage stage;
  stage.world.items = {{"name", "Posthorn"}};
  CHECK(stage.run("require \"environment\"; if environment \"name\" \"posthorn\" { discard; }") == "discard");
  CHECK(stage.run("require \"environment\"; if environment :matches \"other\" \"*\" { discard; }") == "implicit keep");
}
