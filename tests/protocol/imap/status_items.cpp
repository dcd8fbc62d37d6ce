#include "protocol/imap/status_items.h"

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::imap;

TEST_CASE("STATUS items are read in any order and written in one") {
  Cursor c("(uidnext MESSAGES)");
  status_items::Items items = 0;
  REQUIRE(status_items::parse(c, items));
  MailboxStatus status;
  status.messages = 231;
  status.uid_next = Uid(44292);
  Buffer out;
  Responder responder(out, 100);
  status_items::write("blurdybloop", status, items, responder);
  CHECK(out.view() == "* STATUS \"blurdybloop\" (MESSAGES 231 UIDNEXT 44292)\r\n");
  for (View bad : {"()", "(BOGUS)", "MESSAGES", "(MESSAGES", "(MESSAGES )"}) {
    Cursor b(bad);
    CHECK_FALSE(status_items::parse(b, items));
  }
}
