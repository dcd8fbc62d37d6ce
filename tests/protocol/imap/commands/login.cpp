#include "protocol/imap/commands/login.h"

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::imap;

TEST_CASE("LOGIN takes what its grammar says and nothing else") {
  for (View arguments : {View(" a b"), View(" {1}\r\na \"b\"")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(commands::login::spec.check(c), arguments);
  }
  for (View arguments : {View(""), View(" a"), View(" a "), View(" a b c"), View(" {2}\r\na b")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(!commands::login::spec.check(c), arguments);
  }
}
