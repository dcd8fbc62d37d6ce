#include "protocol/imap/commands/compress.h"

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::imap;

TEST_CASE("COMPRESS takes what its grammar says and nothing else") {
  for (View arguments : {View(" DEFLATE"), View(" deflate"), View(" LZ4")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(commands::compress::spec.check(c), arguments);
  }
  for (View arguments : {View(""), View(" "), View(" DEFLATE "), View(" \"DEFLATE\""), View(" DEFLATE LZ4")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(!commands::compress::spec.check(c), arguments);
  }
}
