#include "protocol/imap/commands/enable.h"

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::imap;

TEST_CASE("ENABLE takes what its grammar says and nothing else") {
  for (View arguments : {View(" A B")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(commands::enable::spec.check(c), arguments);
  }
  for (View arguments : {View(""), View(" "), View(" A ")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(!commands::enable::spec.check(c), arguments);
  }
}
