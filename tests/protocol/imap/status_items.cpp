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
  status_items::write("blurdybloop", status, 1000, items, responder);
  CHECK(out.view() == "* STATUS \"blurdybloop\" (MESSAGES 231 UIDNEXT 44292)\r\n");
  for (View bad : {"()", "(BOGUS)", "MESSAGES", "(MESSAGES", "(MESSAGES )"}) {
    Cursor b(bad);
    CHECK_FALSE(status_items::parse(b, items));
  }
}

TEST_CASE("items of extensions: numbers, an id in parentheses, and nothing where there is no id") {
  Cursor c("(MAILBOXID HIGHESTMODSEQ APPENDLIMIT DELETED-STORAGE)");
  status_items::Items items = 0;
  REQUIRE(status_items::parse(c, items));
  MailboxStatus status;
  status.mailbox_id = "F2212ea87";
  status.highest_modseq = ModSeq(7011231777);
  status.deleted_octets = 8;
  Buffer out;
  Responder responder(out, 100);
  status_items::write("a", status, 257890, items, responder);
  status.mailbox_id.clear();
  status.highest_modseq = ModSeq();
  status_items::write("a", status, 257890, items, responder);
  CHECK(out.view() ==
        "* STATUS \"a\" (HIGHESTMODSEQ 7011231777 APPENDLIMIT 257890 DELETED-STORAGE 8 MAILBOXID (F2212ea87))\r\n"
        "* STATUS \"a\" (HIGHESTMODSEQ 1 APPENDLIMIT 257890 DELETED-STORAGE 8)\r\n");
  Enabled enabled;
  status_items::enable(items, enabled);
  CHECK(enabled.condstore);
  Enabled other;
  status_items::enable(1, other);
  CHECK_FALSE(other.condstore);
}
