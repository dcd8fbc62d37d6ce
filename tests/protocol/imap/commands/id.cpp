#include "protocol/imap/commands/id.h"

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::imap;

TEST_CASE("ID takes what its grammar says and nothing else") {
  for (View arguments : {View(" NIL"), View(" ()"), View(" (\"a\" NIL)")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(commands::id::spec.check(c), arguments);
  }
  for (View arguments : {View(""), View(" x"), View(" (\"a\")"), View(" (NIL NIL)"), View(" (\"a\" NIL")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(!commands::id::spec.check(c), arguments);
  }
}
