#include "protocol/imap/commands/select.h"

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::imap;

TEST_CASE("SELECT takes what its grammar says and nothing else") {
  for (View arguments : {View(" x"), View(" {1}\r\nx"), View(" x (CONDSTORE)"), View(" x (QRESYNC (1 2 3:4 (1 3)))")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(commands::select::spec.check(c), arguments);
  }
  for (View arguments : {View(""), View(" "), View(" a b"), View(" ("), View("  x"), View(" x (QRESYNC (0 1))"),
                         View(" x (QRESYNC (1 1 $))"), View(" x ()")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(!commands::select::spec.check(c), arguments);
  }
}
