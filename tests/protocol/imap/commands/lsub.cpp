#include "protocol/imap/commands/lsub.h"

#include <doctest/doctest.h>

#include "protocol/imap/names_stage.h"

using namespace posthorn;
using namespace posthorn::imap;

TEST_CASE("LSUB takes what its grammar says and nothing else") {
  for (View arguments : {View(" \"\" *")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(commands::lsub::spec.check(c), arguments);
  }
  for (View arguments : {View(""), View(" x"), View(" \"\" * x")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(!commands::lsub::spec.check(c), arguments);
  }
}

TEST_CASE("LSUB tells of parents that % stops at (RFC 3501 section 6.3.9)") {
  testing::NamesStage stage;
  stage.account.subscriptions = {"#news.comp.mail/mime", "#news.comp.mail/misc", "foo/bar/baz", "foo"};
  CHECK(stage.say("LSUB \"#news.\" \"comp.mail/*\"") ==
        "* LSUB () \"/\" \"#news.comp.mail/mime\"\r\n* LSUB () \"/\" \"#news.comp.mail/misc\"\r\nA OK Done\r\n");
  CHECK(stage.say("LSUB \"#news.\" \"comp.%\"") == "* LSUB (\\Noselect) \"/\" \"#news.comp.mail\"\r\nA OK Done\r\n");
  CHECK(stage.say("LSUB \"\" f%") == "* LSUB () \"/\" \"foo\"\r\nA OK Done\r\n");
  CHECK(stage.say("LSUB foo/ %") == "* LSUB (\\Noselect) \"/\" \"foo/bar\"\r\nA OK Done\r\n");
  CHECK(stage.say("LSUB a " + std::string(2000, 'a')) == "refused: too_long");
}

TEST_CASE("LSUB writes piece by piece") {
  testing::NamesStage stage;
  for (int i = 0; i < 1000; ++i) stage.account.subscriptions.insert("subscription" + std::to_string(i));
  std::size_t largest = 0;
  const std::string heard = stage.say("LSUB \"\" *", 1000, &largest);
  CHECK(std::count(heard.begin(), heard.end(), '\n') == 1001);
  CHECK(largest < 1100);
}
