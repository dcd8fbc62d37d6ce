#include "posthorn/testing/zone.h"

#include <doctest/doctest.h>

namespace posthorn::testing {
namespace {

using namespace dns::wire;

std::vector<Data> data_at(const Zone& zone, View name, Type type) {
  std::vector<Data> all;
  const auto found = zone.find(name, type);
  if (found.kind == Zone::Kind::found) {
    for (const Record& record : found.records) all.push_back(record.data);
  }
  return all;
}

constexpr View kText = R"($ORIGIN Example.org.
$TTL 1h30m
@       IN SOA ns hostmaster.example.org. ( 2026010101 ; serial
                2h 30m 2w
                5m )            ; how long nothing is remembered
        NS      ns
        MX      10 mail
        300 IN MX 20 backup.example.net.
        TXT     "v=spf1 a:\"x\" -all" ; a comment; with semicolons
mail    600 A   192.0.2.1
        IN 600 AAAA 2001:db8::1
split   TXT     one "two three" ( "four"
        "five;" )
bare    TXT     a\;b
_25._tcp.mail TLSA 3 1 1 ( 0102
        ABff )
www     CNAME   mail
*.wild  A       192.0.2.9
deep.down.below A 192.0.2.3
_imaps._tcp SRV 0 1 993 mail
$ORIGIN 2.0.192.in-addr.arpa.
1       PTR     mail.example.org.
)";

TEST_CASE("the usual lines are read") {
  const auto zone = Zone::parse(kText);
  REQUIRE_MESSAGE(zone, zone.error().note);
  CHECK(data_at(*zone, "example.org", Type::soa) ==
        std::vector<Data>{Soa{"ns.example.org", "hostmaster.example.org", 2026010101, 7200, 1800, 1209600, 300}});
  CHECK(data_at(*zone, "example.org", Type::mx) ==
        std::vector<Data>{Mx{10, "mail.example.org"}, Mx{20, "backup.example.net"}});
  CHECK(data_at(*zone, "example.org", Type::txt) == std::vector<Data>{Txt{{"v=spf1 a:\"x\" -all"}}});
  CHECK(data_at(*zone, "split.example.org", Type::txt) ==
        std::vector<Data>{Txt{{"one", "two three", "four", "five;"}}});
  CHECK(data_at(*zone, "bare.example.org", Type::txt) == std::vector<Data>{Txt{{"a;b"}}});
  CHECK(data_at(*zone, "_25._tcp.mail.example.org", Type::tlsa) ==
        std::vector<Data>{Tlsa{3, 1, 1, "\x01\x02\xAB\xFF"}});
  CHECK(data_at(*zone, "_imaps._tcp.example.org", Type::srv) == std::vector<Data>{Srv{0, 1, 993, "mail.example.org"}});
  CHECK(data_at(*zone, "1.2.0.192.in-addr.arpa", Type::ptr) == std::vector<Data>{Target{"mail.example.org"}});
  CHECK(zone->find("example.org", Type::ns).records.front().ttl == 5400);
  CHECK(zone->find("mail.example.org", Type::aaaa).records.front().ttl == 600);
}

TEST_CASE("a long string of TXT is cut") {
  const auto zone = Zone::parse("a TXT " + std::string(600, 'x'));
  REQUIRE(zone);
  const auto data = data_at(*zone, "a", Type::txt);
  REQUIRE(data.size() == 1);
  CHECK(std::get<Txt>(data[0]).strings ==
        std::vector<std::string>{std::string(255, 'x'), std::string(255, 'x'), std::string(90, 'x')});
}

TEST_CASE("lookups tell aliases, no data and no name apart") {
  const auto zone = Zone::parse(kText);
  REQUIRE(zone);
  const auto kind = [&](View name, Type type) { return zone->find(name, type).kind; };
  CHECK(kind("www.example.org", Type::a) == Zone::Kind::alias);
  CHECK(kind("www.example.org", Type::cname) == Zone::Kind::found);
  CHECK(kind("mail.example.org", Type::mx) == Zone::Kind::no_data);
  CHECK(kind("nobody.example.org", Type::mx) == Zone::Kind::no_name);
  CHECK(kind("down.below.example.org", Type::a) == Zone::Kind::no_data);  // RFC 4592 section 2.2.2: names below exist
  CHECK(kind("example.net", Type::a) == Zone::Kind::no_name);
  const auto absent = zone->find("nobody.example.org", Type::a);
  REQUIRE(absent.records.size() == 1);
  CHECK(absent.records[0].type == Type::soa);
  CHECK(absent.records[0].name == "example.org");
}

// RFC 4592 section 2.2.1.
TEST_CASE("a wildcard stands for names that do not exist") {
  const auto zone = Zone::parse(kText);
  REQUIRE(zone);
  const auto found = zone->find("any.name.wild.example.org", Type::a);
  CHECK(found.kind == Zone::Kind::found);
  CHECK(found.records.front().name == "any.name.wild.example.org");
  CHECK(zone->find("any.wild.example.org", Type::mx).kind == Zone::Kind::no_data);
  CHECK(zone->find("wild.example.org", Type::a).kind == Zone::Kind::no_data);
}

TEST_CASE("records come and go") {
  auto zone = Zone::parse("a.b.c A 192.0.2.1\na.b.c TXT x\n");
  REQUIRE(zone);
  zone->erase("a.b.c", Type::a);
  CHECK(zone->find("a.b.c", Type::a).kind == Zone::Kind::no_data);
  zone->erase("a.b.c");
  CHECK(zone->find("a.b.c", Type::a).kind == Zone::Kind::no_name);
  CHECK(zone->find("b.c", Type::a).kind == Zone::Kind::no_name);
  CHECK(zone->empty());
}

TEST_CASE("what is wrong says its line") {
  const auto problem = [](View text) {
    const auto zone = Zone::parse(text);
    return zone ? "none" : zone.error().note;
  };
  CHECK(problem("a A 192.0.2.1\nb A 192.0.2\n") == "line 2: no address of this kind: 192.0.2");
  CHECK(problem("a AAAA 192.0.2.1") == "line 1: no address of this kind: 192.0.2.1");
  CHECK(problem("a HINFO x y") == "line 1: no type known here: HINFO");
  CHECK(problem("\n\na MX 10") == "line 3: a field is missing");
  CHECK(problem("a MX 70000 b") == "line 1: no number where one belongs");
  CHECK(problem("a A 192.0.2.1 2") == "line 1: more than the data");
  CHECK(problem("a..b A 192.0.2.1") == "line 1: no name: a..b");
  CHECK(problem("  A 192.0.2.1") == "line 1: no name before");
  CHECK(problem("a 300 IN") == "line 1: no type");
  CHECK(problem("a TXT \"x\nb TXT y") == "line 1: a quote that nothing closes");
  CHECK(problem("a TXT ( x\n") == "line 2: a parenthesis that nothing closes");
  CHECK(problem("a TXT x )") == "line 1: a parenthesis that nothing opened");
  CHECK(problem("a TLSA 3 1 1 abc") == "line 1: half an octet");
  CHECK(problem("$INCLUDE x") == "line 1: no such directive: $INCLUDE");
}

}  // namespace
}  // namespace posthorn::testing
