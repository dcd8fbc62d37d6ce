#include "service/mailbox/memory.h"

#include "posthorn/testing/faulty_store.h"

#include "service/mailbox/fixture.h"

using namespace posthorn;
using namespace posthorn::mailbox;

namespace {

Remembrance until(const Process& process, View name, std::chrono::seconds period) {
  return {own(name), process.clock.wall() + period};
}

bool remembers(const Account& account, View name) {
  const auto known = account.remembers(name);
  REQUIRE(known.has_value());
  return *known;
}

}  // namespace

TEST_CASE("what is kept in mind is forgotten when its time is over") {
  for (const Backend& backend : backends()) {
    CAPTURE(backend.name);
    const auto store = backend.make();
    Process process(*store);
    Account& account = *process.account;
    CHECK_FALSE(remembers(account, "a"));
    REQUIRE(account.add(Parcel{
        .remembered = {until(process, "a", std::chrono::hours(1)), until(process, "b", std::chrono::hours(2))}}));
    CHECK(remembers(account, "a"));
    CHECK(remembers(account, "b"));
    CHECK_FALSE(remembers(account, "A"));
    process.clock.advance(std::chrono::hours(1));
    CHECK_FALSE(remembers(account, "a"));
    CHECK(remembers(account, "b"));
    CHECK(*account.expire_memory() == 1);
    CHECK(*account.expire_memory() == 0);
    CHECK(remembers(account, "b"));
    REQUIRE(account.add(Parcel{.remembered = {until(process, "b", std::chrono::hours(5))}}));  // longer than it was
    process.clock.advance(std::chrono::hours(3));
    CHECK(remembers(account, "b"));
    CHECK(*account.expire_memory() == 0);
    require_sound(account);
  }
}

TEST_CASE("names that are kept in mind are in no row, and another account's row says nothing") {
  const auto store = store::make_memory_store();
  Process process(*store);
  REQUIRE(process.account->add(Parcel{.remembered = {until(process, "far@two.example", std::chrono::hours(1))}}));
  const auto rows = store->open(kAccount);
  std::string key;
  REQUIRE((*rows)->scan("k/", "k0", [&](View found, View value, store::Revision) {
    CHECK(key.empty());
    key = own(found);
    CHECK(value.size() == 9);
    return true;
  }));
  CHECK(key.size() == 34);
  auto other = process.accounts->open(AccountId{8}, {});
  REQUIRE((*other)->add(Parcel{.remembered = {until(process, "far@two.example", std::chrono::hours(1))}}));
  const auto others = store->open(AccountId{8});
  CHECK_FALSE(*(*others)->get(key));
}

TEST_CASE("a parcel with several messages and what is kept in mind is there whole or not at all") {
  for (const bool lost : {false, true}) {
    for (std::uint64_t at = 1;; ++at) {
      const auto inner = store::make_memory_store();
      testing::FaultyStore store(*inner);
      Process process(store);
      REQUIRE(process.account->provision());
      Parcel parcel{.receipt = "one", .again = true, .remembered = {until(process, "a", std::chrono::hours(1))}};
      for (const View mailbox : {"INBOX", "Sent"})
        parcel.messages.push_back(*new_message(*process.account, mailbox, "x"));
      parcel.messages.push_back(parcel.messages.front());  // shares its body
      parcel.messages.back().mailbox = "Archive";
      parcel.messages.back().flags = {0, {"seen-before"}};
      if (lost) {
        store.lose_commit(at, environment_error(Code::unavailable));
      } else {
        store.fail_at(at, environment_error(Code::unavailable));
      }
      const auto added = process.account->add(parcel);
      const bool failed = store.failed();
      store.fail_at(1'000'000, environment_error(Code::unavailable));
      const std::size_t there = process.account->messages("INBOX")->size();
      CHECK(process.account->messages("Sent")->size() == there);
      CHECK(process.account->messages("Archive")->size() == there);
      CHECK(remembers(*process.account, "a") == (there == 1));
      CHECK(process.account->has_receipt("one") == (there == 1));
      if (added) CHECK(there == 1);
      if (there == 1) {  // the same delivery again
        CHECK(code_of(process.account->add(parcel)) == Code::exists);
        CHECK(*process.account->reader()->read(process.account->messages("Archive")->front().body, 0, 9) == "x");
      }
      require_sound(*process.account);
      if (!failed) break;
    }
  }
}

TEST_CASE("a delivery that leaves no message has its receipt all the same") {
  const auto store = store::make_memory_store();
  Process process(*store);
  const Parcel nothing{.receipt = "one", .again = true};
  REQUIRE(process.account->add(nothing));
  CHECK(code_of(process.account->add(nothing)) == Code::exists);
  const auto sums = process.account->check_receipts([](View fault) { FAIL_CHECK(fault); });
  REQUIRE(sums.has_value());
  CHECK(sums->receipts == 1);
  CHECK(sums->unkept == 1);
  CHECK(sums->deleted == 0);
}

TEST_CASE("what cannot go where it shall goes to INBOX, where that is wanted") {
  const auto store = store::make_memory_store();
  Limits limits;
  limits.mailboxes = 7;  // one more than the first ones
  limits.keywords = 1;
  Process process(*store, {}, limits);
  Account& account = *process.account;
  const auto file = [&](View mailbox, bool create, bool or_inbox, std::vector<std::string> words = {}) {
    NewMessage message = *new_message(account, mailbox, "x", {0, std::move(words)});
    message.create_mailbox = create;
    message.or_inbox = or_inbox;
    return account.add(Parcel{.messages = {message}});
  };
  CHECK(code_of(file("none", false, false)) == Code::not_found);
  CHECK(file("none", false, true).has_value());
  CHECK(account.messages("INBOX")->size() == 1);
  CHECK(file("new", true, true).has_value());
  CHECK(account.messages("new")->size() == 1);
  CHECK(file("newer", true, true).has_value());  // too many mailboxes
  CHECK(file("a//b", true, true).has_value());   // no name
  CHECK(account.messages("INBOX")->size() == 3);
  CHECK(file("Sent", false, true, {"one"}).has_value());
  CHECK(file("Sent", false, true, {"two"}).has_value());         // too many keywords
  CHECK(file("Sent", false, true, {"not a word"}).has_value());  // none
  CHECK(account.messages("Sent")->size() == 1);
  CHECK(account.messages("INBOX")->size() == 5);
  require_sound(account);
}

TEST_CASE("a parcel that is over the quota leaves nothing, not even in INBOX") {
  const auto store = store::make_memory_store();
  Process process(*store, {.octets = 15});
  Parcel parcel{.remembered = {until(process, "a", std::chrono::hours(1))}};
  for (int i = 0; i < 2; ++i) parcel.messages.push_back(*new_message(*process.account, "Sent", "0123456789"));
  for (NewMessage& message : parcel.messages) message.or_inbox = true;
  CHECK(code_of(process.account->add(parcel)) == Code::over_quota);
  CHECK(process.account->messages("Sent")->empty());
  CHECK(process.account->messages("INBOX")->empty());
  CHECK_FALSE(remembers(*process.account, "a"));
  require_sound(*process.account);
}

TEST_CASE("of two deliveries that decide the same at once, the second one decides anew") {
  for (const Backend& backend : backends()) {
    CAPTURE(backend.name);
    const auto store = backend.make();
    Process process(*store);
    Process other(*store);
    Remembrance first = until(process, "id@two.example", std::chrono::hours(1));
    first.news = true;
    const Result<NewMessage> message = new_message(*process.account, "INBOX", "one", {});
    REQUIRE(process.account->add(Parcel{.messages = {*message}, .remembered = {first}}));
    const Result<NewMessage> second = new_message(*other.account, "INBOX", "two", {});
    const Result<void> late = other.account->add(Parcel{.messages = {*second}, .remembered = {first}});
    CHECK(code_of(late) == Code::unavailable);
    CHECK(late.error().lasting == Lasting::transient);
    CHECK(process.account->messages("INBOX")->size() == 1);
    first.news = false;  // it knows now
    CHECK(other.account->add(Parcel{.remembered = {first}}));
    process.clock.advance(std::chrono::hours(2));
    first.until += std::chrono::hours(5);
    first.news = true;  // what is over is news again
    CHECK(process.account->add(Parcel{.remembered = {first}}));
    require_sound(*process.account);
  }
}
