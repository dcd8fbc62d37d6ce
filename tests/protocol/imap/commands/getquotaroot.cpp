#include "protocol/imap/commands/getquotaroot.h"

#include <doctest/doctest.h>

#include "protocol/imap/names_stage.h"

using namespace posthorn;
using namespace posthorn::imap;

TEST_CASE("GETQUOTAROOT takes what its grammar says and nothing else") {
  for (View arguments : {View(" INBOX")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(commands::getquotaroot::spec.check(c), arguments);
  }
  for (View arguments : {View(""), View(" "), View(" a b")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(!commands::getquotaroot::spec.check(c), arguments);
  }
}

TEST_CASE("GETQUOTAROOT as in RFC 9208 section 4.1.2") {
  testing::NamesStage stage;
  CHECK(stage.say("GETQUOTAROOT INBOX") == "* QUOTAROOT \"INBOX\"\r\nA OK Done\r\n");
  stage.account.host.roots = {{"#user/alice", {{QuotaResource::message, 42, 1000}}},
                              {"!partition/sda4", {{QuotaResource::storage, 104 * 1024, 10923847ULL * 1024}}}};
  CHECK(stage.say("GETQUOTAROOT INBOX") ==
        "* QUOTAROOT \"INBOX\" \"#user/alice\" \"!partition/sda4\"\r\n* QUOTA \"#user/alice\" (MESSAGE 42 1000)\r\n"
        "* QUOTA \"!partition/sda4\" (STORAGE 104 10923847)\r\nA OK Done\r\n");
  CHECK(stage.say("GETQUOTAROOT nowhere").starts_with("A NO [NONEXISTENT] "));
  stage.share("#Shared/bob/Open", "ann", *parse_rights("l"));
  CHECK(stage.say("GETQUOTAROOT #Shared/bob/Open").starts_with("A NO [NOPERM] "));
}
