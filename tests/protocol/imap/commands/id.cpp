#include "protocol/imap/commands/id.h"

#include <doctest/doctest.h>

#include "protocol/imap/names_stage.h"

using namespace posthorn;
using namespace posthorn::imap;

TEST_CASE("ID takes what its grammar says and nothing else") {
  for (View arguments : {View(" NIL"), View(" ()"), View(" (\"a\" NIL)")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(commands::id::spec.check(c), arguments);
  }
  for (View arguments : {View(""), View(" x"), View(" (\"a\")"), View(" (NIL NIL)"), View(" (\"a\" NIL")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(!commands::id::spec.check(c), arguments);
  }
}

TEST_CASE("ID has the limits of RFC 2971 section 3.3") {
  const auto is_taken = [](const std::string& arguments) {
    Cursor c(arguments);
    return commands::id::spec.check(c).has_value();
  };
  std::string fields = " (\"a\" \"b\"";
  for (int i = 1; i < 30; ++i) fields += " \"a\" NIL";
  CHECK(is_taken(fields + ")"));
  CHECK_FALSE(is_taken(fields + " \"a\" NIL)"));
  CHECK(is_taken(" (\"" + std::string(30, 'n') + "\" \"" + std::string(1024, 'v') + "\")"));
  CHECK_FALSE(is_taken(" (\"" + std::string(31, 'n') + "\" NIL)"));
  CHECK_FALSE(is_taken(" (\"n\" \"" + std::string(1025, 'v') + "\")"));
}

TEST_CASE("ID tells what the host says, and nothing else") {
  testing::NamesStage stage;
  CHECK(stage.say("ID NIL") == "* ID (\"name\" \"Posthorn\")\r\nA OK Nice to meet you\r\n");
  Identity identity{"Ann's \"own\"", "1.2"};
  stage.state.identity = &identity;
  CHECK(stage.say("ID ()") == "* ID (\"name\" \"Ann's \\\"own\\\"\" \"version\" \"1.2\")\r\nA OK Nice to meet you\r\n");
  identity = {"", "1.2"};
  CHECK(stage.say("ID ()") == "* ID (\"version\" \"1.2\")\r\nA OK Nice to meet you\r\n");
  identity = {"", ""};
  CHECK(stage.say("ID ()") == "* ID NIL\r\nA OK Nice to meet you\r\n");
}
