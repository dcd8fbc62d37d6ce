#include "protocol/imap/commands/uidbatches.h"

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::imap;

TEST_CASE("UIDBATCHES takes what its grammar says and nothing else") {
  for (View arguments : {View(" 1"), View(" 2000 10:20"), View(" 5 2")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(commands::uidbatches::spec.check(c), arguments);
  }
  for (View arguments : {View(""), View(" 0"), View(" 1 0"), View(" 1 2:"), View(" 1 2:3:4"), View(" x")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(!commands::uidbatches::spec.check(c), arguments);
  }
}
