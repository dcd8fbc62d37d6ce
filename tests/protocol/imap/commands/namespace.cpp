#include "protocol/imap/commands/namespace.h"

#include <doctest/doctest.h>

#include "protocol/imap/names_stage.h"

using namespace posthorn;
using namespace posthorn::imap;

TEST_CASE("NAMESPACE takes what its grammar says and nothing else") {
  for (View arguments : {View("")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(commands::namespace_::spec.check(c), arguments);
  }
  for (View arguments : {View(" "), View(" x")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(!commands::namespace_::spec.check(c), arguments);
  }
}

TEST_CASE("NAMESPACE tells all three kinds (RFC 2342 section 5)") {
  testing::NamesStage stage;
  CHECK(stage.say("NAMESPACE") == "* NAMESPACE ((\"\" \"/\")) NIL NIL\r\nA OK Done\r\n");
  stage.account.host.namespaces = {{""}, {"~"}, {"#shared/", "#public/", "#B\xC3\xBCro/"}};
  CHECK(
      stage.say("NAMESPACE") ==
      "* NAMESPACE ((\"\" \"/\")) ((\"~\" \"/\")) ((\"#shared/\" \"/\")(\"#public/\" \"/\")(\"#B&APw-ro/\" \"/\"))\r\n"
      "A OK Done\r\n");
}
