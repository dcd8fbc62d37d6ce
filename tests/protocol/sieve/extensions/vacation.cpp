#include "protocol/sieve/extensions/vacation.h"

#include <doctest/doctest.h>

#include "protocol/sieve/stage.h"

using namespace posthorn;
using namespace posthorn::sieve;

TEST_CASE("RFC 5230 section 4: an answer beside the keep") {
  Stage stage;
  CHECK(stage.run("require \"vacation\"; vacation \"away\";") == "vacation away 604800; implicit keep");
  CHECK(stage.run("require \"vacation\"; vacation :days 23 :subject \"s\" :from \"a@b.example\" :addresses "
                  "[\"c@d.example\"] :mime "
                  "\"away\"; discard;") ==
        "vacation away 1987200 subject=s from=a@b.example address=c@d.example mime; discard");
  CHECK(stage.run("require \"vacation\"; vacation :days 0 \"away\";") == "vacation away 86400; implicit keep");
  CHECK(stage.run("require \"vacation-seconds\"; vacation :seconds 0 \"away\";") == "vacation away 0; implicit keep");
}

TEST_CASE("RFC 5230: twice is an error; a sender that is no address is one too") {
  Stage stage;
  CHECK(stage.run("require \"vacation\"; vacation \"a\"; vacation \"b\";") ==
        "error 1:35 a message is answered once; implicit keep");
  CHECK(errors("require \"vacation\"; vacation :from \"nobody\" \"a\";") != "");
  CHECK(errors("require \"vacation\"; vacation :seconds 5 \"a\";") ==
        "1:30 ':seconds' needs: require \"vacation-seconds\";\n");
  CHECK(errors("require \"vacation-seconds\"; vacation :days 5 :seconds 5 \"a\";") != "");
}

TEST_CASE("RFC 5230 section 4.2: answers that say different things are different answers") {
  Stage stage;
  const auto handle = [&](View words) {
    stage.run("require \"vacation\"; vacation " + own(words) + ";");
    return std::get<Vacation>(stage.outcome.actions.front()).handle;
  };
  CHECK(handle("\"a\"") == handle("\"a\""));
  CHECK(handle("\"a\"") != handle("\"b\""));
  CHECK(handle(":subject \"s\" \"a\"") != handle("\"a\""));
  CHECK(handle(":handle \"h\" \"a\"") == handle(":handle \"h\" \"b\""));
}
