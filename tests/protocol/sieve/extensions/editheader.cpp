#include "protocol/sieve/extensions/editheader.h"

#include <doctest/doctest.h>

#include "protocol/sieve/stage.h"

using namespace posthorn;
using namespace posthorn::sieve;

TEST_CASE("RFC 5293 section 4: a field goes to the top, or with :last to the end of the header") {
  Stage stage;
  stage.run("require \"editheader\"; addheader \"X-Hello\" \"World\"; addheader :last \"X-End\" \"too\";");
  CHECK(kept(stage.outcome) ==
        "X-Hello: World\r\nFrom: sender@example.org\r\nSubject: hello\r\nX-End: too\r\n\r\nbody\r\n");
  stage.run("require \"editheader\"; addheader :last \"X-End\" \"too\";", "From: a@example.org\n\nbody\n");
  CHECK(kept(stage.outcome) == "From: a@example.org\nX-End: too\n\nbody\n");
  stage.run("require \"editheader\"; addheader \"X-Hello\" \"World\";", "\r\nbody\r\n");
  CHECK(kept(stage.outcome) == "X-Hello: World\r\n\r\nbody\r\n");
}

TEST_CASE("RFC 5293 section 4: what is not ASCII is encoded, what ends a field goes nowhere") {
  Stage stage;
  stage.run(
      "require [\"editheader\", \"fileinto\"]; addheader \"X-A\" \"\xC3\xA4\";\r\n"
      "if header :is \"x-a\" \"\xC3\xA4\" { keep; }");
  CHECK(kept(stage.outcome).starts_with("X-A: =?"));
  CHECK(words(stage.outcome) == "keep");
  CHECK(stage.run("require \"editheader\"; addheader \"X-A\" \"a\r\nBcc: b@example.org\";").find("Bcc: b") ==
        std::string::npos);
  CHECK(kept(stage.outcome).find("\r\nBcc") == std::string::npos);
  CHECK(errors("require \"editheader\"; addheader \"X A\" \"a\";").find("no name of a header field") !=
        std::string::npos);
}

constexpr View kMessage =
    "Delivered-To: bob@example.com\r\nX-A: one\r\nX-a:\r\n two\r\nDelivered-To: Robert@example.com\r\nX-A: three\r\n"
    "Received: here\r\n\r\nbody\r\n";

TEST_CASE("RFC 5293 section 5: all of a name, the n-th from an end, those that fit") {
  Stage stage;
  const auto after = [&](View command) {
    stage.run("require [\"editheader\", \"relational\"]; " + own(command), kMessage);
    std::string out;
    const std::string message = kept(stage.outcome);
    for (const View each : {"one", "two", "three", "bob", "Robert", "here"}) {
      if (message.empty() || message.find(each) != std::string::npos) out += own(each) + " ";
    }
    return out;
  };
  CHECK(after("deleteheader \"x-a\";") == "bob Robert here ");
  CHECK(after("deleteheader :index 2 \"x-a\";") == "one three bob Robert here ");
  CHECK(after("deleteheader :index 1 :last \"x-a\";") == "one two bob Robert here ");
  CHECK(after("deleteheader :index 1 :contains \"Delivered-To\" \"bob@example.com\";") == "one two three Robert here ");
  CHECK(after("deleteheader :index 2 :contains \"Delivered-To\" \"bob@example.com\";") ==
        "one two three bob Robert here ");
  CHECK(after("deleteheader :is \"x-a\" [\"two\", \"THREE\"];") == "one bob Robert here ");
  CHECK(after("deleteheader :index 9 \"x-a\";") == "one two three bob Robert here ");
  CHECK(after("deleteheader \"received\";") == "one two three bob Robert here ");
  stage.run("require \"editheader\"; deleteheader :index 2 \"x-a\";", kMessage);
  CHECK(kept(stage.outcome) ==
        "Delivered-To: bob@example.com\r\nX-A: one\r\nDelivered-To: Robert@example.com\r\nX-A: three\r\n"
        "Received: here\r\n\r\nbody\r\n");
}

TEST_CASE("RFC 5293 section 6: each action has the message as it was then") {
  Stage stage;
  CHECK(stage.run("require [\"editheader\", \"fileinto\"]; fileinto \"a\"; addheader \"X-B\" \"b\"; fileinto \"b\";") ==
        "fileinto a; fileinto b");
  CHECK(std::get<FileInto>(stage.outcome.actions[0]).filing.message == nullptr);
  CHECK(std::get<FileInto>(stage.outcome.actions[1]).filing.message->starts_with("X-B: b\r\n"));
  stage.run("require \"editheader\"; addheader \"X-B\" \"b\"; redirect \"a@example.com\";");
  CHECK(std::get<Redirect>(stage.outcome.actions[0]).message->starts_with("X-B: b\r\n"));
}

TEST_CASE("editheader: limits, and what does not belong together") {
  Stage stage;
  stage.options.limits.header = 100;
  CHECK(stage.run("require \"editheader\"; addheader \"X-A\" \"" + std::string(200, 'a') + "\";").find("too long") !=
        std::string::npos);
  stage.options.limits.header = 65'536;
  stage.options.limits.memory = 1000;
  CHECK(stage
            .run("require \"editheader\"; addheader \"X-A\" \"" + std::string(900, 'a') + "\"; addheader \"X-A\" \"" +
                 std::string(900, 'a') + "\";")
            .find("holds too much") != std::string::npos);
  CHECK(errors("require \"editheader\"; deleteheader :last \"a\";") != "");
  CHECK(errors("require \"editheader\"; deleteheader :index 0 \"a\";") != "");
  CHECK(errors("require \"editheader\"; deleteheader;") != "");
  CHECK(errors("require \"editheader\"; deleteheader \"a\" \"b\" \"c\";") != "");
}
