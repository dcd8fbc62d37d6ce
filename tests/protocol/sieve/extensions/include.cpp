#include "protocol/sieve/extensions/include.h"

#include <doctest/doctest.h>

#include "protocol/sieve/stage.h"

using namespace posthorn;
using namespace posthorn::sieve;

TEST_CASE("RFC 6609 section 3: included scripts, return and stop") {
  Stage stage;
  stage.world.scripts = {{"personal:a", "require \"include\"; redirect \"a@example.com\"; return; discard;"},
                         {"global:a", "redirect \"g@example.com\"; stop;"}};
  CHECK(stage.run("require \"include\"; include \"a\"; keep;") == "redirect a@example.com; keep");
  CHECK(stage.run("require \"include\"; include :global \"a\"; keep;") == "redirect g@example.com");
  CHECK(stage.run("require \"include\"; include \"none\";") ==
        "error 1:20 there is no script \"none\" to include; implicit keep");
  CHECK(stage.run("require \"include\"; include :optional \"none\"; keep;") == "keep");
}

TEST_CASE("RFC 6609 section 3.1: a script that includes itself ends; once is once") {
  Stage stage;
  stage.world.scripts = {{"personal:loop", "require \"include\"; include \"loop\";"},
                         {"personal:once", "require [\"include\", \"variables\"]; global \"n\"; set \"n\" \"${n}x\";"}};
  CHECK(stage.run("require \"include\"; include \"loop\";").find("too many scripts") != std::string::npos);
  CHECK(stage.run("require [\"include\", \"variables\", \"fileinto\"]; global \"n\"; include :once \"once\"; include "
                  ":once \"once\"; "
                  "fileinto \"${n}\";") == "fileinto x");
}

TEST_CASE("RFC 6609 section 3.4: variables are a script's own unless they are global") {
  Stage stage;
  stage.world.scripts = {{"personal:set",
                          "require [\"include\", \"variables\"]; global \"shared\"; set \"shared\" \"s\"; set \"own\" "
                          "\"o\"; set \"global.space\" \"n\";"}};
  CHECK(stage.run("require [\"include\", \"variables\", \"fileinto\"]; global \"shared\"; set \"own\" \"mine\"; "
                  "include \"set\"; "
                  "fileinto \"${shared}-${own}-${global.space}\";") == "fileinto s-mine-n");
}
