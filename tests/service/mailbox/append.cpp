#include "service/mailbox/append.h"

#include <doctest/doctest.h>

#include "posthorn/protocol/imap/responder.h"
#include "posthorn/testing/faulty_store.h"

#include "service/mailbox/fixture.h"

using namespace posthorn;
using namespace posthorn::mailbox;
using imap::SystemFlag;

namespace {
/// Appends messages of these octets in one command.
Result<imap::AppendOutcome> append(imap::Mailboxes& session, View mailbox, std::initializer_list<View> messages) {
  auto append = session.append(mailbox);
  if (!append) return fail(append.error());
  for (const View octets : messages) {
    if (auto begun = (*append)->begin({}, {}); !begun) return fail(begun.error());
    if (auto room = (*append)->announce(octets.size()); !room) return fail(room.error());
    if (auto written = (*append)->write(octets); !written) return fail(written.error());
  }
  return (*append)->finish();
}

Result<imap::AppendOutcome> replace(imap::SelectedMailbox& view, std::uint32_t number, View target, View octets) {
  auto replacement = view.replace(imap::SeqNum(number), target);
  if (!replacement) return fail(replacement.error());
  if (auto begun = (*replacement)->begin({}, {}); !begun) return fail(begun.error());
  if (auto room = (*replacement)->announce(octets.size()); !room) return fail(room.error());
  if (auto written = (*replacement)->write(octets); !written) return fail(written.error());
  return (*replacement)->finish();
}

std::string uids_of(const Result<imap::AppendOutcome>& outcome) {
  return outcome ? imap::uid_set(outcome->uids) : own(name_of(outcome.error().code));
}
}  // namespace

TEST_CASE("APPEND streams a message, with its flags and its date") {
  for (const Backend& backend : backends()) {
    const auto store = backend.make();
    Process process(*store, Quota{20, 0});
    const auto session = process.account->session();
    const WallTime then{std::chrono::seconds(1'000'000'000)};
    auto append = *session->append("Drafts");
    CHECK(append->begin(flags_of({SystemFlag::draft, SystemFlag::seen}, {"$Mine"}), then).has_value());
    CHECK(append->announce(10).has_value());
    CHECK(append->write("12345").has_value());
    CHECK(append->write("67890").has_value());
    const auto outcome = append->finish();
    CHECK(uids_of(outcome) == "1");
    CHECK(outcome->uid_validity == session->status("Drafts")->uid_validity);
    const auto view = *session->select("Drafts", true);
    CHECK(view->facts(imap::SeqNum{1}).internal_date == then);
    CHECK(view->facts(imap::SeqNum{1}).flags == flags_of({SystemFlag::draft, SystemFlag::seen}, {"$Mine"}));
    CHECK(*view->read(imap::SeqNum{1}, 3, 4) == "4567");
    CHECK(code_of(session->append("none")) == Code::not_found);
    auto full = *session->append("INBOX");
    CHECK(code_of(full->begin(flags_of({}, {"a b"}), {})) == Code::syntax);
    CHECK(full->begin({}, {}).has_value());
    CHECK(code_of(full->announce(11)) == Code::over_quota);
    CHECK(code_of(full->announce(std::uint64_t{1} << 63U)) == Code::too_long);
    full.reset();
    auto dropped = *session->append("INBOX");
    CHECK(dropped->begin({}, {}).has_value());
    CHECK(dropped->write("gone").has_value());
    CHECK(dropped->begin({}, {}).has_value());
    dropped.reset();
    CHECK(uids_of(::append(*session, "INBOX", {"x"})) == "1");
    CHECK(process.account->messages("INBOX")->at(0).internal_date == process.clock.wall());
    require_sound(*process.account);
  }
}

TEST_CASE("many messages come in with one batch, or none of them") {
  for (const Backend& backend : backends()) {
    CAPTURE(backend.name);
    const auto inner = backend.make();
    testing::FaultyStore store(*inner);
    Limits limits;
    limits.joined_messages = 5;
    Process process(store, Quota{100, 6}, limits);
    const auto session = process.account->session();
    const std::uint64_t before = store.commits();
    REQUIRE(process.account->provision().has_value());
    CHECK(uids_of(::append(*session, "INBOX", {"one", "two", "three"})) == "1:3");
    CHECK(store.commits() - before == 2);  // of the first mailboxes, and of all messages
    CHECK(contents(*process.account, "INBOX") == "1:0:one\n2:0:two\n3:0:three\n");
    CHECK(uids_of(::append(*session, "INBOX", {"4", std::string(90, 'x')})) == "over_quota");
    CHECK(uids_of(::append(*session, "INBOX", {"4", "5", "6", "7"})) == "over_quota");
    Process roomy(store, Quota(), limits);
    CHECK(uids_of(::append(*roomy.account->session(), "INBOX", {"1", "2", "3", "4", "5", "6"})) == "too_many");
    CHECK(contents(*process.account, "INBOX") == "1:0:one\n2:0:two\n3:0:three\n");
    CHECK(uids_of(::append(*session, "INBOX", {"4", "5", "6"})) == "4:6");
    require_sound(*process.account);
  }
}

TEST_CASE("whichever operation of the store fails, nothing is half there") {
  for (const bool replaces : {false, true}) {
    for (std::uint64_t nth = 1;; ++nth) {
      const auto inner = store::make_memory_store();
      testing::FaultyStore store(*inner);
      Process process(store);
      add(*process.account, "INBOX", "old");
      const auto session = process.account->session();
      const auto view = *session->select("INBOX", false);
      store.fail_at(nth, environment_error(Code::unavailable));
      const auto outcome =
          replaces ? replace(*view, 1, "INBOX", "new") : ::append(*session, "INBOX", {"one", "two", "three"});
      const bool failed = store.failed();
      store.fail_at(std::uint64_t{1} << 40U, environment_error(Code::unavailable));  // no more of it
      const std::string now = contents(*process.account, "INBOX");
      if (outcome) {
        CHECK(now == (replaces ? "2:0:new\n" : "1:0:old\n2:0:one\n3:0:two\n4:0:three\n"));
      } else {
        CHECK(now == "1:0:old\n");
      }
      require_sound(*process.account);
      if (!failed) break;
    }
  }
}

TEST_CASE("a replacement and what it replaces change in one batch") {
  for (const Backend& backend : backends()) {
    CAPTURE(backend.name);
    const auto store = backend.make();
    Process process(*store, Quota{12, 2});
    Process other(*store, Quota{12, 2});
    const auto session = process.account->session();
    add(*process.account, "INBOX", "first");
    add(*process.account, "INBOX", "second");
    const auto view = *session->select("INBOX", false);
    const auto watching = *other.account->session()->select("INBOX", true);

    // Both limits are reached: it may not be larger.
    CHECK(uids_of(replace(*view, 1, "INBOX", "longer")) == "3");
    CHECK(uids_of(replace(*view, 1, "INBOX", "much longer")) == "over_quota");
    CHECK(contents(*process.account, "INBOX") == "2:0:second\n3:0:longer\n");
    CHECK(text_of(*watching->poll(true)) == "E1 X2");

    auto moved = replace(*view, 2, "Drafts", "x");
    REQUIRE(moved.has_value());
    CHECK(uids_of(moved) == "1");
    CHECK(text_of(moved->changes) == "E2");
    CHECK(contents(*process.account, "Drafts") == "1:0:x\n");
    CHECK(contents(*process.account, "INBOX") == "2:0:second\n");

    const auto same = replace(*view, 1, "INBOX", "smaller");
    CHECK(text_of(same->changes) == "X2 E1");
    CHECK(view->exists() == 1);
    CHECK(!view->changed());

    CHECK(code_of(view->replace(imap::SeqNum(1), "none")) == Code::not_found);
    CHECK(code_of((*session->select("INBOX", true))->replace(imap::SeqNum(1), "INBOX")) == Code::denied);
    auto late = *view->replace(imap::SeqNum(1), "INBOX");
    CHECK(late->begin({}, {}).has_value());
    CHECK(other.account->remove("INBOX", std::vector{imap::Uid(4)}).has_value());
    const auto gone = late->finish();
    CHECK(code_of(gone) == Code::conflict);
    CHECK(gone.error().lasting == Lasting::permanent);
    CHECK(contents(*process.account, "INBOX").empty());
    require_sound(*process.account);
  }
}

TEST_CASE("who is over his quota may still make a message smaller") {
  const auto store = store::make_memory_store();
  Process before(*store);
  add(*before.account, "INBOX", "much too long");
  Process process(*store, Quota{5, 0});
  const auto view = *process.account->session()->select("INBOX", false);
  CHECK(uids_of(replace(*view, 1, "INBOX", "not so long")) == "2");
  CHECK(uids_of(replace(*view, 1, "INBOX", "too long again")) == "over_quota");
  require_sound(*process.account);
}
