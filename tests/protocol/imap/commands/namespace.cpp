#include "protocol/imap/commands/namespace.h"

#include <doctest/doctest.h>

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
