#include "service/directory/rows.h"

#include <string>

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::directory;
using namespace std::string_literals;

TEST_CASE("domains come back as they were written") {
  const Domain domain{.name = "example.net",
                      .alias_of = "example.org",
                      .active = false,
                      .separator = '\0',
                      .enforcement = Enforcement::none};
  const auto read = rows::parse_domain(rows::domain_key(domain.name), rows::format(domain));
  REQUIRE(read);
  CHECK(read->name == "example.net");
  CHECK(read->alias_of == "example.org");
  CHECK(!read->active);
  CHECK(read->separator == '\0');
  CHECK(read->enforcement == Enforcement::none);
  CHECK(rows::parse_domain("d:x", "1\0active=1\0"s)->enforcement == Enforcement::reject);
}

TEST_CASE("backup domains come back as they were written, and rows from before there were any are hosted domains") {
  Domain domain{.name = "example.net"};
  CHECK(rows::parse_domain("d:x", "1\0alias_of=\0active=1\0separator=43\0"s)->backup == Backup{});
  CHECK(rows::format(domain) == "1\0alias_of=\0active=1\0separator=43\0"s);
  domain.backup.on = true;
  for (const bool filled : {false, true}) {
    if (filled) {
      domain.backup = {.on = true,
                       .retention = std::chrono::days(30),
                       .extension = Extension{std::chrono::days(60), WallTime(std::chrono::seconds(1'800'000'000))},
                       .next_hop = "[IPv6:2001:db8::1]",
                       .port = 2525,
                       .tls = "verify match=mx.example.net",
                       .contact = "\"a=b\"@example.com",
                       .recipients = RecipientCheck::list,
                       .when_unknown = WhenUnknown::defer};
    }
    const auto read = rows::parse_domain(rows::domain_key(domain.name), rows::format(domain));
    REQUIRE(read);
    CHECK(read->backup == domain.backup);
  }
  for (const char* bad : {"backup=2", "retention=-1", "retention=4294967296", "port=65536", "recipients=some",
                          "when_unknown=", "extended_until=x", "enforcement=3"}) {
    CAPTURE(bad);
    const auto read = rows::parse_domain("d:x", "1\0"s + bad + "\0"s);
    REQUIRE_FALSE(read.has_value());
    CHECK(read.error().code == Code::corrupt);
  }
}

TEST_CASE("mailboxes come back as they were written") {
  rows::MailboxRow row;
  row.account = {AccountId(0xFEDCBA9876543210U), "ann@example.org", false, 1U << 31U, 12};
  row.password = "$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA";
  const std::string key = rows::address_key(rows::kMailboxes, {"ann", "example.org"});
  CHECK(key == "m:example.org@ann");
  for (const bool scram : {false, true}) {
    if (scram) row.scram = sasl::ScramKeys{"salt\0="s, 4096, std::string(32, '\xFF'), Secret(std::string(32, '\x01'))};
    const auto read = rows::parse_mailbox(key, rows::format(row));
    REQUIRE(read);
    CHECK(read->account.id == row.account.id);
    CHECK(read->account.address == row.account.address);
    CHECK(read->account.active == row.account.active);
    CHECK(read->account.quota_octets == row.account.quota_octets);
    CHECK(read->account.quota_messages == row.account.quota_messages);
    CHECK(read->password == row.password);
    REQUIRE(read->scram.has_value() == scram);
    if (scram) {
      CHECK(read->scram->salt == row.scram->salt);
      CHECK(read->scram->iterations == 4096);
      CHECK(read->scram->stored_key == row.scram->stored_key);
      CHECK(read->scram->server_key.reveal() == row.scram->server_key.reveal());
    }
  }
}

TEST_CASE("aliases come back as they were written") {
  const Alias alias{"@example.org", {"ann@example.org", "\"a=b\"@example.org"}};
  const auto read = rows::parse_alias(rows::address_key(rows::kAliases, {"", "example.org"}), rows::format(alias));
  REQUIRE(read);
  CHECK(read->address == alias.address);
  CHECK(read->targets == alias.targets);
}

TEST_CASE("keys of numbers are sorted like the numbers") {
  CHECK(rows::id_key(rows::kIds, AccountId(0x1F)) == "i:000000000000001f");
  CHECK(rows::id_key(rows::kIds, AccountId(9)) < rows::id_key(rows::kIds, AccountId(0x10)));
  CHECK(rows::id_of_key("r:00000000000000ff")->value() == 255);
  for (const View key : {"r:", "r:ff", "r:00000000000000fg", "r:00000000000000ff0"}) CHECK(!rows::id_of_key(key));
}

TEST_CASE("rows of a newer format and broken rows are told apart") {
  const auto code = [](const std::string& value) { return rows::parse_domain("d:x", value).error().code; };
  CHECK(code("2\0active=1\0"s) == Code::unsupported);
  CHECK(code("") == Code::corrupt);
  CHECK(code("1") == Code::corrupt);
  CHECK(code("1\0active=2\0"s) == Code::corrupt);
  CHECK(code("1\0active\0"s) == Code::corrupt);
  CHECK(code("1\0separator=256\0"s) == Code::corrupt);
  CHECK(code("1\0active=1"s) == Code::corrupt);
  CHECK(rows::parse_domain("d:x", "1\0active=1\0later=this\0"s));
  CHECK(rows::parse_mailbox("m:x@y", "1\0active=1\0"s).error().code == Code::corrupt);
}

TEST_CASE("groups, public namespaces and the index of shares come back as they were written") {
  const std::vector<AccountId> members{AccountId(1), AccountId(0xFEDCBA9876543210U)};
  CHECK(*rows::parse_group("g:staff", rows::format_group(members)) == members);
  CHECK(rows::parse_group("g:staff", rows::format_group({}))->empty());
  CHECK_FALSE(rows::parse_group("g:staff", rows::format_group({AccountId(2), AccountId(1)})).has_value());
  CHECK_FALSE(rows::parse_group("g:staff", "").has_value());
  const PublicSpace space{AccountId(7), "News", std::uint64_t{1} << 40U, 12};
  const auto read = rows::parse_public("n:news", rows::format(space));
  REQUIRE(read);
  CHECK(read->id == space.id);
  CHECK(read->name == "News");
  CHECK(read->quota_octets == space.quota_octets);
  CHECK(read->quota_messages == 12);
  CHECK_FALSE(rows::parse_public("n:news", rows::format(PublicSpace{})).has_value());
  CHECK(rows::member_key(AccountId(10), "staff") == "j:000000000000000a:staff");
  const std::string key = rows::share_key("group=a", AccountId(10));
  CHECK(key == "h:group=a:000000000000000a");
  CHECK(*rows::owner_of_share(key) == AccountId(10));
  for (const char* bad : {"h:group=a:00a", "h:group=a", "h:group=a:000000000000000x"})
    CHECK_FALSE(rows::owner_of_share(bad).has_value());
}
