#include "protocol/imap/commands/rename.h"

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::imap;

TEST_CASE("RENAME takes what its grammar says and nothing else") {
  for (View arguments : {View(" a b")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(commands::rename::spec.check(c), arguments);
  }
  for (View arguments : {View(""), View(" a"), View(" a b c")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(!commands::rename::spec.check(c), arguments);
  }
}
