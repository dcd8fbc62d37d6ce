#include "protocol/sieve/extensions/imap4flags.h"

#include <doctest/doctest.h>

#include "protocol/sieve/stage.h"

using namespace posthorn;
using namespace posthorn::sieve;

TEST_CASE("RFC 5232 section 3: the internal variable goes with what is filed after it") {
  Stage stage;
  const auto run = [&](View commands) {
    return stage.run("require [\"imap4flags\", \"fileinto\", \"variables\", \"relational\"];\r\n" + own(commands));
  };
  CHECK(run("setflag \"\\\\Deleted\"; fileinto \"x\"; addflag [\"\\\\Deleted\", \"\\\\Answered\"]; keep;") ==
        "fileinto x [\\Deleted]; keep [\\Deleted \\Answered]");
  CHECK(run("addflag \"\\\\Deleted \\\\deleted big\"; removeflag \"BIG\";") == "implicit keep [\\Deleted]");
  CHECK(run("setflag \"a\"; keep :flags [\"b\", \"c d\"];") == "keep [b c d]");
  CHECK(run("setflag \"\\\\unknown a{b good\";") == "implicit keep [good]");
  CHECK(run("setflag \"v\" [\"a\", \"b\"]; addflag \"v\" \"c\"; removeflag \"v\" \"a\"; fileinto :flags \"${v}\" "
            "\"x\";") == "fileinto x [b c]");
}

TEST_CASE("imap4flags: a message gets as many keywords as a mailbox has, and no search among them is free") {
  Stage stage;
  const auto words = [](int count, bool differ) {
    std::string out;
    for (int i = 0; i < count; ++i) out += "k" + (differ ? std::to_string(i) : "") + " ";
    return out;
  };
  const std::string require = "require [\"imap4flags\", \"fileinto\"]; ";
  CHECK(stage.run(require + "setflag \"" + words(256, true) + "\\\\Seen\"; discard;") == "discard");
  CHECK(stage.run(require + "setflag \"" + words(257, true) + "\";") == "error 1:37 too many flags; implicit keep");
  CHECK(stage.run(require + "setflag \"" + words(256, true) + "\"; addflag \"x\";").contains("too many flags"));
  CHECK(stage.run(require + "fileinto :flags \"" + words(257, true) + "\" \"x\";").contains("too many flags"));
  // Each of 10,000 words is looked for among a hundred flags of no less than two octets.
  const std::string looked_for = "setflag \"" + words(100, true) + words(10'000, false) + "\"; discard;";
  CHECK(stage.run(require + looked_for) == "discard");
  CHECK(stage.outcome.steps >= 10'000U * 100 * 2 / 4096);
}

TEST_CASE("RFC 5232 section 4: hasflag") {
  Stage stage;
  const auto holds = [&](View test) {
    return stage.run(
               "require [\"imap4flags\", \"relational\", \"variables\"];\r\nsetflag \"A B\"; setflag \"v\" \"c d "
               "e\";\r\nif hasflag " +
               own(test) + " { discard; }") == "discard";
  };
  // The examples of the section.
  CHECK(holds(":is [\"b\", \"A\"]"));
  CHECK(holds("\"b\""));
  CHECK_FALSE(holds("\"c\""));
  CHECK(holds(":contains \"v\" \"D\""));
  CHECK(holds(":count \"ge\" \"2\""));
  CHECK_FALSE(holds(":count \"ge\" \"3\""));
  CHECK(holds(":count \"eq\" [\"v\", \"none\"] \"3\""));
}

TEST_CASE("RFC 5232 section 2: variables of flags need their require") {
  CHECK(errors("require \"imap4flags\"; setflag \"v\" \"a\";") != "");
  CHECK(errors("require [\"imap4flags\", \"variables\"]; setflag \"not a name\" \"a\";") != "");
}
