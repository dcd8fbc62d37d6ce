#include "protocol/imap/commands/setmetadata.h"

#include <doctest/doctest.h>

#include "protocol/imap/names_stage.h"

using namespace posthorn;
using namespace posthorn::imap;

TEST_CASE("SETMETADATA takes what its grammar says and nothing else") {
  for (View arguments : {View(" INBOX (/private/comment NIL)"), View(" \"\" (/test \"test\")"),
                         View(" a (/private/a {3}\r\nabc /shared/b ~{3+}\r\nabc)")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(commands::setmetadata::spec.check(c), arguments);
  }
  for (View arguments :
       {View(""), View(" INBOX"), View(" INBOX ()"), View(" INBOX /private/comment NIL"),
        View(" INBOX (/private/comment)"), View(" INBOX (private NIL)"), View(" INBOX (/private/comment x)"),
        View(" INBOX (/a NIL) x"), View(" INBOX (/a NIL/b NIL)")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(!commands::setmetadata::spec.check(c), arguments);
  }
}

TEST_CASE("SETMETADATA sets, replaces and removes, all or nothing (RFC 5464 section 4.3)") {
  testing::NamesStage stage;
  const auto inbox = stage.account.find("INBOX");
  CHECK(stage.say("SETMETADATA INBOX (/private/comment {33}\r\nMy new comment across\r\ntwo lines. /SHARED/x a)") ==
        "refused: syntax");
  CHECK(stage.say("SETMETADATA INBOX (/private/comment {33}\r\nMy new comment across\r\ntwo lines. /SHARED/x \"a\")") ==
        "A OK Done\r\n");
  CHECK(inbox->annotations == std::map<std::string, std::string>{
                                  {"/private/comment", "My new comment across\r\ntwo lines."}, {"/shared/x", "a"}});
  CHECK(stage.say("SETMETADATA INBOX (/private/comment NIL)") == "A OK Done\r\n");
  CHECK(inbox->annotations.size() == 1);
  CHECK(stage.say(View("SETMETADATA \"\" (/shared/b ~{3}\r\na\0b)", 36)) == "A OK Done\r\n");
  CHECK(stage.account.host.annotations["/shared/b"] == std::string("a\0b", 3));
  CHECK(stage.say("SETMETADATA INBOX (/test \"x\")").starts_with("A BAD "));
  CHECK(stage.say("SETMETADATA nowhere (/shared/x \"x\")").starts_with("A NO [NONEXISTENT] "));
}

TEST_CASE("SETMETADATA is refused with the codes of RFC 5464 section 4.3") {
  testing::NamesStage stage;
  const std::string value(70'000, 'v');
  CHECK(stage.say("SETMETADATA INBOX (/shared/x {70000}\r\n" + value + ")")
            .starts_with("A NO [METADATA MAXSIZE 65536] "));
  stage.account.host.most_annotations = 1;
  CHECK(stage.say("SETMETADATA INBOX (/shared/x \"1\" /shared/y \"2\")").starts_with("A NO [METADATA TOOMANY] "));
  CHECK(stage.account.find("INBOX")->annotations.empty());
  stage.account.host.private_annotations = false;
  CHECK(stage.say("SETMETADATA INBOX (/private/x \"1\")").starts_with("A NO [METADATA NOPRIVATE] "));
}
