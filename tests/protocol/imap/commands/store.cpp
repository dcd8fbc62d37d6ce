#include "protocol/imap/commands/store.h"

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::imap;

TEST_CASE("STORE takes what its grammar says and nothing else") {
  for (View arguments : {View(" 1 FLAGS ()"), View(" 1 -flags.silent \\Seen a"), View(" * +FLAGS x"),
                         View(" $ (UNCHANGEDSINCE 12) FLAGS ()")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(commands::store::spec.check(c), arguments);
  }
  for (View arguments : {View(""), View(" 1"), View(" 1 FLAGS"), View(" 1 FLAGSX ()"), View(" 1 *FLAGS ()"),
                         View(" 1 FLAGS (\\Recently)"), View(" 1 FLAGS (a"), View(" 1 (UNCHANGEDSINCE) FLAGS ()")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(!commands::store::spec.check(c), arguments);
  }
}
