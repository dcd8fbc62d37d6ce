#include "protocol/imap/commands/append.h"

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::imap;

TEST_CASE("APPEND takes what its grammar says and nothing else") {
  for (View arguments :
       {View(" x {3}"), View(" \"x y\" () {3+}"), View(" x (\\Seen) \"01-Jan-2026 00:00:00 +0000\" {1}"),
        View(" x ~{3}"), View(" x {1}\r\na (\\Seen) {3+}"), View(" x UTF8 (~{3+}"), View(" x catenate (text {3}"),
        View(" x CATENATE (URL /a/;UID=1 URL \"/b c/;UID=2\" TEXT ~{3+}"), View(" x CATENATE (URL /a/;UID=1)"),
        View(" x CATENATE (URL {3+}\r\n/a/ TEXT {2}\r\nab) {1}"), View(" x UTF8 (~{2}\r\nab) CATENATE (TEXT {1}")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(commands::append::spec.check(c), arguments);
  }
  for (View arguments :
       {View(""), View(" x"), View(" x 3"), View(" x (a {3}"), View(" x {3+"), View(" x (\\Bad) {3}"), View(" x {3} "),
        View(" x UTF8 ({3}"), View(" x UTF8 ~{3}"), View(" x CATENATE ()"), View(" x CATENATE (URL /a/;UID=1"),
        View(" x CATENATE (URL {3}"), View(" x CATENATE (URL {3+}"), View(" x CATENATE (TEXT \"a\")"),
        View(" x CATENATE (URL /a/;UID=1)  {1}"), View(" x CATENATE URL /a/;UID=1"), View(" x {1}\r\na {"),
        View(" x BINARY {3}")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(!commands::append::spec.check(c), arguments);
  }
}
