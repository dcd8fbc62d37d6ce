#include "protocol/imap/commands/unauthenticate.h"

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::imap;

TEST_CASE("UNAUTHENTICATE takes what its grammar says and nothing else") {
  Cursor good("");
  CHECK(commands::unauthenticate::spec.check(good));
  Cursor bad(" x");
  CHECK(!commands::unauthenticate::spec.check(bad));
}
