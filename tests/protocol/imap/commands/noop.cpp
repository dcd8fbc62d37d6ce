#include "protocol/imap/commands/noop.h"

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::imap;

TEST_CASE("NOOP takes no arguments") {
  Cursor none("");
  CHECK(commands::noop::spec.check(none));
  Cursor some(" x");
  CHECK_FALSE(commands::noop::spec.check(some));
}
