#include "protocol/imap/admission.h"

#include <doctest/doctest.h>

#include "protocol/imap/stage.h"

using namespace posthorn;
using testing::ImapStage;

TEST_CASE("wrong name and wrong password sound the same; a directory that is away sounds different") {
  ImapStage stage;
  stage.run();
  const std::string wrong = "a NO [AUTHENTICATIONFAILED] Wrong name or password\r\n";
  CHECK(stage.say("a LOGIN ann x\r\n") == wrong);
  CHECK(stage.say("a LOGIN nobody x\r\n") == wrong);
  CHECK(stage.say("a AUTHENTICATE PLAIN AG5vYm9keQB4\r\n") == wrong);
  stage.verifier.break_down();
  CHECK(stage.say("a LOGIN ann x\r\n").starts_with("a NO [UNAVAILABLE] "));
}
