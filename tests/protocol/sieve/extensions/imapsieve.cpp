#include "protocol/sieve/extensions/imapsieve.h"

#include <doctest/doctest.h>

#include "protocol/sieve/stage.h"

using namespace posthorn;
using namespace posthorn::sieve;

TEST_CASE("RFC 6785 section 4: items of the environment are there where they are required") {
  Stage stage;
  stage.world.items = {{"imap.cause", "COPY"}, {"imap.mailbox", "ActionItems"}};
  const auto run = [&](View require) {
    return stage.run(
        "require [\"copy\", \"environment\"" + own(require) +
        "];\r\n"
        "if allof (environment :is \"imap.cause\" \"COPY\", environment :is \"imap.mailbox\" \"ActionItems\") {\r\n"
        "redirect :copy \"actionitems@example.com\"; }");
  };
  CHECK(run(", \"imapsieve\"") == "redirect actionitems@example.com; implicit keep");
  CHECK(run("").find("needs: require \"imapsieve\"") != std::string::npos);
}

TEST_CASE("RFC 6785 section 3.11: what answers to a delivery ends the script, where it is required too") {
  Stage stage;
  stage.imap_event = true;
  const auto ends = [&](View script, View word) {
    const std::string out = stage.run(script);
    return out.starts_with("error ") && out.find(word) != std::string::npos && out.ends_with("; implicit keep");
  };
  for (const View name : {"reject", "ereject", "vacation"})
    CHECK(ends("require [\"" + own(name) + "\", \"fileinto\"]; fileinto \"Away\";", name));
  CHECK(ends("require \"vacation-seconds\"; discard;", "vacation"));
  stage.world.scripts["personal:answers"] = "require \"vacation\"; vacation \"away\";";
  CHECK(ends("require \"include\"; include \"answers\"; discard;", "vacation"));
  CHECK(ends("require \"envelope\"; if envelope \"from\" \"sender@example.org\" { discard; }", "section 4.6"));
  CHECK(stage.run("require \"envelope\"; discard;") == "discard");
  stage.imap_event = false;
  CHECK(stage.run("require \"vacation\"; discard;") == "discard");
}

TEST_CASE("RFC 6785 section 3.8: a script sees the flags of the message, and changes them") {
  Stage stage;
  stage.imap_event = true;
  stage.flags = {"\\Seen", "work"};
  const auto run = [&](View commands) {
    return stage.run("require [\"imap4flags\", \"fileinto\"];\r\n" + own(commands));
  };
  CHECK(run("if hasflag \"WORK\" { discard; }") == "discard");
  CHECK(run("if hasflag \"\\\\Flagged\" { discard; }") == "implicit keep");
  CHECK(run("addflag \"\\\\Flagged\";") == "implicit keep [\\Seen work \\Flagged]");
  CHECK(run("removeflag \"\\\\Seen\"; keep;") == "keep [work]");
  CHECK(run("setflag \"new\"; fileinto \"A\";") == "fileinto A [new]");
}
