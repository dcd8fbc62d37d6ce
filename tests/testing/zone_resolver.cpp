#include "posthorn/testing/zone_resolver.h"

#include <doctest/doctest.h>

namespace posthorn::testing {
namespace {

using dns::Answer;
using dns::Outcome;
using dns::Type;

constexpr View kText = R"($ORIGIN example.org.
@       3600 SOA ns root 1 2 3 4 60
@       MX      10 mail
@       MX      0 .
@       TXT     "one " "text"
mail    500 A   192.0.2.1
mail    AAAA    2001:db8::1
www     200 CNAME web.example.net.
web.example.net. 100 A 192.0.2.2
web.example.net. 100 A 192.0.2.3
lost    CNAME   nobody.example.net.
ring    CNAME   ring2
ring2   CNAME   ring
_25._tcp.mail TLSA 3 1 1 00ff
_imaps._tcp SRV 0 1 993 mail
1.2.0.192.in-addr.arpa. PTR mail
)";

Answer ask(ZoneResolver& resolver, View name, Type type) {
  std::optional<Answer> got;
  int times = 0;
  resolver.resolve({own(name), type}, [&](Answer answer) {
    got = std::move(answer);
    ++times;
  });
  REQUIRE(times == 1);
  return *got;
}

TEST_CASE("records of every type are answered") {
  ZoneResolver dns(kText);
  REQUIRE(dns.problem().empty());
  const Answer mx = ask(dns, "Example.ORG.", Type::mx);
  CHECK(mx.outcome == Outcome::found);
  CHECK(mx.records == std::vector<dns::Record>{dns::Mx{10, "mail.example.org"}, dns::Mx{0, ""}});
  CHECK(mx.canonical.empty());
  CHECK_FALSE(mx.authenticated);
  CHECK(ask(dns, "example.org", Type::txt).records == std::vector<dns::Record>{dns::Txt{"one text"}});
  CHECK(ask(dns, "mail.example.org", Type::a).records == std::vector<dns::Record>{*IpAddress::parse("192.0.2.1")});
  CHECK(ask(dns, "mail.example.org", Type::a).ttl == std::chrono::seconds(500));
  CHECK(ask(dns, "mail.example.org", Type::aaaa).records == std::vector<dns::Record>{*IpAddress::parse("2001:db8::1")});
  CHECK(ask(dns, "1.2.0.192.in-addr.arpa", Type::ptr).records ==
        std::vector<dns::Record>{dns::Ptr{"mail.example.org"}});
  CHECK(ask(dns, "_25._tcp.mail.example.org", Type::tlsa).records ==
        std::vector<dns::Record>{dns::Tlsa{3, 1, 1, std::string("\0\xFF", 2)}});
  CHECK(ask(dns, "_imaps._tcp.example.org", Type::srv).records ==
        std::vector<dns::Record>{dns::Srv{0, 1, 993, "mail.example.org"}});
  CHECK(ask(dns, "www.example.org", Type::cname).records == std::vector<dns::Record>{dns::Ptr{"web.example.net"}});
}

TEST_CASE("aliases are followed, but not for ever") {
  ZoneResolver dns(kText);
  const Answer www = ask(dns, "www.example.org", Type::a);
  CHECK(www.outcome == Outcome::found);
  CHECK(www.records.size() == 2);
  CHECK(www.canonical == "web.example.net");
  CHECK(www.ttl == std::chrono::seconds(100));
  CHECK(ask(dns, "lost.example.org", Type::a).outcome == Outcome::no_name);
  CHECK(ask(dns, "www.example.org", Type::mx).outcome == Outcome::no_data);
  CHECK(ask(dns, "ring.example.org", Type::a).outcome == Outcome::unavailable);
  std::string chain;
  for (std::size_t i = 0; i <= ZoneResolver::kMaxAliases; ++i)
    chain += "c" + std::to_string(i) + " CNAME c" + std::to_string(i + 1) + "\n";
  chain += "c" + std::to_string(ZoneResolver::kMaxAliases + 1) + " A 192.0.2.7\n";
  REQUIRE(dns.add(chain));
  CHECK(ask(dns, "c0", Type::a).outcome == Outcome::unavailable);
  CHECK(ask(dns, "c1", Type::a).outcome == Outcome::found);
}

TEST_CASE("what is not there is told apart") {
  ZoneResolver dns(kText);
  const Answer no_data = ask(dns, "mail.example.org", Type::mx);
  CHECK(no_data.outcome == Outcome::no_data);
  CHECK(no_data.ttl == std::chrono::seconds(60));  // RFC 2308 section 5
  CHECK(ask(dns, "nobody.example.org", Type::a).outcome == Outcome::no_name);
  CHECK(ask(dns, "tcp.example.net", Type::a).outcome == Outcome::no_name);
  CHECK(ask(dns, std::string(64, 'a') + ".org", Type::a).outcome == Outcome::no_name);  // cannot be written
}

TEST_CASE("names are secure as the test says") {
  ZoneResolver dns(kText);
  dns.secure("example.org");
  CHECK(ask(dns, "example.org", Type::mx).authenticated);
  CHECK(ask(dns, "nobody.example.org", Type::mx).authenticated);
  CHECK_FALSE(ask(dns, "www.example.org", Type::a).authenticated);  // leads to a name that is not
  dns.secure("web.example.net");
  CHECK(ask(dns, "www.example.org", Type::a).authenticated);
}

TEST_CASE("names fail as the test says") {
  ZoneResolver dns(kText);
  dns.secure("");
  dns.fail("web.example.net", Outcome::timed_out);
  dns.fail("mail.example.org", Outcome::unavailable, Type::aaaa);
  CHECK(ask(dns, "www.example.org", Type::a).outcome == Outcome::timed_out);
  CHECK_FALSE(ask(dns, "www.example.org", Type::a).authenticated);
  CHECK(ask(dns, "mail.example.org", Type::aaaa).outcome == Outcome::unavailable);
  CHECK(ask(dns, "mail.example.org", Type::a).outcome == Outcome::found);
  dns.recover("web.example.net");
  CHECK(ask(dns, "www.example.org", Type::a).outcome == Outcome::found);
}

TEST_CASE("questions are counted") {
  ZoneResolver dns(kText);
  (void)ask(dns, "mail.example.org", Type::a);
  (void)ask(dns, "MAIL.example.org", Type::a);
  (void)ask(dns, "mail.example.org", Type::mx);
  CHECK(dns.asked() == 3);
  CHECK(dns.asked("mail.example.org") == 3);
  CHECK(dns.asked("mail.example.org", Type::a) == 2);
  CHECK(dns.asked("example.org") == 0);
}

TEST_CASE("deferred answers come when the test says, with what is there then") {
  std::vector<std::string> heard;
  const auto hear = [&](const std::string& name) {
    return [&heard, name](const Answer& answer) {
      heard.push_back(name + (answer.outcome == Outcome::found ? " found" : answer.failed() ? " failed" : " absent"));
    };
  };
  {
    ZoneResolver dns(kText);
    dns.defer();
    dns.resolve({"mail.example.org", Type::a}, hear("mail"));
    dns.resolve({"new.example.org", Type::a}, hear("new"));
    dns.resolve({"www.example.org", Type::a}, hear("www"));
    CHECK(dns.waiting() == 3);
    CHECK(heard.empty());
    CHECK(dns.deliver(1) == 1);
    CHECK(heard == std::vector<std::string>{"mail found"});
    REQUIRE(dns.add("new.example.org. A 192.0.2.8"));
    dns.erase("web.example.net", Type::a);
    CHECK(dns.deliver() == 2);
    CHECK(heard == std::vector<std::string>{"mail found", "new found", "www absent"});
    dns.resolve({"mail.example.org", Type::a}, hear("last"));
  }
  CHECK(heard.back() == "last failed");
}

TEST_CASE("wrong text makes everything unavailable") {
  ZoneResolver dns("example.org. A 192.0.2.1\nwrong\n");
  CHECK(dns.problem() == "line 2: no type");
  CHECK(ask(dns, "example.org", Type::a).outcome == Outcome::unavailable);
  dns.replace(Zone());
  CHECK(ask(dns, "example.org", Type::a).outcome == Outcome::no_name);
}

}  // namespace
}  // namespace posthorn::testing
