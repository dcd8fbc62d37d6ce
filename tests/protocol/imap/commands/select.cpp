#include "protocol/imap/commands/select.h"

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::imap;

TEST_CASE("SELECT takes what its grammar says and nothing else") {
  for (View arguments : {View(" x"), View(" {1}\r\nx")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(commands::select::spec.check(c), arguments);
  }
  for (View arguments : {View(""), View(" "), View(" a b"), View(" ("), View("  x")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(!commands::select::spec.check(c), arguments);
  }
}
