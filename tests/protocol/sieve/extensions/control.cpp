#include "protocol/sieve/extensions/control.h"

#include <doctest/doctest.h>

#include "protocol/sieve/stage.h"

using namespace posthorn;
using namespace posthorn::sieve;

TEST_CASE("RFC 5228 section 3.1: the first branch whose test holds") {
  Stage stage;
  CHECK(stage.run("if true { discard; } elsif true { keep; } else { redirect \"a@b.example\"; }") == "discard");
  CHECK(stage.run("if false { discard; } elsif true { keep; } else { redirect \"a@b.example\"; }") == "keep");
  CHECK(stage.run("if false { discard; } elsif false { keep; } else { redirect \"a@b.example\"; }") ==
        "redirect a@b.example");
  CHECK(stage.run("if false { discard; } if true { keep; } else { discard; }") == "keep");
}

TEST_CASE("RFC 5228 section 3.3: stop leaves the whole script and keeps what was wanted so far") {
  Stage stage;
  CHECK(stage.run("if true { stop; } discard;") == "implicit keep");
  CHECK(stage.run("redirect \"a@b.example\"; stop; keep;") == "redirect a@b.example");
}

TEST_CASE("conditions that stand where they cannot") {
  CHECK(errors("elsif true { keep; }") == "1:1 'elsif' stands behind an 'if' or 'elsif'\n");
  CHECK(errors("if true { keep; } keep; else { keep; }") == "1:25 'else' stands behind an 'if' or 'elsif'\n");
  CHECK(errors("if true { keep; } else { keep; } elsif true { keep; }") != "");
  CHECK(errors("keep; require \"fileinto\";") == "1:7 'require' stands in front of all other commands\n");
  CHECK(errors("if true { require \"fileinto\"; }") != "");
  CHECK(errors("if true;") == "1:1 'if' needs a block\n");
  CHECK(errors("if { keep; }") == "1:1 'if' takes one test\n");
  CHECK(errors("keep { stop; }") == "1:1 'keep' takes no block\n");
}
