#include "protocol/imap/commands/lsub.h"

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::imap;

TEST_CASE("LSUB takes what its grammar says and nothing else") {
  for (View arguments : {View(" \"\" *")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(commands::lsub::spec.check(c), arguments);
  }
  for (View arguments : {View(""), View(" x"), View(" \"\" * x")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(!commands::lsub::spec.check(c), arguments);
  }
}
