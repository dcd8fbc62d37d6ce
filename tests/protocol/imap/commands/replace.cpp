#include "protocol/imap/commands/replace.h"

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::imap;

TEST_CASE("REPLACE takes what its grammar says and nothing else") {
  for (View arguments : {View(" 4 Drafts (\\Seen \\Draft) {312}"), View(" * x ~{3+}"),
                         View(" 1 x CATENATE (URL /a/;UID=1)"), View(" 4294967295 x UTF8 (~{1}")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(commands::replace::spec.check(c), arguments);
  }
  for (View arguments : {View(""), View(" 0 x {1}"), View(" 1:2 x {1}"), View(" 1,2 x {1}"), View(" x {1}"),
                         View(" 1 x"), View(" $ x {1}"), View(" 4294967296 x {1}"), View(" 1 x {1}\r\na {1}")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(!commands::replace::spec.check(c), arguments);
  }
}
