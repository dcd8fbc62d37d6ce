#include "service/mailbox/changes.h"

#include "posthorn/testing/faulty_store.h"

#include "service/mailbox/fixture.h"

using namespace posthorn;
using namespace posthorn::mailbox;
using imap::FlagChange;
using imap::SeqNum;
using imap::SystemFlag;

namespace {

/// Fills a mailbox with so many messages quickly: one body, shared by copies of copies.
void fill(Account& account, std::uint32_t count) {
  add(account, "INBOX", "body");
  const auto session = account.session();
  const auto view = *session->select("INBOX", false);
  while (view->exists() < count) {
    std::vector<SeqNum> all;
    for (std::uint32_t i = 1; i <= std::min(view->exists(), count - view->exists()); ++i) all.push_back(SeqNum{i});
    REQUIRE(view->copy(all, "INBOX").has_value());
    REQUIRE(view->poll(true).has_value());
  }
}

std::vector<SeqNum> everything(const imap::SelectedMailbox& view) {
  std::vector<SeqNum> all;
  for (std::uint32_t i = 1; i <= view.exists(); ++i) all.push_back(SeqNum{i});
  return all;
}

}  // namespace

TEST_CASE("flags are added, taken and replaced") {
  MessageRow row;
  row.system = 3;
  row.keywords = {1, 4};
  const imap::Flags flags{6, {}};
  CHECK(apply_flags(row, {FlagChange::add, flags, {}}, {2, 4}).keywords == std::vector<std::uint16_t>{1, 2, 4});
  CHECK(apply_flags(row, {FlagChange::add, flags, {}}, {}).system == 7);
  CHECK(apply_flags(row, {FlagChange::remove, flags, {}}, {2, 4}).keywords == std::vector<std::uint16_t>{1});
  CHECK(apply_flags(row, {FlagChange::remove, flags, {}}, {}).system == 1);
  CHECK(apply_flags(row, {FlagChange::replace, flags, {}}, {9}).keywords == std::vector<std::uint16_t>{9});
  CHECK(apply_flags(row, {FlagChange::replace, flags, {}}, {}).system == 6);
}

TEST_CASE("100,000 messages are flagged, copied, moved and removed in few batches, none over the limit") {
  const auto inner = store::make_memory_store();
  testing::FaultyStore store(*inner);
  Process process(store);
  constexpr std::uint32_t kCount = 100'000;
  fill(*process.account, kCount);
  const auto session = process.account->session();
  const auto view = *session->select("INBOX", false);
  REQUIRE(view->exists() == kCount);
  auto commits = [&, last = store.commits()]() mutable {
    const std::uint64_t made = store.commits() - last;
    last = store.commits();
    return made;
  };
  CHECK(view->store_flags(everything(*view), FlagChange::add, flags_of({SystemFlag::seen}), {}).has_value());
  CHECK(commits() <= 2);
  const auto copied = view->copy(everything(*view), "Archive");
  REQUIRE(copied.has_value());
  CHECK(copied->target.size() == kCount);
  CHECK(commits() <= 2);
  const auto moved = view->move(everything(*view), "Trash");
  REQUIRE(moved.has_value());
  CHECK(moved->first.target.size() == kCount);
  CHECK(moved->second.size() == kCount);
  CHECK(commits() <= 2);
  CHECK(view->exists() == 0);
  CHECK(session->status("Trash")->unseen == 0);
  const auto trash = *session->select("Trash", false);
  CHECK(trash->store_flags(everything(*trash), FlagChange::add, flags_of({SystemFlag::deleted}), {}).has_value());
  static_cast<void>(commits());
  CHECK(trash->expunge(nullptr)->size() == kCount);
  CHECK(commits() == 1);
  CHECK(session->remove("Archive").has_value());
  CHECK(commits() <= 2);
  require_sound(*process.account);
  const auto partition = *store.open(kAccount);
  CHECK(partition->each_blob([](BlobId, std::uint64_t) { FAIL_CHECK("a body is left"); }).has_value());
}

TEST_CASE("new mail costs a poll little, however large the mailbox is") {
  const auto inner = store::make_memory_store();
  testing::FaultyStore store(*inner);
  Process process(store);
  fill(*process.account, 20'000);
  const auto session = process.account->session();
  const auto view = *session->select("INBOX", false);
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 1'000; ++i) {
    add(*process.account, "INBOX", "x");
    CHECK(text_of(*view->poll(true)) == "X" + std::to_string(20'001 + i));
  }
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(5));
}

TEST_CASE("a short mailbox log and one failing commit in the middle of many batches leave a sound account") {
  const auto inner = store::make_memory_store();
  testing::FaultyStore store(*inner);
  Process process(store);
  fill(*process.account, 100'000);
  const auto session = process.account->session();
  const auto view = *session->select("INBOX", false);
  store.fail_at(store.operations(), environment_error(Code::unavailable));  // far away
  store.lose_commit(2, environment_error(Code::unavailable));
  const auto copied = view->copy(everything(*view), "Archive");
  if (!copied) CHECK(copied.error().lasting == Lasting::transient);
  require_sound(*process.account);
}
