#include "service/mailbox/session.h"

#include <atomic>
#include <set>
#include <thread>

#include "service/mailbox/fixture.h"

using namespace posthorn;
using namespace posthorn::mailbox;
using imap::SpecialUse;
using imap::SystemFlag;

namespace {

/// "INBOX* Lists+ Lists/a" with * subscribed, + has children, ? does not exist.
std::string listing(imap::Mailboxes& session) {
  std::string text;
  const auto list = session.list();
  REQUIRE(list.has_value());
  for (const imap::MailboxInfo& info : *list) {
    CHECK(info.selectable == info.exists);
    text += (text.empty() ? "" : " ") + info.name + (info.subscribed ? "*" : "") + (info.has_children ? "+" : "") +
            (info.exists ? "" : "?") + (info.use == SpecialUse::none ? "" : std::to_string(static_cast<int>(info.use)));
  }
  return text;
}

struct Visit {
  explicit Visit(store::Store& store, const Limits& limits = {})
      : process(store, {}, limits), session(process.account->session()) {
    for (const char* name : {"Archive", "Drafts", "Junk", "Sent", "Trash"}) {
      REQUIRE(session->remove(name).has_value());
      REQUIRE(session->unsubscribe(name).has_value());
    }
  }
  Process process;
  std::unique_ptr<imap::Mailboxes> session;
};

}  // namespace

TEST_CASE("CREATE makes missing parents, knows special uses and refuses what cannot be") {
  for (const Backend& backend : backends()) {
    const auto store = backend.make();
    Visit visit(*store);
    auto& session = *visit.session;
    CHECK(session.create("a/b/c", SpecialUse::none).has_value());
    CHECK(session.create("Bin", SpecialUse::trash).has_value());
    CHECK(session.create("inbox/below", SpecialUse::none).has_value());
    CHECK(listing(session) == "Bin6 INBOX*+ INBOX/below a+ a/b+ a/b/c");
    CHECK(code_of(session.create("a/b", SpecialUse::none)) == Code::exists);
    CHECK(code_of(session.create("iNbOx", SpecialUse::none)) == Code::exists);
    CHECK(code_of(session.create("x//y", SpecialUse::none)) == Code::syntax);
    CHECK(code_of(session.create("virtual", SpecialUse::all)) == Code::unsupported);
    require_sound(*visit.process.account);
  }
}

TEST_CASE("UIDVALIDITY differs for each creation, also of the same name and after the account was erased") {
  for (const Backend& backend : backends()) {
    const auto store = backend.make();
    std::set<std::uint32_t> seen;
    for (int round = 0; round < 2; ++round) {
      Visit visit(*store);
      visit.process.clock.advance(std::chrono::hours(round));
      for (int i = 0; i < 5; ++i) {
        REQUIRE(visit.session->create("a", SpecialUse::none).has_value());
        CHECK(seen.insert(visit.session->status("a")->uid_validity.value()).second);
        REQUIRE(visit.session->remove("a").has_value());
      }
      REQUIRE(store->erase(kAccount).has_value());
    }
  }
}

TEST_CASE("DELETE removes messages and bodies, but no INBOX and no parent") {
  for (const Backend& backend : backends()) {
    const auto store = backend.make();
    Visit visit(*store);
    auto& session = *visit.session;
    CHECK(session.create("a/b", SpecialUse::none).has_value());
    add(*visit.process.account, "a/b", "one", flags_of({SystemFlag::seen}, {"word"}));
    add(*visit.process.account, "a/b", "two");
    CHECK(code_of(session.remove("Inbox")) == Code::denied);
    CHECK(code_of(session.remove("a")) == Code::conflict);
    CHECK(code_of(session.remove("none")) == Code::not_found);
    CHECK(session.remove("a/b").has_value());
    CHECK(session.remove("a").has_value());
    CHECK(listing(session) == "INBOX*");
    require_sound(*visit.process.account);
    CHECK(code_of(session.status("a/b")) == Code::not_found);
    CHECK(code_of(session.select("a/b", false)) == Code::not_found);
    const auto partition = *store->open(kAccount);
    CHECK(partition->each_blob([](BlobId, std::uint64_t) { FAIL_CHECK("a body is left"); }).has_value());
  }
}

TEST_CASE("RENAME takes children along, keeps uids, ids and special uses, and makes parents") {
  for (const Backend& backend : backends()) {
    const auto store = backend.make();
    Visit visit(*store);
    auto& session = *visit.session;
    CHECK(session.create("a", SpecialUse::sent).has_value());
    CHECK(session.create("a/b/c", SpecialUse::none).has_value());
    CHECK(session.create("ab", SpecialUse::none).has_value());
    add(*visit.process.account, "a", "x");
    const auto before = *session.status("a");
    CHECK(session.rename("a", "new/place").has_value());
    CHECK(listing(session) == "INBOX* ab new+ new/place+5 new/place/b+ new/place/b/c");
    const auto after = *session.status("new/place");
    CHECK(after.mailbox_id == before.mailbox_id);
    CHECK(after.uid_validity == before.uid_validity);
    CHECK(after.messages == 1);
    CHECK(code_of(session.rename("none", "x")) == Code::not_found);
    CHECK(code_of(session.rename("ab", "new")) == Code::exists);
    CHECK(code_of(session.rename("new", "new/below")) == Code::denied);
    CHECK(code_of(session.rename("ab", "bad*")) == Code::syntax);
    require_sound(*visit.process.account);
  }
}

TEST_CASE("RENAME of INBOX moves its messages and leaves it empty, with its children") {
  for (const Backend& backend : backends()) {
    const auto store = backend.make();
    Visit visit(*store);
    auto& session = *visit.session;
    CHECK(session.create("INBOX/child", SpecialUse::none).has_value());
    add(*visit.process.account, "INBOX", "one", flags_of({SystemFlag::flagged}, {"word"}));
    add(*visit.process.account, "INBOX", "two");
    auto view = *session.select("INBOX", false);
    CHECK(session.rename("inbox", "old/mail").has_value());
    CHECK(contents(*visit.process.account, "INBOX").empty());
    CHECK(contents(*visit.process.account, "old/mail") == "1:4,word:one\n2:0:two\n");
    CHECK(listing(session) == "INBOX*+ INBOX/child old+ old/mail");
    CHECK(text_of(*view->poll(true)) == "E2 E1");
    CHECK(code_of(session.rename("inbox", "old/mail")) == Code::exists);
    CHECK(add(*visit.process.account, "INBOX", "three") == 3);
    require_sound(*visit.process.account);
  }
}

TEST_CASE("subscriptions are names: they outlive mailboxes and may come before them") {
  const auto store = store::make_memory_store();
  Limits limits;
  limits.subscriptions = 6;  // as many as the first mailboxes
  Visit visit(*store, limits);
  auto& session = *visit.session;
  CHECK(session.subscribe("inbox").has_value());
  CHECK(session.subscribe("later").has_value());
  CHECK(listing(session) == "INBOX* later*?");
  CHECK(session.create("later", SpecialUse::none).has_value());
  CHECK(listing(session) == "INBOX* later*");
  CHECK(session.remove("later").has_value());
  CHECK(session.unsubscribe("later").has_value());
  CHECK(session.unsubscribe("later").has_value());
  for (int i = 0; i < 5; ++i) CHECK(session.subscribe("s" + std::to_string(i)).has_value());
  CHECK(code_of(session.subscribe("s5")) == Code::too_many);
  CHECK(session.subscribe("s4").has_value());
  CHECK(code_of(session.subscribe("bad%")) == Code::syntax);
  require_sound(*visit.process.account);
}

TEST_CASE("the number of mailboxes is limited") {
  const auto store = store::make_memory_store();
  Limits limits;
  limits.mailboxes = 8;
  Visit visit(*store, limits);
  auto& session = *visit.session;
  CHECK(session.create("1/2/3/4/5/6", SpecialUse::none).has_value());
  CHECK(code_of(session.create("8/9", SpecialUse::none)) == Code::too_many);
  CHECK(session.create("8", SpecialUse::none).has_value());
  CHECK(code_of(session.create("9", SpecialUse::none)) == Code::too_many);
  CHECK(session.remove("8").has_value());
  CHECK(session.rename("1", "one").has_value());
  CHECK(session.create("9", SpecialUse::none).has_value());
  require_sound(*visit.process.account);
}

TEST_CASE("STATUS counts without reading messages") {
  const auto store = store::make_memory_store();
  Process process(*store);
  const auto session = process.account->session();
  add(*process.account, "INBOX", "1", flags_of({SystemFlag::seen}));
  add(*process.account, "INBOX", "22", flags_of({SystemFlag::deleted}));
  add(*process.account, "INBOX", "333");
  const auto status = *session->status("inbox");
  CHECK(status.messages == 3);
  CHECK(status.unseen == 2);
  CHECK(status.deleted == 1);
  CHECK(status.octets == 6);
  CHECK(status.uid_next.value() == 4);
  CHECK(status.highest_modseq.value() > 1);
  CHECK(!status.mailbox_id.empty());
  const auto sent = *session->status("Sent");
  CHECK(sent.mailbox_id != status.mailbox_id);
  CHECK(sent.highest_modseq.value() < status.highest_modseq.value());
}

TEST_CASE("a watch hears changes of this process and of others, until it is taken away") {
  for (const Backend& backend : backends()) {
    const auto store = backend.make();
    Process one(*store);
    Process other(*store);
    const auto session = one.account->session();
    REQUIRE(one.account->provision().has_value());
    std::atomic<int> calls = 0;
    session->set_watch([&] { ++calls; });
    const auto heard = [&] {
      for (int i = 0; i < 500 && calls == 0; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
      return calls.exchange(0) > 0;
    };
    add(*other.account, "INBOX", "x");
    CHECK(heard());
    add(*one.account, "INBOX", "x");
    CHECK(heard());
    session->set_watch(nullptr);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    calls = 0;
    add(*one.account, "INBOX", "x");
    CHECK(calls == 0);
  }
}
