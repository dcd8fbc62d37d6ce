#include "protocol/imap/commands/copy.h"

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::imap;

TEST_CASE("COPY takes what its grammar says and nothing else") {
  for (View arguments : {View(" 1 x"), View(" *:1,3 INBOX")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(commands::copy::spec.check(c), arguments);
  }
  for (View arguments : {View(""), View(" 1"), View(" 0 x"), View(" a x"), View(" 1,, x"), View(" 1 %")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(!commands::copy::spec.check(c), arguments);
  }
}
