#include "protocol/imap/commands/unsubscribe.h"

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::imap;

TEST_CASE("UNSUBSCRIBE takes what its grammar says and nothing else") {
  for (View arguments : {View(" x")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(commands::unsubscribe::spec.check(c), arguments);
  }
  for (View arguments : {View(""), View(" "), View(" a b"), View(" ("), View("  x")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(!commands::unsubscribe::spec.check(c), arguments);
  }
}
