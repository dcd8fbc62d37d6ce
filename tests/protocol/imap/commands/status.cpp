#include "protocol/imap/commands/status.h"

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::imap;

TEST_CASE("STATUS takes what its grammar says and nothing else") {
  for (View arguments : {View(" x (MESSAGES)")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(commands::status::spec.check(c), arguments);
  }
  for (View arguments : {View(""), View(" x"), View(" x ()"), View(" x (BOGUS)"), View(" x MESSAGES")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(!commands::status::spec.check(c), arguments);
  }
}
