#include "posthorn/service/directory/directory.h"

#include <set>
#include <string>
#include <thread>

#include <doctest/doctest.h>

#include "posthorn/testing/faulty_store.h"

#include "service/directory/fixture.h"

using namespace posthorn;
using namespace posthorn::directory;
using namespace posthorn::directory::testing;
using posthorn::store::kDirectoryAccount;
using posthorn::testing::FaultyStore;
using posthorn::testing::SeededRandom;

TEST_CASE("a mailbox is found by its address however it is spelled, and by its number") {
  Fixture f;
  f.domain("Example.ORG");
  const Account made = f.mailbox("Ann@EXAMPLE.org");
  CHECK(made.address == "ann@example.org");
  CHECK(made.active);
  CHECK(f.targets("ANN@example.Org") == "ann@example.org");
  CHECK(f.directory->account(View("aNN@example.org"))->id == made.id);
  CHECK(f.directory->account(made.id)->address == "ann@example.org");
  CHECK(word(f.directory->account(View("bob@example.org"))) == "not_found");
  CHECK(word(f.directory->account(AccountId(99))) == "not_found");
}

TEST_CASE("U-labels and A-labels name one domain") {
  Fixture f;
  f.domain("k\xC3\xB6ln.example");
  f.mailbox("ann@xn--kln-sna.example");
  CHECK(f.targets("ann@K\xC3\x96LN.example") == "ann@xn--kln-sna.example");
  CHECK(f.targets("ann@XN--KLN-SNA.example") == "ann@xn--kln-sna.example");
  CHECK(*f.directory->is_local_domain("k\xC3\xB6ln.example"));
  CHECK(f.directory->domain("K\xC3\x96LN.example")->name == "xn--kln-sna.example");
  CHECK(!*f.directory->is_local_domain("koeln.example"));
  CHECK(word(f.directory->domain("koeln.example")) == "not_found");
  CHECK(!*f.directory->is_local_domain("[127.0.0.1]"));
}

TEST_CASE("resolve says why there is no target") {
  Fixture f;
  f.domain("example.org");
  f.mailbox("ann@example.org");
  CHECK(f.targets("bob@example.org") == "not_found");
  CHECK(f.targets("ann@example.com") == "unsupported");
  CHECK(f.targets("ann@[127.0.0.1]") == "unsupported");
  CHECK(f.targets("ann") == "syntax");
  REQUIRE(f.directory->set_active("ann@example.org", false));
  CHECK(f.targets("ann@example.org") == "denied");
  REQUIRE(f.directory->set_active("ann@example.org", true));
  CHECK(f.targets("ann@example.org") == "ann@example.org");
  REQUIRE(f.directory->add_domain({.name = "off.example", .active = false}));
  CHECK(f.targets("ann@off.example") == "denied");
}

TEST_CASE("names are taken once") {
  Fixture f;
  f.domain("example.org");
  CHECK(word(f.directory->add_domain({.name = "EXAMPLE.org"})) == "exists");
  f.mailbox("ann@example.org");
  CHECK(word(f.directory->add_mailbox("Ann@example.org", secret("x"))) == "exists");
  CHECK(word(f.directory->add_mailbox("ann@example.com", secret("x"))) == "unsupported");
  CHECK(word(f.directory->add_mailbox("ann", secret("x"))) == "syntax");
  CHECK(word(f.directory->add_mailbox("bob@example.org", secret(""))) == "syntax");
  CHECK(word(f.directory->add_mailbox("bob@example.org", secret("a\nb"))) == "syntax");
  f.alias("info@example.org", {"ann@example.org"});
  CHECK(word(f.directory->add_mailbox("info@example.org", secret("x"))) == "exists");
  CHECK(word(f.directory->add_alias({"info@example.org", {"ann@example.org"}})) == "exists");
  CHECK(f.directory->mailboxes("")->size() == 1);
}

TEST_CASE("add_domain refuses what is no domain") {
  Fixture f;
  for (const char* name : {"", ".", "a..b", "-a.example", "a_b c.example", "xn--\xC3\xB6.example", "[127.0.0.1]", "a@b",
                           "xn--a.example"}) {
    CAPTURE(name);
    CHECK(word(f.directory->add_domain({.name = name})) == "syntax");
  }
  CHECK(word(f.directory->add_domain({.name = "example.org", .separator = 'a'})) == "syntax");
  CHECK(f.directory->domains()->empty());
}

TEST_CASE("aliases are checked before they are made") {
  Fixture f;
  f.domain("example.org");
  f.mailbox("ann@example.org");
  const auto add = [&](const std::string& address, std::vector<std::string> targets) {
    return word(f.directory->add_alias({address, std::move(targets)}));
  };
  CHECK(add("info@example.org", {}) == "syntax");
  CHECK(add("info", {"ann@example.org"}) == "syntax");
  CHECK(add("info@example.com", {"ann@example.org"}) == "unsupported");
  CHECK(add("info@example.org", {"someone@[192.0.2.1]"}) == "unsupported");
  CHECK(add("info@example.org", {"someone@else where.example"}) == "syntax");
  CHECK(add("ann@example.org", {"someone@elsewhere.example"}) == "exists");  // without a copy
  CHECK(add("info@example.org", {"typo@example.org"}) == "not_found");
  CHECK(add("info@example.org", {"info@example.org"}) == "not_found");
  CHECK(add("info@example.org", std::vector<std::string>(1001, "ann@example.org")) == "too_many");
  CHECK(add("ann@example.org", {"ann+copy@example.org"}) == "exists");  // would take ann's mail away
  CHECK(add("Info@Example.org", {"ANN@example.org"}) == "ok");
  const auto aliases = f.directory->aliases("example.org");
  REQUIRE(aliases->size() == 1);
  CHECK(aliases->front().address == "info@example.org");
  CHECK(aliases->front().targets == std::vector<std::string>{"ann@example.org"});
  REQUIRE(f.directory->remove_alias("INFO@example.org"));
  CHECK(word(f.directory->remove_alias("info@example.org")) == "not_found");
  CHECK(f.targets("info@example.org") == "not_found");
}

TEST_CASE("a domain goes when nothing needs it any more") {
  Fixture f;
  f.domain("example.org");
  f.domain("example.net", "example.org");
  CHECK(word(f.directory->remove_domain("example.org")) == "conflict");
  REQUIRE(f.directory->remove_domain("example.net"));
  f.mailbox("ann@example.org");
  CHECK(word(f.directory->remove_domain("example.org")) == "conflict");
  f.alias("@example.org", {"ann@example.org"});
  REQUIRE(f.directory->remove_mailbox("ann@example.org"));
  CHECK(word(f.directory->remove_domain("example.org")) == "conflict");
  REQUIRE(f.directory->remove_alias("@example.org"));
  REQUIRE(f.directory->remove_domain("EXAMPLE.org"));
  CHECK(word(f.directory->remove_domain("example.org")) == "not_found");
  CHECK(!*f.directory->is_local_domain("example.org"));
}

TEST_CASE("a mailbox of a domain whose name continues another is not in it") {
  Fixture f;
  f.domain("example.or");
  f.domain("example.org");
  f.mailbox("ann@example.org");
  f.mailbox("bob@example.org");
  CHECK(f.directory->mailboxes("example.or")->empty());
  CHECK(f.directory->mailboxes("example.org")->size() == 2);
  CHECK(f.directory->domains()->size() == 2);
  REQUIRE(f.directory->remove_domain("example.or"));
}

TEST_CASE("alias domains do not chain and have no catch-all") {
  Fixture f;
  f.domain("example.org");
  f.domain("example.net", "example.org");
  CHECK(word(f.directory->add_domain({.name = "example.com", .alias_of = "example.net"})) == "unsupported");
  CHECK(word(f.directory->add_domain({.name = "example.com", .alias_of = "nowhere.example"})) == "unsupported");
  CHECK(word(f.directory->add_domain({.name = "example.com", .alias_of = "example.com"})) == "unsupported");
  f.mailbox("ann@example.org");
  CHECK(word(f.directory->add_alias({"@example.net", {"ann@example.org"}})) == "unsupported");
}

TEST_CASE("quota and state are kept, and survive opening again") {
  Fixture f;
  f.domain("example.org");
  const Account ann = f.mailbox("ann@example.org", "first");
  REQUIRE(f.directory->set_quota("ann@example.org", 1'000'000, 77));
  REQUIRE(f.directory->set_password("ann@example.org", secret("second")));
  const auto again = open(*f.store, f.random);
  const auto read = again->account(ann.id);
  REQUIRE(read);
  CHECK(read->quota_octets == 1'000'000);
  CHECK(read->quota_messages == 77);
  CHECK(read->id == ann.id);
  CHECK(word(again->check_password("", "ann@example.org", secret("first"))) == "denied");
  CHECK(*again->check_password("", "ann@example.org", secret("second")) == "ann@example.org");
  CHECK(word(f.directory->set_quota("bob@example.org", 1, 1)) == "not_found");
  CHECK(word(f.directory->set_password("bob@example.org", secret("x"))) == "not_found");
}

TEST_CASE("account numbers are never used again") {
  Fixture f;
  f.domain("example.org");
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 5; ++i) {
    const Account a = f.mailbox("ann@example.org");
    CHECK(a.id != kDirectoryAccount);
    CHECK(seen.insert(a.id.value()).second);
    REQUIRE(f.directory->remove_mailbox("ann@example.org"));
    CHECK(word(f.directory->account(a.id)) == "not_found");
  }
}

TEST_CASE("removing a mailbox removes its mail and its login") {
  Fixture f;
  f.domain("example.org");
  const Account ann = f.mailbox("ann@example.org");
  CHECK(f.targets("ann@example.org") == "ann@example.org");
  const auto partition = f.store->open(ann.id);
  REQUIRE((*partition)->commit(store::Batch().put("mail", "x")));
  REQUIRE(f.directory->remove_mailbox("ann@example.org"));
  const auto emptied = f.store->open(ann.id);
  CHECK(!(*emptied)->get("mail")->has_value());
  CHECK(f.targets("ann@example.org") == "not_found");
  CHECK(word(f.directory->check_password("", "ann@example.org", secret("password"))) == "denied");
  CHECK(word(f.directory->remove_mailbox("ann@example.org")) == "not_found");
}

TEST_CASE("a directory sees at once what another one on the same store changed") {
  Fixture f;
  f.domain("example.org");
  const auto other = open(*f.store, f.random);
  CHECK(f.targets("ann@example.org") == "not_found");
  REQUIRE(other->add_mailbox("ann@example.org", secret("x")));
  CHECK(f.targets("ann@example.org") == "ann@example.org");
  REQUIRE(other->set_active("ann@example.org", false));
  CHECK(f.targets("ann@example.org") == "denied");
  REQUIRE(other->remove_mailbox("ann@example.org"));
  CHECK(f.targets("ann@example.org") == "not_found");
}

TEST_CASE("changes at the same time all happen, each account number once") {
  Fixture f;
  f.domain("example.org");
  const auto other = open(*f.store, f.random);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      Directory& d = t % 2 == 0 ? *f.directory : *other;
      for (int i = 0; i < 10; ++i) {
        (void)d.add_mailbox("u" + std::to_string(t) + "-" + std::to_string(i) + "@example.org", secret("x"));
        (void)d.resolve("u0-0@example.org");
      }
    });
  }
  for (std::thread& t : threads) t.join();
  const auto all = f.directory->mailboxes("example.org");
  REQUIRE(all);
  CHECK(all->size() == 40);
  std::set<std::uint64_t> ids;
  for (const Account& a : *all) {
    ids.insert(a.id.value());
    CHECK(f.directory->account(a.id)->address == a.address);
  }
  CHECK(ids.size() == 40);
}

TEST_CASE("an unknown format is left alone") {
  Fixture f;
  REQUIRE((*f.store->open(kDirectoryAccount))->commit(store::Batch().put("format", "2")));
  CHECK(word(Directory::open(*f.store, f.random, cheap())) == "unsupported");
}

namespace {

// Everything about a directory that must be whole after any failure.
void check_whole(store::Store& store, AccountId ann, bool present) {
  SeededRandom random(3);
  const auto d = open(store, random);
  const auto all = d->mailboxes("");
  REQUIRE(all);
  std::set<std::uint64_t> ids;
  for (const Account& a : *all) {
    CHECK(ids.insert(a.id.value()).second);
    const auto by_id = d->account(a.id);
    REQUIRE(by_id);
    CHECK(by_id->address == a.address);
  }
  CHECK(word(d->account(View("ann@example.org"))) == (present ? "ok" : "not_found"));
  const auto mail = (*store.open(ann))->get("mail");
  REQUIRE(mail);
  CHECK(mail->has_value() == present);
}

}  // namespace

TEST_CASE("a removal that fails anywhere is whole or finished by the next opening") {
  for (const bool lost_answer : {false, true}) {
    for (std::uint64_t nth = 1; nth < 50; ++nth) {
      Fixture f;
      f.domain("example.org");
      const Account ann = f.mailbox("ann@example.org");
      REQUIRE((*f.store->open(ann.id))->commit(store::Batch().put("mail", "x")));
      FaultyStore faulty(*f.store);
      const auto d = open(faulty, f.random);
      const Error broken = environment_error(Code::unavailable);
      if (lost_answer) {
        faulty.lose_commit(nth, broken);
      } else {
        faulty.fail_at(nth, broken);
      }
      const auto removed = d->remove_mailbox("ann@example.org");
      const bool failed = faulty.failed();
      CHECK(removed.has_value() == !failed);
      const bool present = d->account(View("ann@example.org")).has_value();
      check_whole(*f.store, ann.id, present);
      if (!failed) break;
      REQUIRE(nth < 49);
    }
  }
}

TEST_CASE("adding a mailbox happens whole or not at all") {
  for (std::uint64_t nth = 1; nth < 50; ++nth) {
    Fixture f;
    f.domain("example.org");
    const Account ann = f.mailbox("ann@example.org");
    REQUIRE((*f.store->open(ann.id))->commit(store::Batch().put("mail", "x")));
    FaultyStore faulty(*f.store);
    const auto d = open(faulty, f.random);
    faulty.fail_at(nth, environment_error(Code::no_space));
    const auto added = d->add_mailbox("bob@example.org", secret("x"));
    const bool failed = faulty.failed();
    CHECK(word(added) == (failed ? "no_space" : "ok"));
    CHECK(f.directory->account(View("bob@example.org")).has_value() == !failed);
    check_whole(*f.store, ann.id, true);
    if (!failed) break;
    REQUIRE(nth < 49);
  }
}

TEST_CASE("opening fails cleanly and works afterwards") {
  for (std::uint64_t nth = 1; nth < 50; ++nth) {
    const auto store = store::make_memory_store();
    SeededRandom random(1);
    FaultyStore faulty(*store);
    faulty.fail_at(nth, environment_error(Code::unavailable));
    const auto opened = Directory::open(faulty, random, cheap());
    const bool failed = faulty.failed();
    if (opened) CHECK(!failed);
    const auto again = open(*store, random);
    CHECK(again->add_domain({.name = "example.org"}));
    if (!failed) break;
    REQUIRE(nth < 49);
  }
}
