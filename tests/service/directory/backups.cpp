#include "service/directory/backups.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "posthorn/testing/faulty_store.h"

#include "service/directory/fixture.h"

using namespace posthorn;
using namespace posthorn::directory;
using namespace posthorn::directory::testing;

namespace {

WallTime at(std::int64_t seconds) { return WallTime(std::chrono::seconds(seconds)); }

Backups& backups(const Fixture& f) { return *f.directory->backups(); }

}  // namespace

TEST_CASE("an extension holds until its time is over, for mail that waits already too") {
  Backup backup{.on = true};
  CHECK(backup.retention_at(at(1000)) == std::chrono::days(14));
  backup.extension = Extension{std::chrono::days(30), at(2000)};
  CHECK(backup.retention_at(at(1999)) == std::chrono::days(30));
  CHECK(backup.retention_at(at(2000)) == std::chrono::days(14));
}

TEST_CASE("settings are checked and kept in normal form") {
  Backup backup{.on = true, .next_hop = "MX.K\xC3\xB6ln.example", .contact = "Ann@K\xC3\xB6ln.example"};
  CHECK(checked(backup)->next_hop == "mx.xn--kln-sna.example");
  CHECK(checked(backup)->contact == "Ann@xn--kln-sna.example");
  backup.next_hop = "[IPv6:2001:DB8:0:0::1]";
  CHECK(checked(backup)->next_hop == "[IPv6:2001:db8::1]");
  CHECK(*checked({.on = false, .port = 0}) == Backup{});
  const auto code = [](const Backup& b) { return word(checked(b)); };
  for (const char* hop : {"a b", "[192.0.2.1", "[x]", "mx.example:25", "192.0.2.256]"}) {
    CAPTURE(hop);
    CHECK(code({.on = true, .next_hop = hop}) == "syntax");
  }
  CHECK(code({.on = true, .next_hop = "[192.0.2.1]"}) == "ok");
  CHECK(code({.on = true, .port = 0}) == "syntax");
  CHECK(code({.on = true, .retention = kMinRetention}) == "ok");
  CHECK(code({.on = true, .retention = kMinRetention - std::chrono::seconds(1)}) == "syntax");
  CHECK(code({.on = true, .retention = kMaxRetention}) == "ok");
  CHECK(code({.on = true, .retention = kMaxRetention + std::chrono::seconds(1)}) == "syntax");
  CHECK(code({.on = true, .extension = Extension{std::chrono::seconds(1), at(5)}}) == "syntax");
  CHECK(code({.on = true, .extension = Extension{std::chrono::days(1), at(0)}}) == "syntax");
  CHECK(code({.on = true, .tls = std::string("a\0b", 3)}) == "syntax");
  CHECK(code({.on = true, .tls = std::string(kMaxTlsPolicy, 'a')}) == "ok");
  CHECK(code({.on = true, .tls = std::string(kMaxTlsPolicy + 1, 'a')}) == "syntax");
  CHECK(code({.on = true, .contact = "nobody"}) == "syntax");
}

TEST_CASE("a backup domain has no mailboxes and aliases, and nothing else stands for it") {
  Fixture f;
  f.domain("example.org");
  f.backup_domain("partner.example");
  CHECK(word(f.directory->add_mailbox("ann@partner.example", secret("x"))) == "unsupported");
  CHECK(word(f.directory->add_alias({"info@partner.example", {"ann@elsewhere.example"}})) == "unsupported");
  CHECK(word(f.directory->add_domain({.name = "a.example", .alias_of = "partner.example"})) == "unsupported");
  CHECK(word(f.directory->add_domain({.name = "a.example", .alias_of = "example.org", .backup = {.on = true}})) ==
        "unsupported");
  CHECK(*f.directory->is_local_domain("partner.example"));
}

TEST_CASE("a domain without entries becomes a backup domain and an ordinary one again") {
  Fixture f;
  f.domain("example.org");
  f.domain("alias.example", "example.org");
  const Backup settings{.on = true, .retention = std::chrono::days(20), .port = 26};
  CHECK(word(backups(f).backup("example.org")) == "not_found");
  CHECK(word(backups(f).set_backup("example.org", settings)) == "conflict");
  CHECK(word(backups(f).set_backup("alias.example", settings)) == "conflict");
  CHECK(word(backups(f).set_backup("nowhere.example", settings)) == "not_found");
  REQUIRE(f.directory->remove_domain("alias.example"));
  f.mailbox("ann@example.org");
  CHECK(word(backups(f).set_backup("example.org", settings)) == "conflict");
  REQUIRE(f.directory->remove_mailbox("ann@example.org"));
  REQUIRE(backups(f).set_backup("Example.ORG", settings));
  CHECK(*backups(f).backup("example.ORG") == settings);
  CHECK(open(*f.store, f.random)->domains()->front().backup == settings);
  CHECK(f.targets("x@example.org") == "relayed");
  REQUIRE(backups(f).set_backup("example.org", {}));
  CHECK(f.targets("x@example.org") == "not_found");
  f.mailbox("ann@example.org");
}

TEST_CASE("known recipients are listed, once each, and go with their domain") {
  Fixture f;
  f.domain("example.org");
  f.backup_domain("partner.example", {.on = true, .recipients = RecipientCheck::list});
  REQUIRE(backups(f).add_known_recipients({"Bob@partner.example", "ann@partner.example", "bob@Partner.example"}));
  CHECK(*backups(f).known_recipients("partner.example") ==
        std::vector<std::string>{"ann@partner.example", "bob@partner.example"});
  CHECK(word(backups(f).add_known_recipient("ann@example.org")) == "not_found");
  CHECK(word(backups(f).add_known_recipient("ann@nowhere.example")) == "unsupported");
  CHECK(word(backups(f).add_known_recipients({"a@partner.example", "a@example.org"})) == "syntax");
  CHECK(word(backups(f).add_known_recipient("ann")) == "syntax");
  CHECK(word(backups(f).add_known_recipients({})) == "ok");
  CHECK(word(backups(f).remove_known_recipient("eve@partner.example")) == "not_found");
  CHECK(word(backups(f).known_recipients("example.org")) == "not_found");
  REQUIRE(backups(f).remove_known_recipient("BOB@partner.example"));
  CHECK(f.targets("bob@partner.example") == "not_found");
  CHECK(f.targets("ann@partner.example") == "relayed");
  REQUIRE(f.directory->remove_domain("partner.example"));
  f.backup_domain("partner.example", {.on = true, .recipients = RecipientCheck::list});
  CHECK(backups(f).known_recipients("partner.example")->empty());
}

TEST_CASE("no more recipients at once than a batch holds") {
  Fixture f;
  f.backup_domain("partner.example");
  std::vector<std::string> many(Backups::kMaxKnownAtOnce, "a@partner.example");
  CHECK(word(backups(f).add_known_recipients(many)) == "ok");
  many.emplace_back("b@partner.example");
  CHECK(word(backups(f).add_known_recipients(many)) == "too_many");
}

TEST_CASE("recipients that a removal left behind do not come back with the domain") {
  Fixture f;
  f.backup_domain("partner.example");
  REQUIRE(backups(f).add_known_recipient("ann@partner.example"));
  posthorn::testing::FaultyStore faulty(*f.store);
  const auto other = open(faulty, f.random);
  for (std::uint64_t nth = 1;; ++nth) {
    REQUIRE(nth < 50);
    faulty.fail_at(nth, environment_error(Code::unavailable));
    if (!other->remove_domain("partner.example").has_value() && *f.directory->is_local_domain("partner.example"))
      continue;
    break;
  }
  CHECK(faulty.failed());
  f.backup_domain("partner.example");
  CHECK(backups(f).known_recipients("partner.example")->empty());
}

TEST_CASE("the primary of a backup domain is asked for its recipients, also for those of aliases") {
  Fixture f;
  f.domain("example.org");
  f.mailbox("ann@example.org");
  f.backup_domain("call.example", {.on = true, .when_unknown = WhenUnknown::defer});
  f.backup_domain("any.example", {.on = true, .recipients = RecipientCheck::any});
  f.alias("team@example.org", {"ann@example.org", "Bob@call.example", "eve@any.example", "joe@else.example"});
  const auto direct = f.directory->resolve("Bob@Call.example");
  REQUIRE(direct->call_ahead.size() == 1);
  CHECK(direct->call_ahead.front().address.empty());
  CHECK(direct->call_ahead.front().when_unknown == WhenUnknown::defer);
  CHECK(f.directory->resolve("bob@any.example")->call_ahead.empty());
  const auto team = f.directory->resolve("team@example.org");
  CHECK(team->remote.size() == 3);
  REQUIRE(team->call_ahead.size() == 1);
  CHECK(team->call_ahead.front().address == "Bob@call.example");
  CHECK(team->call_ahead.front().when_unknown == WhenUnknown::defer);
  CHECK(f.directory->resolve("ann@example.org")->call_ahead.empty());
}
