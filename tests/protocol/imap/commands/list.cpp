#include "protocol/imap/commands/list.h"

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::imap;

TEST_CASE("LIST takes what its grammar says and nothing else") {
  for (View arguments : {View(" \"\" *"), View(" x \"\""), View(" () \"\" %"), View(" (SPECIAL-USE) \"\" * RETURN ()"),
                         View(" \"\" (a b) RETURN (SUBSCRIBED CHILDREN SPECIAL-USE)")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(commands::list::spec.check(c), arguments);
  }
  for (View arguments : {View(""), View(" x"), View(" \"\" ("), View(" (BOGUS) \"\" *"), View(" \"\" * RETURN"),
                         View(" \"\" * RETURN (X)"), View(" (RECURSIVEMATCH) \"\" *"), View(" \"\" * (X)")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(!commands::list::spec.check(c), arguments);
  }
}
