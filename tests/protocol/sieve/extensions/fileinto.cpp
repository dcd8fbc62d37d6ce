#include "protocol/sieve/extensions/fileinto.h"

#include <doctest/doctest.h>

#include "protocol/sieve/stage.h"

using namespace posthorn;
using namespace posthorn::sieve;

TEST_CASE("RFC 5228 section 4.1: filing takes the implicit keep away; the same mailbox gets one copy") {
  Stage stage;
  CHECK(stage.run("require \"fileinto\"; fileinto \"INBOX.harassment\"; fileinto \"INBOX.harassment\";") ==
        "fileinto INBOX.harassment");
  CHECK(stage.run("require \"fileinto\"; fileinto \"a\"; fileinto \"b\"; keep;") == "fileinto a; fileinto b; keep");
}

TEST_CASE("fileinto: what is no name of a mailbox ends the run, and the message is kept") {
  Stage stage;
  CHECK(stage.run("require [\"fileinto\", \"variables\"]; fileinto \"${none}\";").ends_with("; implicit keep"));
  CHECK(compile(View("require \"fileinto\"; fileinto \"\";")).warnings.size() == 1);
}
