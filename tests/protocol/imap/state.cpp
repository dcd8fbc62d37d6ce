#include "posthorn/protocol/imap/state.h"

#include <doctest/doctest.h>

#include "protocol/imap/stage.h"

namespace posthorn::imap {

TEST_CASE("a command works on the highest messages only, where the host limits how many (RFC 9738)") {
  testing::ImapStage stage(Limits{.messages = 2});
  stage.select();
  CHECK(stage.say("a UID STORE 1:* +FLAGS.SILENT (\\Flagged)\r\n").ends_with("a OK [MESSAGELIMIT 2 2] Done\r\n"));
  CHECK(stage.say("b UID STORE 1:2 +FLAGS.SILENT (\\Flagged)\r\n").ends_with("b OK Done\r\n"));
  CHECK(stage.say("c CREATE x\r\n").ends_with(" Done\r\n"));
  CHECK(stage.say("d COPY 1:3 x\r\n").starts_with("d NO [MESSAGELIMIT 2] "));
  CHECK(stage.say("e MOVE 1:3 x\r\n").starts_with("e NO [MESSAGELIMIT 2] "));
  CHECK(stage.say("f CAPABILITY\r\n").find(" MESSAGELIMIT=2") != View::npos);
}

TEST_CASE("$ stands for the saved result (RFC 9051 section 6.4.4.1); without one it is empty") {
  testing::ImapStage stage;
  stage.select();
  CHECK(stage.say("a STORE $ +FLAGS (\\Flagged)\r\n") == "a OK Done\r\n");
}

}  // namespace posthorn::imap
