#include "service/directory/lookup.h"

#include <doctest/doctest.h>

#include "service/directory/fixture.h"

using namespace posthorn;
using namespace posthorn::directory;
using namespace posthorn::directory::testing;

TEST_CASE("aliases lead to mailboxes over any number of steps, each mailbox once") {
  Fixture f;
  f.domain("example.org");
  f.domain("other.example");
  f.mailbox("ann@example.org");
  f.mailbox("bob@other.example");
  f.alias("team@example.org", {"ann@example.org", "bob@other.example"});
  f.alias("all@example.org", {"team@example.org", "ann@example.org"});
  CHECK(f.targets("all@example.org") == "ann@example.org bob@other.example");
  CHECK(f.targets("TEAM@example.org") == "ann@example.org bob@other.example");
}

TEST_CASE("loops end") {
  Fixture f;
  f.domain("example.org");
  f.mailbox("ann@example.org");
  f.alias("b@example.org", {"ann@example.org"});
  f.alias("a@example.org", {"b@example.org"});
  REQUIRE(f.directory->remove_alias("b@example.org"));
  f.alias("b@example.org", {"a@example.org"});
  CHECK(f.targets("a@example.org") == "not_found");
  CHECK(f.targets("b@example.org") == "not_found");
  REQUIRE(f.directory->remove_alias("b@example.org"));
  f.alias("b@example.org", {"a@example.org", "ann@example.org"});
  CHECK(f.targets("a@example.org") == "ann@example.org");
}

TEST_CASE("a chain is followed for kMaxAliasDepth steps and no further") {
  Fixture f;
  f.domain("example.org");
  f.mailbox("ann@example.org");
  std::string last = "ann@example.org";
  for (int i = 1; i <= kMaxAliasDepth + 1; ++i) {
    const std::string next = "a" + std::to_string(i) + "@example.org";
    f.alias(next, {last});
    last = next;
  }
  CHECK(f.targets("a" + std::to_string(kMaxAliasDepth) + "@example.org") == "ann@example.org");
  CHECK(f.targets("a" + std::to_string(kMaxAliasDepth + 1) + "@example.org") == "not_found");
}

TEST_CASE("an alias beside a mailbox keeps a copy") {
  Fixture f;
  f.domain("example.org");
  f.mailbox("ann@example.org");
  f.mailbox("bob@example.org");
  f.alias("ann@example.org", {"ann@example.org", "bob@example.org"});
  CHECK(f.targets("ann@example.org") == "ann@example.org bob@example.org");
  CHECK(f.targets("ann+x@example.org") == "ann@example.org(x) bob@example.org(x)");
}

TEST_CASE("the catch-all takes what has no entry") {
  Fixture f;
  f.domain("example.org");
  f.mailbox("ann@example.org");
  f.mailbox("bob@example.org");
  f.alias("@example.org", {"ann@example.org"});
  CHECK(f.targets("anything@example.org") == "ann@example.org");
  CHECK(f.targets("bob@example.org") == "bob@example.org");
  CHECK(f.targets("bob+x@example.org") == "bob@example.org(x)");
  CHECK(f.directory->aliases("")->front().address == "@example.org");
}

TEST_CASE("a subaddress goes to its mailbox unless it has an entry of its own") {
  Fixture f;
  f.domain("example.org");
  f.mailbox("ann@example.org");
  f.mailbox("ann+lists@example.org");
  CHECK(f.targets("ann+work@example.org") == "ann@example.org(work)");
  CHECK(f.targets("ann+a+b@example.org") == "ann@example.org(a+b)");
  CHECK(f.targets("ann+lists@example.org") == "ann+lists@example.org");
  CHECK(f.targets("ann+@example.org") == "ann@example.org");
  CHECK(f.targets("+ann@example.org") == "not_found");
  CHECK(f.targets("ann-work@example.org") == "not_found");
}

TEST_CASE("the separator belongs to the domain") {
  Fixture f;
  REQUIRE(f.directory->add_domain({.name = "dash.example", .separator = '-'}));
  REQUIRE(f.directory->add_domain({.name = "none.example", .separator = '\0'}));
  f.mailbox("ann@dash.example");
  f.mailbox("ann@none.example");
  CHECK(f.targets("ann-work@dash.example") == "ann@dash.example(work)");
  CHECK(f.targets("ann+work@dash.example") == "not_found");
  CHECK(f.targets("ann+work@none.example") == "not_found");
}

TEST_CASE("an alias domain is its domain, but for entries of its own") {
  Fixture f;
  f.domain("example.org");
  f.domain("example.net", "example.org");
  f.mailbox("ann@example.org");
  f.mailbox("bob@example.org");
  f.mailbox("ann@example.net");
  CHECK(f.targets("bob@example.net") == "bob@example.org");
  CHECK(f.targets("bob+x@example.net") == "bob@example.org(x)");
  CHECK(f.targets("ann@example.net") == "ann@example.net");
  CHECK(f.targets("ann+x@example.net") == "ann@example.net(x)");
  CHECK(f.targets("eve@example.net") == "not_found");
  f.alias("@example.org", {"bob@example.org"});
  CHECK(f.targets("eve@example.net") == "bob@example.org");
}

TEST_CASE("what is switched off gets no mail, the others still do") {
  Fixture f;
  f.domain("example.org");
  f.mailbox("ann@example.org");
  f.mailbox("bob@example.org");
  f.alias("team@example.org", {"ann@example.org", "bob@example.org"});
  REQUIRE(f.directory->set_active("ann@example.org", false));
  CHECK(f.targets("team@example.org") == "bob@example.org");
  REQUIRE(f.directory->set_active("bob@example.org", false));
  CHECK(f.targets("team@example.org") == "denied");
}

TEST_CASE("a target that is gone is passed over") {
  Fixture f;
  f.domain("example.org");
  f.mailbox("ann@example.org");
  f.mailbox("bob@example.org");
  f.alias("team@example.org", {"ann@example.org", "bob@example.org"});
  REQUIRE(f.directory->remove_mailbox("ann@example.org"));
  CHECK(f.targets("team@example.org") == "bob@example.org");
  REQUIRE(f.directory->remove_mailbox("bob@example.org"));
  CHECK(f.targets("team@example.org") == "not_found");
}

TEST_CASE("local parts that need quotes are found too") {
  Fixture f;
  f.domain("example.org");
  CHECK(f.mailbox("\"Ann Smith\"@example.org").address == "\"ann smith\"@example.org");
  CHECK(f.targets("\"ann smith\"@example.org") == "\"ann smith\"@example.org");
  f.mailbox("\"a@b\"@example.org");
  CHECK(f.targets("\"a@b\"@example.org") == "\"a@b\"@example.org");
  CHECK(f.directory->mailboxes("example.org")->size() == 2);
  f.alias("x@example.org", {"\"a@b\"@example.org"});
  CHECK(f.targets("x@example.org") == "\"a@b\"@example.org");
}

TEST_CASE("aliases lead to other hosts, each address once and as it was given") {
  Fixture f;
  f.domain("example.org");
  f.mailbox("ann@example.org");
  f.alias("away@example.org", {"Ann.Smith@Elsewhere.Example"});
  f.alias("both@example.org", {"ann@example.org", "away@example.org", "Ann.Smith@elsewhere.example",
                               "x@b\xC3\xBC"
                               "cher.example"});
  f.alias("ann@example.org", {"ann@example.org", "away@example.org"});
  CHECK(f.targets("away@example.org") == "> Ann.Smith@elsewhere.example");
  CHECK(f.targets("away+detail@example.org") == "> Ann.Smith@elsewhere.example");
  CHECK(f.targets("both@example.org") == "ann@example.org > Ann.Smith@elsewhere.example > x@xn--bcher-kva.example");
  CHECK(f.targets("ann+x@example.org") == "ann@example.org(x) > Ann.Smith@elsewhere.example");
  f.alias("@example.org", {"all@elsewhere.example"});
  CHECK(f.targets("nobody@example.org") == "> all@elsewhere.example");
}

TEST_CASE("loops and chains end on the way to other hosts too") {
  Fixture f;
  f.domain("example.org");
  f.alias("a@example.org", {"out@elsewhere.example"});
  f.alias("b@example.org", {"a@example.org"});
  REQUIRE(f.directory->remove_alias("a@example.org"));
  f.alias("a@example.org", {"b@example.org", "out@elsewhere.example"});
  CHECK(f.targets("b@example.org") == "> out@elsewhere.example");
  std::string last = "far@elsewhere.example";
  for (int i = 1; i <= kMaxAliasDepth + 1; ++i) {
    const std::string next = "c" + std::to_string(i) + "@example.org";
    f.alias(next, {last});
    last = next;
  }
  CHECK(f.targets("c" + std::to_string(kMaxAliasDepth) + "@example.org") == "> far@elsewhere.example");
  CHECK(f.targets("c" + std::to_string(kMaxAliasDepth + 1) + "@example.org") == "not_found");
}

TEST_CASE("a domain that comes or goes makes addresses ours or another host's") {
  Fixture f;
  f.domain("example.org");
  f.alias("info@example.org", {"ann@example.net"});
  CHECK(f.targets("info@example.org") == "> ann@example.net");
  f.domain("example.net");
  CHECK(f.targets("info@example.org") == "not_found");
  f.mailbox("ann@example.net");
  CHECK(f.targets("info@example.org") == "ann@example.net");
}

TEST_CASE("mail for a backup domain goes on to its primary") {
  Fixture f;
  f.domain("example.org");
  f.backup_domain("partner.example");
  f.backup_domain("listed.example", {.on = true, .recipients = RecipientCheck::list});
  f.mailbox("ann@example.org");
  CHECK(f.targets("anybody@partner.example") == "relayed");
  CHECK(f.targets("ann@listed.example") == "not_found");
  REQUIRE(f.directory->backups()->add_known_recipient("Ann@listed.example"));
  CHECK(f.targets("aNN@Listed.Example") == "relayed");
  CHECK(f.targets("ann+work@listed.example") == "relayed");
  CHECK(f.targets("annx@listed.example") == "not_found");
  f.alias("info@example.org", {"ann@example.org", "Ann@listed.example", "Bob@partner.example"});
  CHECK(f.targets("info@example.org") == "ann@example.org > Ann@listed.example > Bob@partner.example");
  REQUIRE(f.directory->backups()->remove_known_recipient("ann@listed.example"));
  CHECK(f.targets("info@example.org") == "ann@example.org > Bob@partner.example");
  CHECK(word(f.directory->add_alias({"x@example.org", {"ann@listed.example"}})) == "not_found");
  REQUIRE(f.directory->add_domain({.name = "off.example", .active = false, .backup = {.on = true}}));
  CHECK(f.targets("ann@off.example") == "denied");
}
