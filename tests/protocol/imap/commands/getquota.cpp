#include "protocol/imap/commands/getquota.h"

#include <doctest/doctest.h>

#include "protocol/imap/names_stage.h"

using namespace posthorn;
using namespace posthorn::imap;

TEST_CASE("GETQUOTA takes what its grammar says and nothing else") {
  for (View arguments : {View(" \"\""), View(" INBOX"), View(" \"!partition/sda4\"")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(commands::getquota::spec.check(c), arguments);
  }
  for (View arguments : {View(""), View(" "), View(" a b"), View(" (")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(!commands::getquota::spec.check(c), arguments);
  }
}

TEST_CASE("GETQUOTA as in RFC 9208 section 4.1.1") {
  testing::NamesStage stage;
  stage.account.host.roots = {{"!partition/sda4", {{QuotaResource::storage, 104 * 1024, 10923847ULL * 1024}}}};
  CHECK(stage.say("GETQUOTA \"!partition/sda4\"") ==
        "* QUOTA \"!partition/sda4\" (STORAGE 104 10923847)\r\nA OK Done\r\n");
  CHECK(stage.say("GETQUOTA \"\"").starts_with("A NO [NONEXISTENT] "));
}
