#include "protocol/imap/commands/authenticate.h"

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::imap;

TEST_CASE("AUTHENTICATE takes what its grammar says and nothing else") {
  for (View arguments : {View(" PLAIN"), View(" plain ="), View(" X YQ==")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(commands::authenticate::spec.check(c), arguments);
  }
  for (View arguments : {View(""), View(" "), View(" PLAIN "), View(" PLAIN !"), View(" PLAIN  =")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(!commands::authenticate::spec.check(c), arguments);
  }
}
