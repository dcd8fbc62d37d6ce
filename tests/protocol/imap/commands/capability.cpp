#include "protocol/imap/commands/capability.h"

#include <doctest/doctest.h>

#include "protocol/imap/names_stage.h"

using namespace posthorn;
using namespace posthorn::imap;

TEST_CASE("CAPABILITY takes what its grammar says and nothing else") {
  for (View arguments : {View("")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(commands::capability::spec.check(c), arguments);
  }
  for (View arguments : {View(" "), View(" x")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(!commands::capability::spec.check(c), arguments);
  }
}

TEST_CASE("CAPABILITY has values where words have them (RFC 7889 section 3)") {
  testing::NamesStage stage;
  stage.state.commands = all_commands();
  CHECK(stage.say("CAPABILITY").find(" APPENDLIMIT=52428800 ") != std::string::npos);
  stage.account.host.append_limit = 257890;
  const std::string heard = stage.say("CAPABILITY");
  CHECK(heard.find(" APPENDLIMIT=257890 ") != std::string::npos);
  for (const std::string word : {"ACL",
                                 "RIGHTS=kxte",
                                 "QUOTA",
                                 "QUOTASET",
                                 "QUOTA=RES-STORAGE",
                                 "QUOTA=RES-MESSAGE",
                                 "QUOTA=RES-MAILBOX",
                                 "QUOTA=RES-ANNOTATION-STORAGE",
                                 "METADATA",
                                 "METADATA-SERVER",
                                 "LIST-EXTENDED",
                                 "LIST-STATUS",
                                 "LIST-MYRIGHTS",
                                 "LIST-METADATA",
                                 "SPECIAL-USE",
                                 "CREATE-SPECIAL-USE",
                                 "STATUS=SIZE",
                                 "OBJECTID",
                                 "NAMESPACE",
                                 "ID",
                                 "CHILDREN"}) {
    CHECK_MESSAGE(std::min(heard.find(" " + word + " "), heard.find(" " + word + "\r\n")) != std::string::npos, word);
  }
}

TEST_CASE("CAPABILITY tells where scripts of events are kept (RFC 6785 section 5, example 3)") {
  testing::NamesStage stage;
  stage.state.commands = all_commands();
  CHECK(stage.say("CAPABILITY").find("IMAPSIEVE") == std::string::npos);
  stage.state.sieve_url = "sieve://sieve.example.com";
  CHECK(stage.say("CAPABILITY").find(" IMAPSIEVE=sieve://sieve.example.com") != std::string::npos);
}
