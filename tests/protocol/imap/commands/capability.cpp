#include "protocol/imap/commands/capability.h"

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::imap;

TEST_CASE("CAPABILITY takes what its grammar says and nothing else") {
  for (View arguments : {View("")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(commands::capability::spec.check(c), arguments);
  }
  for (View arguments : {View(" "), View(" x")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(!commands::capability::spec.check(c), arguments);
  }
}
