#include "protocol/imap/commands/listrights.h"

#include <doctest/doctest.h>

#include "protocol/imap/names_stage.h"

using namespace posthorn;
using namespace posthorn::imap;

TEST_CASE("LISTRIGHTS takes what its grammar says and nothing else") {
  for (View arguments : {View(" ~/Mail/saved smith")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(commands::listrights::spec.check(c), arguments);
  }
  for (View arguments : {View(""), View(" x"), View(" x \"\""), View(" x y z")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(!commands::listrights::spec.check(c), arguments);
  }
}

TEST_CASE("LISTRIGHTS tells what somebody has anyway and what may be given (RFC 4314 section 3.7)") {
  testing::NamesStage stage;
  CHECK(stage.say("LISTRIGHTS INBOX anyone") ==
        "* LISTRIGHTS \"INBOX\" \"anyone\" \"\" l r s w i p k x t e a c d\r\nA OK Done\r\n");
  CHECK(stage.say("LISTRIGHTS INBOX ann") == "* LISTRIGHTS \"INBOX\" \"ann\" lrswipkxteacd\r\nA OK Done\r\n");
  CHECK(stage.say("LISTRIGHTS nowhere ann").starts_with("A NO [NONEXISTENT] "));
}
