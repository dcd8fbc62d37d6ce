#include "protocol/sieve/extensions/special_use.h"

#include <doctest/doctest.h>

#include "protocol/sieve/stage.h"

using namespace posthorn;
using namespace posthorn::sieve;

TEST_CASE("RFC 8579 section 3: a use anywhere, or of one mailbox") {
  Stage stage;
  stage.world.uses = {"\\Junk", "\\Archive", "Spam \\Junk"};
  const auto holds = [&](View test) {
    return stage.run("require \"special-use\"; if specialuse_exists " + own(test) + " { discard; }") == "discard";
  };
  CHECK(holds("\"\\\\Junk\""));
  CHECK(holds("[\"\\\\Junk\", \"\\\\Archive\"]"));
  CHECK_FALSE(holds("[\"\\\\Junk\", \"\\\\Sent\"]"));
  CHECK(holds("\"Spam\" \"\\\\Junk\""));
  CHECK_FALSE(holds("\"Spam\" \"\\\\Archive\""));
}

TEST_CASE("RFC 8579 section 4: where to file; the examples have one backslash, which a string loses") {
  Stage stage;
  CHECK(stage.run("require [\"fileinto\", \"special-use\"]; fileinto :specialuse \"\\Junk\" \"Spam\";") ==
        "fileinto Spam use=\\Junk");
  CHECK(stage.run("require [\"fileinto\", \"special-use\", \"mailbox\"]; fileinto :specialuse \"\\\\Junk\" :create "
                  "\"Spam\";") == "fileinto Spam use=\\Junk create");
  CHECK(errors("require [\"fileinto\", \"special-use\"]; fileinto :specialuse \"a b\" \"Spam\";") != "");
  CHECK(errors("require \"special-use\"; if address :specialuse \"foo\" { discard; }") != "");
}
