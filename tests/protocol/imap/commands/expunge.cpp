#include "protocol/imap/commands/expunge.h"

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::imap;

TEST_CASE("EXPUNGE takes what its grammar says and nothing else") {
  for (View arguments : {View(""), View(" 1:2")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(commands::expunge::spec.check(c), arguments);
  }
  for (View arguments : {View(" "), View(" 0"), View(" x")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(!commands::expunge::spec.check(c), arguments);
  }
}
