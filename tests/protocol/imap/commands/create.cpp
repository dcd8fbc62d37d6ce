#include "protocol/imap/commands/create.h"

#include <doctest/doctest.h>

#include "protocol/imap/names_stage.h"

using namespace posthorn;
using namespace posthorn::imap;

TEST_CASE("CREATE takes what its grammar says and nothing else") {
  for (View arguments : {View(" x"), View(" x/"), View(" x (USE (\\Sent \\Junk))"), View(" x (USE ())")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(commands::create::spec.check(c), arguments);
  }
  for (View arguments :
       {View(""), View(" "), View(" x (USE)"), View(" x (USE (Sent))"), View(" x USE"), View(" x (USE (\\Sent)")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(!commands::create::spec.check(c), arguments);
  }
}

TEST_CASE("CREATE tells the id of the new mailbox (RFC 8474 section 4.1)") {
  testing::NamesStage stage;
  CHECK(stage.say("CREATE foo") == "A OK [MAILBOXID (m1002)] Done\r\n");
  CHECK(stage.say("CREATE foo").starts_with("A NO [ALREADYEXISTS] "));
  CHECK(stage.say("CREATE owatagusiam/") == "A OK [MAILBOXID (m1003)] Done\r\n");
  CHECK(stage.account.find("owatagusiam") != nullptr);
  CHECK(stage.say("CREATE inbox/a") == "A OK [MAILBOXID (m1004)] Done\r\n");
  CHECK(stage.account.find("INBOX/a") != nullptr);
}

TEST_CASE("CREATE refuses names that cannot be and uses that cannot be (RFC 5530, RFC 6154 section 3)") {
  testing::NamesStage stage;
  stage.account.host.namespaces.shared = {"#Shared/"};
  stage.share("#Shared/bob", "ann", *parse_rights("lrk"));
  stage.share("#Shared/eve", "ann", *parse_rights("lr"));
  for (const char* name : {"\"\"", "/a", "#news.comp", "#Shared/", "#Shared"}) {
    CHECK_MESSAGE(stage.say("CREATE " + std::string(name)).starts_with("A NO [CANNOT] "), name);
  }
  CHECK(stage.say("CREATE #Shared/bob/new").starts_with("A OK "));
  CHECK(stage.say("CREATE #Shared/eve/new").starts_with("A NO [NOPERM] "));
  CHECK(stage.say("CREATE #Shared/dan/new").starts_with("A NO [NOPERM] "));
  CHECK(stage.say("CREATE Everything (USE (\\All))").starts_with("A NO [USEATTR] "));
  CHECK(stage.say("CREATE Both (USE (\\Sent \\Junk))").starts_with("A NO [USEATTR] "));
  CHECK(stage.say("CREATE Other (USE (\\Important))").starts_with("A NO [USEATTR] "));
  CHECK(stage.say("CREATE MySent (USE (\\Sent))").starts_with("A OK "));
  CHECK(stage.account.find("MySent")->use == SpecialUse::sent);
}

TEST_CASE("a client of IMAP4rev2 is told the one spelling of the name (RFC 9051 section 7.3.1)") {
  testing::NamesStage stage;
  stage.state.enabled.rev2 = true;
  CHECK(stage.say("CREATE foo/") ==
        "* LIST () \"/\" \"foo\" (\"OLDNAME\" (\"foo/\"))\r\nA OK [MAILBOXID (m1002)] Done\r\n");
  CHECK(stage.say("CREATE bar") == "A OK [MAILBOXID (m1003)] Done\r\n");
}
