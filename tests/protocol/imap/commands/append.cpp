#include "protocol/imap/commands/append.h"

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::imap;

TEST_CASE("APPEND takes what its grammar says and nothing else") {
  for (View arguments :
       {View(" x {3}"), View(" \"x y\" () {3+}"), View(" x (\\Seen) \"01-Jan-2026 00:00:00 +0000\" {1}")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(commands::append::spec.check(c), arguments);
  }
  for (View arguments : {View(""), View(" x"), View(" x 3"), View(" x (a {3}"), View(" x {3+"), View(" x (\\Bad) {3}"),
                         View(" x {3} ")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(!commands::append::spec.check(c), arguments);
  }
}
