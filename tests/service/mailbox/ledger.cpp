#include "service/mailbox/ledger.h"

#include <functional>
#include <set>
#include <thread>

#include "posthorn/testing/faulty_store.h"

#include "service/mailbox/fixture.h"

using namespace posthorn;
using namespace posthorn::mailbox;
using imap::FlagChange;
using imap::SystemFlag;

TEST_CASE("two processes write one account and lose nothing of each other") {
  for (const Backend& backend : backends()) {
    CAPTURE(backend.name);
    const auto store = backend.make();
    Process one(*store);
    Process two(*store);
    const int each = backend.fast ? 400 : 60;
    const auto work = [each](Account& account, const std::string& mark) {
      const auto session = account.session();
      for (int i = 0; i < each; ++i) {
        if (i % 10 == 0) {
          if (!session->create(mark + std::to_string(i), imap::SpecialUse::none)) return false;
        } else if (!try_add(account, "INBOX", mark + std::to_string(i))) {
          return false;
        }
      }
      return true;
    };
    bool good_one = false;
    bool good_two = false;
    std::thread other([&] { good_two = work(*two.account, "two"); });
    good_one = work(*one.account, "one");
    other.join();
    CHECK(good_one);
    CHECK(good_two);
    require_sound(*one.account);
    std::set<std::string> bodies;
    const auto messages = *one.account->messages("INBOX");
    for (const StoredMessage& message : messages) bodies.insert(*two.account->reader()->read(message.body, 0, 100));
    CHECK(messages.size() == static_cast<std::size_t>(each / 10 * 9 * 2));
    CHECK(bodies.size() == messages.size());
    CHECK(one.account->list()->size() == 6U + static_cast<std::size_t>(each) / 10 * 2);
  }
}

TEST_CASE("what another process freed or made counts before something is refused") {
  const auto store = store::make_memory_store();
  Process one(*store, Quota{5, 0});
  Process two(*store, Quota{5, 0});
  add(*one.account, "INBOX", "12345");
  CHECK(two.account->remove("INBOX", std::vector<imap::Uid>{imap::Uid{1}}).has_value());
  CHECK(add(*one.account, "INBOX", "12345") == 2);
  CHECK(two.account->session()->create("new", imap::SpecialUse::none).has_value());
  CHECK(two.account->remove("INBOX", std::vector<imap::Uid>{imap::Uid{2}}).has_value());
  CHECK(add(*one.account, "new", "x") == 1);
  CHECK(two.account->session()->rename("new", "newer").has_value());
  CHECK(code_of(try_add(*one.account, "new", "x")) == Code::not_found);
  CHECK(code_of(one.account->session()->create("newer", imap::SpecialUse::none)) == Code::exists);
  require_sound(*two.account);
}

TEST_CASE("two processes that meet a new account make its mailboxes once") {
  const auto store = store::make_memory_store();
  Process one(*store);
  Process two(*store);
  std::thread other([&] { CHECK(two.account->provision().has_value()); });
  CHECK(one.account->provision().has_value());
  other.join();
  CHECK(one.account->list()->size() == 6);
  require_sound(*one.account);
}

namespace {

std::string state_of(store::Store& store) {
  Process process(store);
  require_sound(*process.account);
  std::string state;
  const auto list = process.account->list();
  REQUIRE(list.has_value());
  for (const imap::MailboxInfo& info : *list) {
    state += info.name + (info.exists ? "" : "?") + (info.subscribed ? "*" : "") + "\n" +
             contents(*process.account, info.name);
  }
  return state;
}

struct Step {
  const char* name;
  std::function<bool(Account&)> run;  // whether it succeeded
};

const std::vector<Step>& steps() {
  static const std::vector<Step> all{
      {"add", [](Account& a) { return try_add(a, "INBOX", "third").has_value(); }},
      {"create", [](Account& a) { return a.session()->create("x/y", imap::SpecialUse::none).has_value(); }},
      {"delete", [](Account& a) { return a.session()->remove("Sent").has_value(); }},
      {"rename", [](Account& a) { return a.session()->rename("Sent", "b/c").has_value(); }},
      {"subscribe", [](Account& a) { return a.session()->subscribe("s").has_value(); }},
      {"remove", [](Account& a) { return a.remove("INBOX", std::vector<imap::Uid>{imap::Uid{1}}).has_value(); }},
      {"store",
       [](Account& a) {
         const auto session = a.session();
         const auto view = session->select("INBOX", false);
         return view && (*view)->store_flags(numbers({1, 2}), FlagChange::add, flags_of({SystemFlag::seen}, {"k"}), {});
       }},
      {"copy",
       [](Account& a) {
         const auto session = a.session();
         const auto view = session->select("INBOX", false);
         return view && (*view)->copy(numbers({1, 2}), "Sent").has_value();
       }},
      {"move",
       [](Account& a) {
         const auto session = a.session();
         const auto view = session->select("INBOX", false);
         return view && (*view)->move(numbers({1, 2}), "Sent").has_value();
       }},
      {"append",
       [](Account& a) {
         const auto session = a.session();
         auto append = session->append("Sent");
         return append && (*append)->begin(flags_of({SystemFlag::draft}), {}) && (*append)->write("abc") &&
                (*append)->finish().has_value();
       }},
  };
  return all;
}

void fill(store::Store& store) {
  Process process(store);
  add(*process.account, "INBOX", "first", flags_of({SystemFlag::flagged}, {"k"}));
  add(*process.account, "INBOX", "second");
  add(*process.account, "Sent", "sent");
}

}  // namespace

TEST_CASE("whatever fails, an account is as before or as after, never between") {
  for (const Step& step : steps()) {
    CAPTURE(step.name);
    const auto reference = store::make_memory_store();
    fill(*reference);
    const std::string before = state_of(*reference);
    {
      Process process(*reference);
      REQUIRE(step.run(*process.account));
    }
    const std::string after = state_of(*reference);
    REQUIRE(before != after);
    bool clean = false;
    for (std::uint64_t nth = 1; !clean; ++nth) {
      CAPTURE(nth);
      REQUIRE(nth < 200);
      const auto inner = store::make_memory_store();
      fill(*inner);
      testing::FaultyStore store(*inner);
      bool done = false;
      {
        testing::FakeClock clock;
        const auto accounts = Accounts::make(store, clock);
        store.fail_at(nth, environment_error(Code::unavailable));
        const auto account = accounts->open(kAccount, {});
        done = account && step.run(**account);
        clean = !store.failed();
        // The object is as good as new afterwards.
        if (!done) CHECK(state_of(*inner) == before);
        if (account && !done) done = step.run(**account);
      }
      CHECK(state_of(*inner) == (done ? after : before));
      CHECK(done == (nth > 1));  // the first operation opens the account
    }
  }
}

TEST_CASE("a commit that worked although it said otherwise leaves an account that goes on right") {
  for (const Step& step : steps()) {
    CAPTURE(step.name);
    const auto inner = store::make_memory_store();
    fill(*inner);
    testing::FaultyStore store(*inner);
    testing::FakeClock clock;
    const auto accounts = Accounts::make(store, clock);
    const auto account = *accounts->open(kAccount, {});
    REQUIRE(account->provision().has_value());
    store.lose_commit(1, environment_error(Code::unavailable));
    CHECK_FALSE(step.run(*account));
    CHECK(try_add(*account, "INBOX", "next").has_value());
    require_sound(*account);
    static_cast<void>(state_of(*inner));
  }
}
