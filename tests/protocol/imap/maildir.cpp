#include "posthorn/protocol/imap/maildir.h"

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::imap;

TEST_CASE("flags as the letters of a Maildir") {
  CHECK(maildir_flags({}).empty());
  CHECK(maildir_flags({0x1F, {"$Label1"}}) == "DFRST");
  CHECK(maildir_flags({static_cast<std::uint8_t>(SystemFlag::seen), {}}) == "S");
  CHECK(maildir_flags({static_cast<std::uint8_t>(SystemFlag::answered), {}}) == "R");
  CHECK(maildir_flags({static_cast<std::uint8_t>(SystemFlag::deleted), {}}) == "T");
}

TEST_CASE("each mailbox has a folder of its own, which is one component of a path") {
  CHECK(maildir_folder("INBOX").empty());
  CHECK(maildir_folder("Inbox").empty());
  CHECK(maildir_folder("Work/2026") == ".Work.2026");
  CHECK(maildir_folder("Work.2026") == ".Work%2E2026");
  CHECK(maildir_folder("Work.2026", '.') == ".Work.2026");
  CHECK(maildir_folder("Work/2026", '.') == ".Work%2F2026");
  CHECK(maildir_folder("Work/2026", '\0') == ".Work%2F2026");
  CHECK(maildir_folder("..") == ".%2E%2E");
  CHECK(maildir_folder("../..") == ".%2E%2E.%2E%2E");
  CHECK(maildir_folder(".", '.') == ".%2E");
  CHECK(maildir_folder("a..b", '.') == ".a.%2Eb");
  CHECK(maildir_folder("a%2Eb") == ".a%252Eb");
  CHECK(maildir_folder("\u00c4pfel") == ".\u00c4pfel");
}
