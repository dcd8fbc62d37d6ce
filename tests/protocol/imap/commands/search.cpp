#include "protocol/imap/commands/search.h"

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::imap;

TEST_CASE("SEARCH takes what its grammar says and nothing else") {
  for (View arguments : {View(" ALL"), View(" CHARSET UTF-8 TEXT x"), View(" 1:* (OR SEEN NOT DRAFT)")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(commands::search::spec.check(c), arguments);
  }
  for (View arguments : {View(""), View(" "), View(" ALL)"), View(" FROM")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(!commands::search::spec.check(c), arguments);
  }
}
