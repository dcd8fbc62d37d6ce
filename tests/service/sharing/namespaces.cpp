#include "posthorn/service/sharing/namespaces.h"

#include <atomic>
#include <thread>

#include "service/sharing/fixture.h"

using namespace posthorn;
using namespace posthorn::sharing;
using namespace posthorn::sharing::testing;
using imap::FlagChange;
using imap::RightsChange;
using imap::SystemFlag;

namespace {

/// Ann has "Work" with three messages; Bob and Cat look on.
struct Office : Host {
  explicit Office(const NamespaceOptions& options = {})
      : ann(session("ann", options)), bob(session("bob", options)), cat(session("cat", options)) {
    REQUIRE(ann->create("Work", imap::SpecialUse::none));
    for (const char* body : {"one", "two", "three"}) REQUIRE(append(*ann, "Work", body));
  }
  std::unique_ptr<imap::Mailboxes> ann, bob, cat;
};

std::unique_ptr<imap::SelectedMailbox> select(imap::Mailboxes& session, View name) {
  auto view = session.select(name, false);
  REQUIRE(view.has_value());
  return std::move(*view);
}

std::string acl(imap::Mailboxes& session, View name) {
  const auto entries = session.acl(name);
  if (!entries) return own(name_of(entries.error().code));
  std::string text;
  for (const auto& entry : *entries) {
    text += (text.empty() ? "" : " ") + entry.identifier + "=" +
            (entry.rights == imap::Rights::all() ? "all" : imap::format_rights(entry.rights));
  }
  return text;
}

}  // namespace

TEST_CASE("what nobody shares does not exist, whichever way it is asked for") {
  Office office;
  CHECK(others(*office.bob).empty());
  for (const std::string& name : {of_ann("Work"), of_ann("Nothing"), own("#Shared/nobody@example.org/INBOX"),
                                  own("#Shared/ann@example.org"), own("#Shared"), own("#Other/x")}) {
    CAPTURE(name);
    CHECK(code_of(office.bob->status(name)) == Code::not_found);
    CHECK(code_of(office.bob->select(name, false)) == Code::not_found);
    CHECK(code_of(office.bob->append(name)) == Code::not_found);
    CHECK(code_of(office.bob->remove(name)) == Code::not_found);
    CHECK(code_of(office.bob->rename(name, "x")) == Code::not_found);
    CHECK(code_of(office.bob->subscribe(name)) == Code::not_found);
    CHECK(code_of(office.bob->acl(name)) == Code::not_found);
    CHECK(code_of(office.bob->my_rights(name)) == Code::not_found);
    CHECK(code_of(office.bob->grantable(name, "bob@example.org")) == Code::not_found);
    CHECK(code_of(set(*office.bob, name, "bob@example.org", "lr")) == Code::not_found);
    CHECK(code_of(office.bob->quota_roots(name)) == Code::not_found);
    CHECK(code_of(office.bob->metadata(name)) == Code::not_found);
    CHECK(code_of(office.bob->set_metadata(name, {})) == Code::not_found);
  }
  const auto spaces = office.bob->namespaces();
  CHECK(spaces.personal == std::vector<std::string>{""});
  CHECK(spaces.other_users == std::vector<std::string>{"#Shared/"});
  CHECK(spaces.shared.empty());
}

TEST_CASE("a share is in LIST at once, with its way there, and without special uses") {
  Office office;
  REQUIRE(others(*office.bob).empty());
  give(*office.ann, "Work", "bob@example.org", "lr");
  CHECK(others(*office.bob) == "#Shared+? #Shared/ann@example.org+? #Shared/ann@example.org/Work");
  CHECK(others(*office.cat).empty());
  REQUIRE(office.ann->create("Deep/er/est", imap::SpecialUse::none));
  give(*office.ann, "Deep/er/est", "bob@example.org", "l");
  give(*office.ann, "Sent", "bob@example.org", "lr");
  CHECK(others(*office.bob) ==
        "#Shared+? #Shared/ann@example.org+? #Shared/ann@example.org/Deep+? #Shared/ann@example.org/Deep/er+? "
        "#Shared/ann@example.org/Deep/er/est! #Shared/ann@example.org/Sent #Shared/ann@example.org/Work");
  CHECK(others(*office.ann).empty());
  give(*office.ann, "Work", "bob@example.org", "");
  give(*office.ann, "Sent", "bob@example.org", "r");  // no right to look it up
  CHECK(code_of(office.bob->status(of_ann("Sent"))) == Code::not_found);
  give(*office.ann, "Deep/er/est", "bob@example.org", "");
  CHECK(others(*office.bob).empty());
}

TEST_CASE("subscriptions to shared mailboxes belong to the subscriber") {
  Office office;
  give(*office.ann, "Work", "bob@example.org", "lr");
  CHECK(code_of(office.bob->subscribe(of_ann("Other"))) == Code::not_found);
  REQUIRE(office.bob->subscribe(of_ann("Work")));
  CHECK(others(*office.bob) == "#Shared+? #Shared/ann@example.org+? #Shared/ann@example.org/Work*");
  CHECK(others(*office.ann).empty());
  give(*office.ann, "Work", "bob@example.org", "");
  CHECK(others(*office.bob) == "#Shared/ann@example.org/Work*?");
  REQUIRE(office.bob->unsubscribe(of_ann("Work")));
  CHECK(others(*office.bob).empty());
}

TEST_CASE("names that start with # are not for anybody to create") {
  Office office;
  CHECK(code_of(office.bob->create("#Mine", imap::SpecialUse::none)) == Code::unsupported);
  CHECK(code_of(office.bob->create("#Mine/x", imap::SpecialUse::none)) == Code::unsupported);
  CHECK(code_of(office.bob->rename("Archive", "#Mine")) == Code::unsupported);
  give(*office.ann, "Work", "bob@example.org", "lrx");
  CHECK(code_of(office.bob->rename(of_ann("Work"), "Work")) == Code::unsupported);
}

TEST_CASE("each right lets do what RFC 4314 section 4 ties to it, and no more") {
  Office office;
  const std::string work = of_ann("Work");
  const auto only = [&](View letters) { give(*office.ann, "Work", "bob@example.org", letters); };
  only("l");
  CHECK(code_of(office.bob->status(work)) == Code::denied);
  CHECK(code_of(office.bob->select(work, true)) == Code::denied);
  CHECK(code_of(office.bob->append(work)) == Code::denied);
  CHECK(code_of(office.bob->create(work + "/below", imap::SpecialUse::none)) == Code::denied);
  CHECK(code_of(office.bob->remove(work)) == Code::denied);
  CHECK(code_of(office.bob->rename(work, of_ann("Other"))) == Code::denied);
  CHECK(acl(*office.bob, work) == "denied");
  CHECK(code_of(set(*office.bob, work, "nobody@example.org", "l")) == Code::denied);
  only("lr");
  CHECK(office.bob->status(work)->messages == 3);
  auto view = select(*office.bob, work);
  CHECK(view->read_only());
  CHECK(*view->read(imap::SeqNum{2}, 0, 10) == "two");
  CHECK(code_of(view->store_flags(numbers({1}), FlagChange::add, flags_of({SystemFlag::flagged}), {})) == Code::denied);
  CHECK(code_of(view->expunge(nullptr)) == Code::denied);
  CHECK(code_of(view->move(numbers({1}), "INBOX")) == Code::denied);
  only("lri");
  CHECK(append(*office.bob, work, "four", flags_of({SystemFlag::flagged, SystemFlag::seen}, {"word"})));
  CHECK(flags(*select(*office.ann, "Work")) == "1:0 2:0 3:0 4:0");
  only("lrk");
  CHECK(office.bob->create(work + "/below", imap::SpecialUse::none));
  CHECK(code_of(office.bob->create(work + "/used", imap::SpecialUse::sent)) == Code::unsupported);
  CHECK(code_of(office.bob->create(of_ann("top"), imap::SpecialUse::none)) == Code::not_found);
  CHECK(code_of(office.bob->remove(work)) == Code::denied);
  CHECK(my_rights(*office.bob, work + "/below") == "lrk");
  only("lrxk");
  give(*office.ann, "Work/below", "bob@example.org", "lrx");
  CHECK(office.bob->rename(work + "/below", work + "/other"));
  CHECK(office.bob->remove(work + "/other"));
  CHECK(code_of(office.bob->rename(work, of_ann("Other"))) == Code::not_found);
  CHECK(office.bob->remove(work));
  CHECK(code_of(office.ann->status("Work")) == Code::not_found);
  mailbox::require_sound(*office.account("ann"));
}

TEST_CASE("who has no right on a flag leaves it as it is; who has none on any is told") {
  NamespaceOptions options;
  options.own_seen = false;
  Office office(options);
  const std::string work = of_ann("Work");
  give(*office.ann, "Work", "bob@example.org", "lrt");
  auto view = select(*office.bob, work);
  CHECK_FALSE(view->read_only());
  const auto all = flags_of({SystemFlag::seen, SystemFlag::deleted, SystemFlag::flagged}, {"word"});
  REQUIRE(view->store_flags(numbers({1}), FlagChange::add, all, {}));
  CHECK(flags(*view) == "1:8 2:0 3:0");
  CHECK(code_of(view->store_flags(numbers({1}), FlagChange::add, flags_of({SystemFlag::seen}), {})) == Code::denied);
  give(*office.ann, "Work", "bob@example.org", "lrs");
  REQUIRE(view->store_flags(numbers({1}), FlagChange::replace, all, {}));
  CHECK(flags(*view) == "1:9 2:0 3:0");
  REQUIRE(view->store_flags(numbers({1}), FlagChange::replace, {}, {}));
  CHECK(flags(*view) == "1:8 2:0 3:0");
  give(*office.ann, "Work", "bob@example.org", "lrw");
  REQUIRE(view->store_flags(numbers({1}), FlagChange::replace, all, {}));
  CHECK(flags(*view) == "1:12,word 2:0 3:0");
  CHECK(code_of(view->expunge(nullptr)) == Code::denied);
  give(*office.ann, "Work", "bob@example.org", "lre");
  CHECK(mailbox::text_of(*view->expunge(nullptr)) == "E1");
  CHECK(office.ann->status("Work")->messages == 2);
}

TEST_CASE("rights of anyone, a login and groups come together; rights that are taken away go last") {
  Office office;
  office.group("staff", {"bob", "cat"});
  const std::string work = of_ann("Work");
  give(*office.ann, "Work", "anyone", "l");
  give(*office.ann, "Work", "$staff", "r");
  give(*office.ann, "Work", "bob@example.org", "s");
  CHECK(my_rights(*office.bob, work) == "lrs");
  CHECK(my_rights(*office.cat, work) == "lr");
  give(*office.ann, "Work", "authenticated", "w");
  CHECK(my_rights(*office.cat, work) == "lrw");
  give(*office.ann, "Work", "-cat@example.org", "rw");
  CHECK(my_rights(*office.cat, work) == "l");
  give(*office.ann, "Work", "-$staff", "l");
  CHECK(my_rights(*office.cat, work) == "not_found");
  CHECK(my_rights(*office.bob, work) == "not_found");
  give(*office.ann, "Work", "-$staff", "");
  CHECK(my_rights(*office.bob, work) == "lrsw");
  // Instead of everything else that gives rights to its members.
  office.group("guests", {"bob"});
  give(*office.ann, "Work", "!$guests", "li");
  CHECK(my_rights(*office.bob, work) == "li");
  give(*office.ann, "Work", "-bob@example.org", "i");
  CHECK(my_rights(*office.bob, work) == "l");
  CHECK(code_of(set(*office.ann, "Work", "-!$guests", "l")) == Code::syntax);
}

TEST_CASE("the owner has all rights, whatever is said of him") {
  Office office;
  give(*office.ann, "Work", "-anyone", "lrswipkxtea");
  CHECK(my_rights(*office.ann, "Work") == "lrswipkxtea");
  CHECK(code_of(set(*office.ann, "Work", "ann@example.org", "lrs")) == Code::conflict);
  CHECK(code_of(set(*office.ann, "Work", "owner", "")) == Code::conflict);
  CHECK(code_of(set(*office.ann, "Work", "-owner", "r")) == Code::conflict);
  CHECK(office.ann->set_acl("Work", "ANN@Example.ORG", RightsChange::remove, rights("a")).error().code ==
        Code::conflict);
  CHECK(office.ann->set_acl("Work", "owner", RightsChange::add, rights("lr")));
  CHECK(set(*office.ann, "Work", "ann@example.org", "lrswipkxtea"));
  CHECK(set(*office.ann, "Work", "-ann@example.org", ""));
  CHECK(acl(*office.ann, "Work") == "ann@example.org=all -anyone=all");
  give(*office.ann, "Work", "-anyone", "");
  give(*office.ann, "Work", "bob@example.org", "la");
  CHECK(code_of(set(*office.bob, of_ann("Work"), "ann@example.org", "")) == Code::conflict);
  const auto of_owner = office.bob->grantable(of_ann("Work"), "ann@example.org");
  REQUIRE(of_owner);
  CHECK(of_owner->always == imap::Rights::all());
  CHECK(of_owner->optional.empty());
  const auto of_other = office.bob->grantable(of_ann("Work"), "cat@example.org");
  REQUIRE(of_other);
  CHECK(of_other->always == imap::Rights());
  CHECK(of_other->optional.size() == 11);
}

TEST_CASE("an ACL is kept, changed and shown as people write it") {
  Office office;
  office.group("staff", {"cat"});
  give(*office.ann, "Work", "BOB@example.org", "lr");
  REQUIRE(office.ann->set_acl("Work", "bob@example.org", RightsChange::add, rights("s")));
  REQUIRE(office.ann->set_acl("Work", "bob@example.org", RightsChange::remove, rights("r")));
  give(*office.ann, "Work", "$Staff", "lr");
  give(*office.ann, "Work", "!$staff", "l");
  CHECK(acl(*office.ann, "Work") == "ann@example.org=all !$staff=l $staff=lr bob@example.org=ls");
  CHECK(code_of(set(*office.ann, "Work", "nobody@example.org", "l")) == Code::not_found);
  CHECK(code_of(set(*office.ann, "Work", "nobody", "l")) == Code::not_found);
  CHECK(code_of(set(*office.ann, "Work", "$nothing", "l")) == Code::not_found);
  // Whoever gets a login that was somebody else's has none of his rights.
  REQUIRE(office.directory->remove_mailbox("bob@example.org"));
  office.mailbox("bob@example.org");
  CHECK(acl(*office.ann, "Work") == "ann@example.org=all !$staff=l $staff=lr");
  CHECK(my_rights(*office.session("bob"), of_ann("Work")) == "not_found");
}

TEST_CASE("a new child has the ACL of its parent") {
  Office office;
  give(*office.ann, "Work", "bob@example.org", "lrk");
  give(*office.ann, "Work", "cat@example.org", "lr");
  REQUIRE(office.bob->create(of_ann("Work/a/b"), imap::SpecialUse::none));
  CHECK(my_rights(*office.cat, of_ann("Work/a")) == "lr");
  CHECK(my_rights(*office.cat, of_ann("Work/a/b")) == "lr");
  give(*office.ann, "Work", "cat@example.org", "");
  CHECK(my_rights(*office.cat, of_ann("Work/a/b")) == "lr");
  REQUIRE(office.ann->rename("Work/a", "Else"));
  CHECK(my_rights(*office.cat, of_ann("Else/b")) == "lr");
  mailbox::require_sound(*office.account("ann"));
}

TEST_CASE("rights that are taken away during a session are gone for the next command") {
  Office office;
  office.group("staff", {"bob"});
  give(*office.ann, "Work", "$staff", "lrswite");
  auto view = select(*office.bob, of_ann("Work"));
  REQUIRE(view->store_flags(numbers({1}), FlagChange::add, flags_of({SystemFlag::flagged}), {}));
  give(*office.ann, "Work", "$staff", "lr");
  CHECK(view->changed());
  CHECK(view->poll(true));
  CHECK(view->read_only());
  CHECK(view->rights() == rights("lr"));
  CHECK(code_of(view->store_flags(numbers({1}), FlagChange::add, flags_of({SystemFlag::answered}), {})) ==
        Code::denied);
  CHECK(code_of(view->copy(numbers({1}), of_ann("Work"))) == Code::denied);
  CHECK(*view->read(imap::SeqNum{1}, 0, 9) == "one");
  // A change of the group is a change of rights.
  REQUIRE(office.directory->sharing()->remove_member("staff", "bob@example.org"));
  CHECK(view->changed());
  CHECK(code_of(view->read(imap::SeqNum{1}, 0, 9)) == Code::not_found);
  CHECK(code_of(view->copy(numbers({1}), "INBOX")) == Code::not_found);
  CHECK(code_of(view->poll(true)) == Code::not_found);
  CHECK(view->rights() == imap::Rights());
  CHECK(others(*office.bob).empty());
  // An APPEND that has begun does not end with rights that it no longer has.
  give(*office.ann, "Work", "bob@example.org", "li");
  auto message = office.bob->append(of_ann("Work"));
  REQUIRE(message);
  REQUIRE((*message)->begin({}, std::nullopt));
  REQUIRE((*message)->write("x"));
  give(*office.ann, "Work", "bob@example.org", "l");
  CHECK(code_of((*message)->finish()) == Code::denied);
  message->reset();
  CHECK(office.ann->status("Work")->messages == 3);
  mailbox::require_sound(*office.account("ann"));
}

TEST_CASE("everybody has his own seen state, and his own count of what is unseen") {
  Office office;
  const std::string work = of_ann("Work");
  give(*office.ann, "Work", "anyone", "lrsw");
  auto ann = select(*office.ann, "Work");
  auto bob = select(*office.bob, work);
  auto also_bob = select(*office.bob, work);
  const auto before = bob->facts(imap::SeqNum{2}).modseq;
  REQUIRE(bob->store_flags(numbers({1, 2}), FlagChange::add, flags_of({SystemFlag::seen, SystemFlag::flagged}), {}));
  CHECK(flags(*bob) == "1:5 2:5 3:0");
  CHECK(bob->facts(imap::SeqNum{2}).modseq > before);
  CHECK(office.bob->status(work)->unseen == 1);
  CHECK(office.cat->status(work)->unseen == 3);
  CHECK(office.ann->status("Work")->unseen == 3);
  CHECK(mailbox::text_of(*also_bob->poll(true)) == "F1 F2");
  CHECK(flags(*also_bob) == "1:5 2:5 3:0");
  CHECK(also_bob->status().unseen == 1);
  REQUIRE(ann->poll(true));
  CHECK(flags(*ann) == "1:4 2:4 3:0");
  CHECK(ann->status().unseen == 3);
  REQUIRE(ann->store_flags(numbers({3}), FlagChange::add, flags_of({SystemFlag::seen}), {}));
  REQUIRE(bob->poll(true));
  CHECK(flags(*bob) == "1:5 2:5 3:0");
  REQUIRE(bob->store_flags(numbers({1}), FlagChange::remove, flags_of({SystemFlag::seen}), {}));
  CHECK(flags(*bob) == "1:4 2:5 3:0");
  REQUIRE(bob->store_flags(numbers({2}), FlagChange::replace, flags_of({SystemFlag::answered}), {}));
  CHECK(flags(*bob) == "1:4 2:2 3:0");
  // Without a change no modseq grows.
  REQUIRE(bob->poll(true));
  const auto quiet = bob->status().highest_modseq;
  REQUIRE(bob->store_flags(numbers({2}), FlagChange::remove, flags_of({SystemFlag::seen}), {}));
  REQUIRE(bob->poll(true));
  CHECK(bob->status().highest_modseq == quiet);
  // UNCHANGEDSINCE holds for it too.
  const auto left = bob->store_flags(numbers({2}), FlagChange::add, flags_of({SystemFlag::seen}), imap::ModSeq{1});
  REQUIRE(left);
  CHECK(left->size() == 1);
  CHECK(flags(*bob) == "1:4 2:2 3:0");
  mailbox::require_sound(*office.account("ann"));
  REQUIRE(office.ann->remove("Work"));
  mailbox::require_sound(*office.account("ann"));
}

TEST_CASE("where the host wants it, all have one seen state") {
  NamespaceOptions options;
  options.own_seen = false;
  Office office(options);
  give(*office.ann, "Work", "bob@example.org", "lrs");
  auto bob = select(*office.bob, of_ann("Work"));
  REQUIRE(bob->store_flags(numbers({1}), FlagChange::add, flags_of({SystemFlag::seen}), {}));
  CHECK(office.ann->status("Work")->unseen == 2);
}

TEST_CASE("COPY and MOVE go from account to account, with the flags that may go along") {
  Office office;
  const std::string work = of_ann("Work");
  give(*office.ann, "Work", "bob@example.org", "lrswite");
  auto view = select(*office.bob, work);
  const auto marks = flags_of({SystemFlag::seen, SystemFlag::flagged}, {"word"});
  REQUIRE(view->store_flags(numbers({1, 2}), FlagChange::add, marks, {}));
  const auto copied = view->copy(numbers({3, 1}), "INBOX");
  REQUIRE(copied);
  CHECK(copied->source == std::vector{imap::Uid{1}, imap::Uid{3}});
  CHECK(copied->target == std::vector{imap::Uid{1}, imap::Uid{2}});
  CHECK(copied->uid_validity == office.bob->status("INBOX")->uid_validity);
  CHECK(mailbox::contents(*office.account("bob"), "INBOX") == "1:5,word:one\n2:0:three\n");
  const auto moved = view->move(numbers({2}), "Archive");
  REQUIRE(moved);
  CHECK(mailbox::text_of(moved->second) == "E2");
  CHECK(mailbox::contents(*office.account("bob"), "Archive") == "1:5,word:two\n");
  CHECK(mailbox::contents(*office.account("ann"), "Work") == "1:4,word:one\n3:0:three\n");
  // The other way, into what somebody else owns: \Seen is then Bob's there.
  auto inbox = select(*office.bob, "INBOX");
  REQUIRE(inbox->move(numbers({1}), work));
  CHECK(mailbox::contents(*office.account("bob"), "INBOX") == "2:0:three\n");
  CHECK(mailbox::contents(*office.account("ann"), "Work") == "1:4,word:one\n3:0:three\n4:4,word:one\n");
  REQUIRE(view->poll(true));
  CHECK(flags(*view) == "1:5,word 3:0 4:5,word");
  give(*office.ann, "Work", "bob@example.org", "lri");
  REQUIRE(select(*office.bob, "Archive")->copy(numbers({1}), work));
  CHECK(mailbox::contents(*office.account("ann"), "Work").ends_with("5:0:two\n"));
  CHECK(code_of(inbox->copy(numbers({1}), of_ann("Other"))) == Code::not_found);
  give(*office.ann, "Work", "bob@example.org", "lr");
  CHECK(code_of(inbox->copy(numbers({1}), work)) == Code::denied);
  for (const char* name : {"ann", "bob"}) mailbox::require_sound(*office.account(name));
}

TEST_CASE("a copy that does not fit leaves nothing; a move that does not fit moves nothing") {
  Office office;
  give(*office.ann, "Work", "bob@example.org", "lrswite");
  REQUIRE(office.directory->set_quota("bob@example.org", 7, 0));
  const auto bob = office.session("bob");
  auto view = select(*bob, of_ann("Work"));
  CHECK(code_of(view->copy(numbers({1, 2, 3}), "INBOX")) == Code::over_quota);
  CHECK(code_of(view->move(numbers({1, 2, 3}), "INBOX")) == Code::over_quota);
  CHECK(mailbox::contents(*office.account("bob"), "INBOX").empty());
  CHECK(office.ann->status("Work")->messages == 3);
  REQUIRE(view->copy(numbers({1, 2}), "INBOX"));
  for (const char* name : {"ann", "bob"}) mailbox::require_sound(*office.account(name));
}

TEST_CASE("a session hears of all accounts that it looks into") {
  Office office;
  give(*office.ann, "Work", "bob@example.org", "lr");
  std::atomic<int> calls = 0;
  office.bob->set_watch([&] { ++calls; });
  const auto heard = [&] {
    for (int i = 0; i < 500 && calls == 0; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return calls.exchange(0) > 0;
  };
  auto view = select(*office.bob, of_ann("Work"));
  calls = 0;
  REQUIRE(append(*office.ann, "Work", "four"));
  CHECK(heard());
  CHECK(view->changed());
  CHECK(mailbox::text_of(*view->poll(true)) == "X4");
  calls = 0;
  give(*office.ann, "Work", "bob@example.org", "lrs");
  CHECK(heard());
  view.reset();
  office.bob.reset();
  calls = 0;
  REQUIRE(append(*office.ann, "Work", "five"));
  CHECK(calls == 0);
}

TEST_CASE("public namespaces belong to nobody and are looked after by whom they were given to") {
  Host host;
  REQUIRE(host.directory->sharing()->add_public("News"));
  REQUIRE(host.directory->sharing()->add_public("Quiet"));
  const Places places{*host.directory, *host.accounts};
  REQUIRE(delegate(places, "news", "Local", "ann@example.org", "lrswipkxtea"));
  const auto ann = host.session("ann");
  const auto bob = host.session("bob");
  CHECK(others(*ann) == "#News+? #News/Local");
  CHECK(others(*bob).empty());
  CHECK(acl(*ann, "#News/Local") == "ann@example.org=all");
  give(*ann, "#News/Local", "anyone", "lrs");
  CHECK(code_of(set(*ann, "#News/Local", "owner", "l")) == Code::not_found);
  REQUIRE(ann->create("#News/Local/Sport", imap::SpecialUse::none));
  CHECK(code_of(ann->create("#News/Top", imap::SpecialUse::none)) == Code::not_found);
  REQUIRE(append(*ann, "#News/Local/Sport", "goal"));
  CHECK(others(*bob) == "#News+? #News/Local+ #News/Local/Sport");
  CHECK(bob->status("#News/Local/Sport")->unseen == 1);
  CHECK(bob->namespaces().shared == std::vector<std::string>{"#News/", "#Quiet/"});
  CHECK(code_of(append(*bob, "#News/Local/Sport", "no")) == Code::denied);
  NamespaceOptions options;
  options.publics = {"quiet"};
  CHECK(host.session("bob", options)->namespaces().shared == std::vector<std::string>{"#Quiet/"});
  CHECK(code_of(host.session("bob", options)->status("#News/Local")) == Code::not_found);
  // Its quota is its own.
  REQUIRE(host.directory->sharing()->set_public_quota("News", 10, 0));
  const auto again = host.session("ann");
  CHECK(code_of(append(*again, "#News/Local", "more than ten octets")) == Code::over_quota);
  const auto roots = again->quota_roots("#News/Local");
  REQUIRE(roots);
  REQUIRE(roots->size() == 1);
  CHECK(roots->front().name == "#News");
  CHECK(roots->front().resources.front() == imap::QuotaUse{imap::QuotaResource::storage, 4, 10});
  CHECK(again->quota("#News")->name == "#News");
  CHECK(code_of(again->set_quota("#News", {})) == Code::denied);
  CHECK(code_of(again->quota("#Nothing")) == Code::not_found);
}

TEST_CASE("a host may leave shared mailboxes out") {
  NamespaceOptions options;
  options.shared_prefix = "";
  Office office(options);
  give(*office.ann, "Work", "bob@example.org", "lr");
  CHECK(others(*office.bob).empty());
  CHECK(code_of(office.bob->status(of_ann("Work"))) == Code::not_found);
  CHECK(office.bob->namespaces().other_users.empty());
}

TEST_CASE("which script of its owner runs in a mailbox says who rules it, not who may write to it") {
  Office office;
  const std::string work = of_ann("Work");
  const auto choose = [&](imap::Mailboxes& session, View name) {
    const std::vector<imap::MetadataEntry> script{{own(mailbox::kEventScript), "forward"}};
    return session.set_metadata(name, script);
  };
  give(*office.ann, "Work", "bob@example.org", "lrswipkxte");
  CHECK(code_of(choose(*office.bob, work)) == Code::denied);
  CHECK(office.ann->metadata("Work")->empty());
  const std::vector<imap::MetadataEntry> none{{own(mailbox::kEventScript), std::nullopt}};
  REQUIRE(choose(*office.ann, "Work"));
  CHECK(code_of(office.bob->set_metadata(work, none)) == Code::denied);
  give(*office.ann, "Work", "bob@example.org", "lra");
  REQUIRE(office.bob->set_metadata(work, none));
  CHECK(office.ann->metadata("Work")->empty());
  CHECK(choose(*office.bob, work));
}

TEST_CASE("notes of a user on a mailbox of another are in his own account, the others for all to see") {
  Office office;
  const std::string work = of_ann("Work");
  give(*office.ann, "Work", "anyone", "lr");
  give(*office.ann, "Work", "bob@example.org", "lrw");
  const std::vector<imap::MetadataEntry> both{{"/private/comment", "mine"}, {"/shared/comment", "ours"}};
  REQUIRE(office.bob->set_metadata(work, both));
  CHECK(*office.bob->metadata(work) == both);
  CHECK(*office.ann->metadata("Work") == std::vector<imap::MetadataEntry>{{"/shared/comment", "ours"}});
  CHECK(*office.cat->metadata(work) == std::vector<imap::MetadataEntry>{{"/shared/comment", "ours"}});
  CHECK(code_of(office.cat->set_metadata(work, both)) == Code::denied);
  CHECK(office.cat->metadata(work)->size() == 1);
  REQUIRE(office.cat->set_metadata(work, std::vector<imap::MetadataEntry>{{"/private/comment", "hers"}}));
  REQUIRE(office.ann->rename("Work", "Job"));
  CHECK(office.cat->metadata(of_ann("Job"))->front().value == "hers");
  CHECK(office.bob->metadata(of_ann("Job"))->front().value == "mine");
  REQUIRE(office.ann->remove("Job"));
  REQUIRE(office.ann->create("Job", imap::SpecialUse::none));
  give(*office.ann, "Job", "anyone", "lr");
  CHECK(office.cat->metadata(of_ann("Job"))->empty());
  for (const char* name : {"ann", "bob", "cat"}) mailbox::require_sound(*office.account(name));
}

TEST_CASE("objectids of mailboxes are unique over accounts") {
  Office office;
  give(*office.ann, "INBOX", "bob@example.org", "lr");
  const auto of_other = office.bob->status(of_ann("INBOX"))->mailbox_id;
  CHECK(of_other != office.bob->status("INBOX")->mailbox_id);
  CHECK(of_other == office.ann->status("INBOX")->mailbox_id);
  CHECK(of_other == select(*office.bob, of_ann("inbox"))->status().mailbox_id);
  CHECK(of_other.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos);
}

TEST_CASE("how full the account of another user is, is not told") {
  Office office;
  REQUIRE(office.directory->set_quota("ann@example.org", 1000, 50));
  const auto ann = office.session("ann");
  give(*ann, "Work", "bob@example.org", "lr");
  CHECK(office.bob->quota_roots(of_ann("Work"))->empty());
  const auto roots = ann->quota_roots("Work");
  REQUIRE(roots);
  REQUIRE(roots->size() == 1);
  CHECK(roots->front().name.empty());
  CHECK(roots->front().resources[0] == imap::QuotaUse{imap::QuotaResource::storage, 11, 1000});
  CHECK(roots->front().resources[1] == imap::QuotaUse{imap::QuotaResource::message, 3, 50});
  CHECK(roots->front().resources[2] == imap::QuotaUse{imap::QuotaResource::mailbox, 7, mailbox::Limits().mailboxes});
  CHECK(code_of(ann->set_quota("", {})) == Code::denied);
  CHECK(code_of(ann->set_quota("other", {})) == Code::not_found);
}
