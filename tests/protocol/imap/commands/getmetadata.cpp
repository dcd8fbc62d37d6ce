#include "protocol/imap/commands/getmetadata.h"

#include <doctest/doctest.h>

#include "protocol/imap/names_stage.h"

using namespace posthorn;
using namespace posthorn::imap;

TEST_CASE("GETMETADATA takes what its grammar says and nothing else") {
  for (View arguments : {View(" \"\" /shared/comment"), View(" INBOX (/shared/comment /private/comment)"),
                         View(" \"INBOX\" (MAXSIZE 1024) (/shared/comment /private/comment)"),
                         View(" (MAXSIZE 0) INBOX /test"), View(" (DEPTH infinity) INBOX /test"),
                         View(" (depth 1 maxsize 5) INBOX (\"/test\")"), View(" INBOX (\"/a\")")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(commands::getmetadata::spec.check(c), arguments);
  }
  for (View arguments :
       {View(""), View(" INBOX"), View(" INBOX ()"), View(" INBOX (MAXSIZE) /x"), View(" INBOX (DEPTH 2) /x"),
        View(" INBOX (DEPTH 1)"), View(" () INBOX /x"), View(" INBOX /x /y"), View(" INBOX (/x) (/y)"),
        View(" INBOX (BOGUS 1) /x"), View(" INBOX shared")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(!commands::getmetadata::spec.check(c), arguments);
  }
}

TEST_CASE("GETMETADATA as in RFC 5464 section 4.2") {
  testing::NamesStage stage;
  stage.account.host.annotations["/shared/comment"] = "Shared comment";
  auto& inbox = stage.account.find("INBOX")->annotations;
  inbox["/shared/comment"] = "Its sole use is to be shared";
  inbox["/private/filters/values/small"] = "SMALLER 5000";
  inbox["/private/filters/values/boss"] = "FROM \"boss@example.com\"";
  CHECK(stage.say("GETMETADATA \"\" /shared/comment") ==
        "* METADATA \"\" (/shared/comment \"Shared comment\")\r\nA OK Done\r\n");
  CHECK(stage.say("GETMETADATA \"INBOX\" (DEPTH 1) (/private/filters/values)") ==
        "* METADATA \"INBOX\" (/private/filters/values/boss \"FROM \\\"boss@example.com\\\"\" "
        "/private/filters/values/small \"SMALLER 5000\")\r\nA OK Done\r\n");
  CHECK(stage.say("GETMETADATA (MAXSIZE 20) INBOX (/SHARED/COMMENT /private/comment)") ==
        "* METADATA \"INBOX\" (/private/comment NIL)\r\nA OK [METADATA LONGENTRIES 28] Done\r\n");
  CHECK(stage.say("GETMETADATA INBOX (DEPTH infinity) /private/none") == "A OK Done\r\n");
  CHECK(stage.say("GETMETADATA nowhere /shared/comment").starts_with("A NO [NONEXISTENT] "));
}

TEST_CASE("GETMETADATA waits for the reader between large values") {
  testing::NamesStage stage;
  auto& inbox = stage.account.find("INBOX")->annotations;
  for (int i = 0; i < 20; ++i) inbox["/private/vendor/x/" + std::to_string(i)] = std::string(50'000, 'x');
  std::size_t largest = 0;
  const std::string heard = stage.say("GETMETADATA INBOX (DEPTH infinity) /private/vendor", 65'536, &largest);
  CHECK(heard.size() > 20 * 50'000);
  CHECK(largest < 65'536 + 51'000);
}
