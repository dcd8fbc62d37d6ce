#include "protocol/sieve/extensions/duplicate.h"

#include <doctest/doctest.h>

#include "protocol/sieve/stage.h"

using namespace posthorn;
using namespace posthorn::sieve;

namespace {
constexpr View kMessage = "Message-ID: <1@a>\r\nX-Event: disk\r\n\r\n";
}

TEST_CASE("RFC 7352 section 3: a message that was seen, and what is kept in mind") {
  Stage stage;
  const View script = "require \"duplicate\"; if duplicate { discard; }";
  CHECK(stage.run(script, kMessage) == "implicit keep");
  REQUIRE(stage.outcome.remembered.size() == 1);
  CHECK(stage.outcome.remembered.front().period == std::chrono::hours(7 * 24));
  stage.world.seen.insert(stage.outcome.remembered.front().id);
  CHECK(stage.run(script, kMessage) == "discard");
  CHECK(stage.outcome.remembered.empty());
  CHECK(stage.run("require \"duplicate\"; if duplicate :last :seconds 60 { discard; }", kMessage) == "discard");
  CHECK(stage.outcome.remembered.at(0).period == std::chrono::seconds(60));
}

TEST_CASE("RFC 7352: handles, fields and ids do not meet each other") {
  Stage stage;
  const auto id = [&](View tags) {
    stage.run("require \"duplicate\"; if duplicate " + own(tags) + " { discard; }", kMessage);
    return stage.outcome.remembered.empty() ? std::string() : stage.outcome.remembered.front().id;
  };
  CHECK(id("") != id(":handle \"x\""));
  CHECK(id(":header \"x-event\"") != id(":uniqueid \"disk\""));
  CHECK(id(":header \"x-none\"").empty());
  CHECK(errors("require \"duplicate\"; if duplicate :header \"a\" :uniqueid \"b\" { keep; }") != "");
}
