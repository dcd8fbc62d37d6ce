#include "protocol/imap/commands/move.h"

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::imap;

TEST_CASE("MOVE takes what its grammar says and nothing else") {
  for (View arguments : {View(" 1 x"), View(" 2:* \"a b\"")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(commands::move::spec.check(c), arguments);
  }
  for (View arguments : {View(""), View(" 1"), View(" x")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(!commands::move::spec.check(c), arguments);
  }
}
