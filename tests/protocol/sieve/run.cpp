#include <doctest/doctest.h>

#include "posthorn/protocol/sieve/program.h"

#include "protocol/sieve/stage.h"

using namespace posthorn;
using namespace posthorn::sieve;

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

TEST_CASE("the same script and message give the same outcome and the same number of steps") {
  Stage stage;
  const View script = "if anyof (header :matches \"subject\" \"h*o\", size :over 10K) { redirect \"a@b.example\"; }";
  const std::string first = stage.run(script);
  const std::uint64_t steps = stage.outcome.steps;
  CHECK(stage.run(script) == first);
  CHECK(stage.outcome.steps == steps);
}
