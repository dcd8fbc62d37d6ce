#include "protocol/imap/commands/create.h"

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::imap;

TEST_CASE("CREATE takes what its grammar says and nothing else") {
  for (View arguments : {View(" x"), View(" x/"), View(" x (USE (\\Sent \\Junk))"), View(" x (USE ())")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(commands::create::spec.check(c), arguments);
  }
  for (View arguments :
       {View(""), View(" "), View(" x (USE)"), View(" x (USE (Sent))"), View(" x USE"), View(" x (USE (\\Sent)")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(!commands::create::spec.check(c), arguments);
  }
}
