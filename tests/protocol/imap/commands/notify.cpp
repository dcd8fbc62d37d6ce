#include "protocol/imap/commands/notify.h"

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::imap;

TEST_CASE("NOTIFY takes what its grammar says and nothing else") {
  for (View arguments : {View(" NONE"), View(" SET (personal (MailboxName))"), View(" SET STATUS (subtree a NONE)")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(commands::notify::spec.check(c), arguments);
  }
  for (View arguments : {View(""), View(" "), View(" SET"), View(" SET ()"), View(" NONE x")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(!commands::notify::spec.check(c), arguments);
  }
}
