#include <doctest/doctest.h>

#include "posthorn/protocol/sieve/program.h"

#include "protocol/sieve/stage.h"

using namespace posthorn;
using namespace posthorn::sieve;

namespace {

/// A list of `count` strings; `each` with its number where `differ`.
std::string list(std::size_t count, View each, bool differ = false) {
  std::string out = "[";
  for (std::size_t i = 0; i < count; ++i)
    out += (i == 0 ? "\"" : ", \"") + own(each) + (differ ? std::to_string(i) : "") + "\"";
  return out + "]";
}

}  // namespace

TEST_CASE("RFC 5228 section 2.10.6: an error while running keeps the message and does nothing else") {
  Stage stage;
  CHECK(stage.run("require [\"fileinto\", \"ihave\"]; fileinto \"x\"; redirect \"a@b.example\";\r\nerror \"oops\";") ==
        "error 2:1 oops; implicit keep");
  CHECK(stage.outcome.actions.size() == 1);
}

TEST_CASE("a run ends at its limits") {
  Stage stage;
  stage.options.limits.steps = 5;
  CHECK(stage.run("keep; keep; keep; keep; keep; keep;") ==
        "error 1:31 the script takes too many steps; implicit keep");
  stage.options.limits = {};
  stage.options.limits.actions = 2;
  CHECK(stage.run("require \"fileinto\"; fileinto \"a\"; fileinto \"b\"; fileinto \"c\";") ==
        "error 1:49 too many actions; implicit keep");
}

// A step is 4,096 octets, and a text counts for 64 at least: a list of many little things is as dear as one of few.
TEST_CASE("steps count what a test looks through, in however many pieces") {
  Stage stage;
  CHECK(stage.run("if header :is \"subject\" " + list(64'000, "k", true) + " { discard; }") == "implicit keep");
  CHECK(stage.outcome.steps >= 1'000);
  CHECK(stage.run("require \"relational\"; if header :count \"eq\" \"subject\" " + list(64'000, "9") +
                  " { discard; }") == "implicit keep");
  CHECK(stage.outcome.steps >= 1'000);
  CHECK(stage.run("if exists " + list(6'400, "Subject") + " { discard; }") == "discard");
  CHECK(stage.outcome.steps >= 100);
  const std::string to(40'960, ' ');  // 10 steps each time that somebody looks for addresses there
  CHECK(stage.run("if address :is " + list(100, "to") + " \"a@b.example\" { discard; }", "To: " + to + "x;\r\n\r\n") ==
        "implicit keep");
  CHECK(stage.outcome.steps >= 1'000);
}

TEST_CASE("steps count the fields that a name is looked for in") {
  Stage stage;
  std::string header;
  for (int i = 0; i < 500; ++i) header += "A: b\r\n";
  CHECK(stage.run("if header :is " + list(1'000, "none") + " \"x\" { discard; }", header + "\r\n") == "implicit keep");
  CHECK(stage.outcome.steps >= 1'000U * 500 / 512);
}

TEST_CASE("what the host is asked costs a hundred steps, as its answer may lie in the store") {
  Stage stage;
  stage.world.mailboxes = {"a"};
  stage.world.mailbox_ids = {"a"};
  stage.world.annotations = {{"a /private/x", "1"}, {"/private/x", "1"}};
  stage.world.uses = {"\\Junk"};
  stage.world.items = {{"name", "x"}};
  const auto steps = [&](View requirement, View test) {
    CAPTURE(test);
    CHECK(stage.run("require \"" + own(requirement) + "\"; if " + own(test) + " { discard; }") == "discard");
    return stage.outcome.steps;
  };
  CHECK(steps("mailbox", "mailboxexists " + list(20, "a")) >= 2'000);
  CHECK(steps("mailboxid", "mailboxidexists " + list(20, "a")) >= 2'000);
  CHECK(steps("mboxmetadata", "metadataexists \"a\" " + list(20, "/private/x")) >= 2'000);
  CHECK(steps("servermetadata", "servermetadataexists " + list(20, "/private/x")) >= 2'000);
  CHECK(steps("special-use", "specialuse_exists " + list(20, "Junk")) >= 2'000);
  CHECK(steps("environment", "environment \"name\" \"x\"") >= 100);
  CHECK(steps("duplicate", "not duplicate :uniqueid \"a\"") >= 100);
  stage.options.limits.steps = 1'000;
  CHECK(stage.run("require \"mailbox\"; if mailboxexists " + list(20, "a") + " { discard; }") ==
        "error 1:23 the script takes too many steps; implicit keep");
}

TEST_CASE("scripts one after the other: the next one decides about a message that is kept") {
  const auto program = [](View text) { return compile(text).program; };
  const auto run = [](std::vector<std::shared_ptr<const Program>> programs) {
    World world;
    const Envelope envelope;
    return words(evaluate(programs, {"A: b\r\n\r\n", envelope}, world));
  };
  CHECK(run({program("keep;"), program("discard;")}) == "discard");
  CHECK(run({program("discard;"), program("keep;")}) == "discard");
  CHECK(run({program("require [\"copy\", \"fileinto\"]; fileinto :copy \"x\";"), program("")}) ==
        "fileinto x; implicit keep");
  CHECK(run({program("require \"imap4flags\"; setflag \"a\";"), program(""), program("keep;")}) == "keep [a]");
  CHECK(run({program("require \"imap4flags\"; keep :flags \"a\";"), program("")}) == "keep [a]");
  CHECK(run({program("keep;"), program("redirect \"a@b.example\";")}) == "redirect a@b.example");
  CHECK(run({}) == "implicit keep");
}

// RFC 5228 section 2.10.6 speaks of one script: what others, of the host perhaps, have wanted in front of it stays.
TEST_CASE("scripts one after the other: an error takes back what its own script wanted") {
  World world;
  const Envelope envelope;
  Outcome outcome;
  const auto run = [&](std::vector<View> scripts) {
    std::vector<std::shared_ptr<const Program>> programs;
    for (const View text : scripts) programs.push_back(compile(text).program);
    outcome = evaluate(programs, {"A: b\r\n\r\n", envelope}, world);
    REQUIRE(outcome.error);
    outcome.error.reset();
    return words(outcome);
  };
  const View broken =
      "require [\"fileinto\", \"duplicate\", \"imap4flags\", \"editheader\", \"ihave\"]; setflag \"no\"; "
      "addheader \"C\" \"no\"; if duplicate :uniqueid \"no\" { stop; } fileinto \"no\"; redirect \"no@b.example\"; "
      "error \"x\";";
  const View journal = "require \"copy\"; redirect :copy \"journal@b.example\";";
  CHECK(run({journal, broken}) == "redirect journal@b.example; implicit keep");
  CHECK(outcome.script == 1);
  CHECK(outcome.remembered.empty());
  CHECK(kept(outcome).empty());
  CHECK(run({broken, journal}) == "implicit keep");
  CHECK(outcome.script == 0);
  CHECK(run({"require \"imap4flags\"; keep :flags \"a\";", "", broken}) == "keep [a]");
  CHECK(outcome.script == 2);
  CHECK(run({"require \"imap4flags\"; setflag \"a\";", broken}) == "implicit keep [a]");
  CHECK(run({"require \"duplicate\"; if duplicate :uniqueid \"yes\" { stop; }", broken}) == "implicit keep");
  REQUIRE(outcome.remembered.size() == 1);
  CHECK(outcome.remembered.front().id.contains("yes"));
  CHECK(run({"require \"editheader\"; addheader \"X\" \"y\";", broken}) == "implicit keep");
  CHECK(kept(outcome) == "X: y\r\nA: b\r\n\r\n");
}

TEST_CASE("the same script and message give the same outcome and the same number of steps") {
  Stage stage;
  const View script = "if anyof (header :matches \"subject\" \"h*o\", size :over 10K) { redirect \"a@b.example\"; }";
  const std::string first = stage.run(script);
  const std::uint64_t steps = stage.outcome.steps;
  CHECK(stage.run(script) == first);
  CHECK(stage.outcome.steps == steps);
}
