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
