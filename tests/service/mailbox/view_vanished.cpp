#include <doctest/doctest.h>

#include "service/mailbox/fixture.h"
#include "service/mailbox/view.h"

namespace posthorn::mailbox {

namespace {
/// UIDs 1 to 5; 2, 3 and 5 go one after the other.
struct Stage {
  explicit Stage(std::uint32_t log_rows) : store(backends().front().make()), process(*store, {}, limits(log_rows)) {
    for (int i = 0; i < 5; ++i) add(*process.account, "INBOX", "Subject: x\r\n\r\n");
    before = open()->status().highest_modseq;
    for (const std::uint32_t uid : {2U, 3U, 5U}) {
      const imap::Uid one{uid};
      REQUIRE(process.account->remove("INBOX", {&one, 1}));
      if (uid == 2) middle = open()->status().highest_modseq;
    }
  }
  static Limits limits(std::uint32_t log_rows) {
    Limits limits;
    limits.log_rows = log_rows;
    return limits;
  }
  [[nodiscard]] std::unique_ptr<imap::SelectedMailbox> open() {
    session = process.account->session();
    auto view = session->select("INBOX", true);
    REQUIRE(view.has_value());
    return std::move(*view);
  }

  std::shared_ptr<store::Store> store;
  Process process;
  std::unique_ptr<imap::Mailboxes> session;
  imap::ModSeq before;
  imap::ModSeq middle;
};
using Ranges = std::vector<imap::Range>;
}  // namespace

TEST_CASE("vanished messages: those that went since then, joined (RFC 7162 section 3.2.5.2)") {
  Stage stage(4096);
  const auto view = stage.open();
  CHECK(*view->vanished_since(stage.before) == Ranges{{2, 3}, {5, 5}});
  CHECK(*view->vanished_since(stage.middle) == Ranges{{3, 3}, {5, 5}});
  CHECK(view->vanished_since(view->status().highest_modseq)->empty());
}

TEST_CASE("vanished messages: not those that the client still counts (RFC 7162 section 3.2.10)") {
  Stage stage(4096);
  const auto view = stage.open();
  const imap::Uid one{1};
  REQUIRE(stage.process.account->remove("INBOX", {&one, 1}));
  REQUIRE(view->poll(false));
  CHECK(view->exists() == 2);
  CHECK(*view->vanished_since(stage.before) == Ranges{{2, 3}, {5, 5}});
  REQUIRE(view->poll(true));
  CHECK(*view->vanished_since(stage.before) == Ranges{{1, 3}, {5, 5}});
}

TEST_CASE("vanished messages: everything that is not there when the log is too short") {
  Stage stage(1);
  const auto view = stage.open();
  CHECK(*view->vanished_since(imap::ModSeq{1}) == Ranges{{2, 3}, {5, 5}});
}

}  // namespace posthorn::mailbox
