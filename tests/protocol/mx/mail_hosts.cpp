#include "posthorn/protocol/mx/mail_hosts.h"

#include <algorithm>
#include <initializer_list>
#include <map>

#include <doctest/doctest.h>

namespace posthorn {
namespace {

using dns::Type;
using mx::MailHosts;
using mx::Outcome;

IpAddress ip(View text) { return *IpAddress::parse(text); }

dns::Answer found(std::initializer_list<dns::Record> records, bool authenticated = false) {
  dns::Answer answer;
  answer.outcome = dns::Outcome::found;
  answer.authenticated = authenticated;
  answer.records = records;
  return answer;
}
dns::Answer without(dns::Outcome outcome, bool authenticated = false) {
  dns::Answer answer;
  answer.outcome = outcome;
  answer.authenticated = authenticated;
  return answer;
}

using Zone = std::map<dns::Question, dns::Answer>;

/// Answers from the zone, the last question first; a name without any record does not exist.
mx::Verdict run(MailHosts& hosts, const Zone& zone) {
  while (!hosts.wanted().empty()) {
    const std::size_t last = hosts.wanted().size() - 1;
    const dns::Question question = hosts.wanted()[last];
    const auto known = zone.find(question);
    const bool named = std::ranges::any_of(zone, [&](const auto& entry) { return entry.first.name == question.name; });
    hosts.answer(last,
                 known != zone.end() ? known->second : without(named ? dns::Outcome::no_data : dns::Outcome::no_name));
  }
  return hosts.verdict();
}

mx::Verdict run(View domain, const Zone& zone, mx::Options options = {}) {
  MailHosts hosts(domain, std::move(options));
  return run(hosts, zone);
}

std::string names(const mx::Verdict& verdict) {
  std::string all;
  for (const mx::Host& host : verdict.hosts) all += (all.empty() ? "" : " ") + host.name;
  return all;
}

Zone three_hosts() {
  return {{{"example.org", Type::mx},
           found({dns::Mx{20, "c.example.net"}, dns::Mx{10, "B.example.net"}, dns::Mx{10, "a.example.net"}})},
          {{"a.example.net", Type::a}, found({ip("192.0.2.1")})},
          {{"b.example.net", Type::a}, found({ip("192.0.2.2"), ip("192.0.2.22")})},
          {{"b.example.net", Type::aaaa}, found({ip("2001:db8::2")})},
          {{"c.example.net", Type::aaaa}, found({ip("2001:db8::3")})}};
}

TEST_CASE("exchanges by preference, equal ones as the seed says") {
  std::map<std::string, int> orders;
  for (std::uint64_t seed = 0; seed < 64; ++seed) {
    mx::Options options;
    options.seed = seed;
    ++orders[names(run("Example.ORG", three_hosts(), options))];
    CHECK(names(run("example.org", three_hosts(), options)) == names(run("example.org", three_hosts(), options)));
  }
  REQUIRE(orders.size() == 2);
  CHECK(orders["a.example.net b.example.net c.example.net"] > 16);
  CHECK(orders["b.example.net a.example.net c.example.net"] > 16);
  // The order in which the records came changes nothing.
  Zone turned = three_hosts();
  std::ranges::reverse(turned[{"example.org", Type::mx}].records);
  CHECK(names(run("example.org", turned)) == names(run("example.org", three_hosts())));
}

TEST_CASE("addresses: both families in turn, IPv6 first") {
  const auto verdict = run("example.org", three_hosts());
  CHECK(verdict.outcome == Outcome::found);
  CHECK(!verdict.implicit);
  const auto b = std::ranges::find(verdict.hosts, "b.example.net", &mx::Host::name);
  REQUIRE(b != verdict.hosts.end());
  CHECK(b->addresses == std::vector{ip("2001:db8::2"), ip("192.0.2.2"), ip("192.0.2.22")});
  CHECK(b->preference == 10);
}

TEST_CASE("no MX record: the domain is its own host (RFC 5321 section 5.1)") {
  const auto verdict = run("example.org", {{{"example.org", Type::a}, found({ip("192.0.2.1")})}});
  CHECK(verdict.outcome == Outcome::found);
  CHECK(verdict.implicit);
  CHECK(names(verdict) == "example.org");
  // MX records whose hosts are not usable are no reason to take the domain's address.
  const auto dead = run("example.org", {{{"example.org", Type::mx}, found({dns::Mx{10, "gone.example.org"}})},
                                        {{"example.org", Type::a}, found({ip("192.0.2.1")})}});
  CHECK(dead.outcome == Outcome::no_host);
  CHECK(status_of(dead.outcome).text() == "5.4.4");
}

TEST_CASE("null MX (RFC 7505)") {
  const auto verdict = run("example.org", {{{"example.org", Type::mx}, found({dns::Mx{0, ""}})},
                                           {{"example.org", Type::a}, found({ip("192.0.2.1")})}});
  CHECK(verdict.outcome == Outcome::null_mx);
  CHECK(status_of(verdict.outcome).text() == "5.1.10");
  CHECK(mx::kNullMxOfSender.text() == "5.7.27");
  // Section 3: beside another record it is none.
  const auto both = run("example.org", {{{"example.org", Type::mx}, found({dns::Mx{0, ""}, dns::Mx{1, "a.example"}})},
                                        {{"a.example", Type::a}, found({ip("192.0.2.1")})}});
  CHECK(names(both) == "a.example");
}

TEST_CASE("what the DNS does not know, and what it does not say") {
  CHECK(run("example.org", {}).outcome == Outcome::no_domain);
  CHECK(status_of(Outcome::no_domain).text() == "5.1.2");
  CHECK(run("example.org", {{{"example.org", Type::txt}, found({})}}).outcome == Outcome::no_host);
  for (const auto failure : {dns::Outcome::unavailable, dns::Outcome::timed_out}) {
    const auto verdict = run("example.org", {{{"example.org", Type::mx}, without(failure)}});
    CHECK(verdict.outcome == Outcome::unavailable);
    CHECK(status_of(verdict.outcome).text() == "4.4.3");
  }
  CHECK(run("not a domain", {}).outcome == Outcome::malformed);
  CHECK(run("192.0.2.1..", {}).outcome == Outcome::malformed);
}

TEST_CASE("a host whose addresses are not told is left out; alone it is a reason to wait") {
  Zone zone = three_hosts();
  zone[{"a.example.net", Type::a}] = without(dns::Outcome::timed_out);
  const auto verdict = run("example.org", zone);
  CHECK(names(verdict) == "b.example.net c.example.net");
  CHECK(verdict.unresolved == std::vector<std::string>{"a.example.net"});
  zone[{"example.org", Type::mx}] = found({dns::Mx{10, "a.example.net"}, dns::Mx{20, "gone.example.net"}});
  CHECK(run("example.org", zone).outcome == Outcome::unavailable);
  // One family is enough.
  zone = three_hosts();
  zone[{"b.example.net", Type::aaaa}] = without(dns::Outcome::unavailable);
  CHECK(run("example.org", zone).hosts.size() == 3);
}

TEST_CASE("our own host ends the list (RFC 5321 section 5.1)") {
  mx::Options options;
  options.own.names = {"c.example.net"};
  CHECK(run("example.org", three_hosts(), options).hosts.size() == 2);
  options.own.names = {"b.example.net"};
  const auto verdict = run("example.org", three_hosts(), options);
  CHECK(verdict.outcome == Outcome::loops);
  CHECK(status_of(verdict.outcome).text() == "5.4.6");
  CHECK(words_of(verdict.outcome, "example.org") == "mail for example.org loops back to myself");
  // By address, whatever its name is there.
  options.own.names.clear();
  options.own.addresses = {ip("2001:db8::3")};
  CHECK(run("example.org", three_hosts(), options).hosts.size() == 2);
  options.own.addresses = {ip("192.0.2.22")};
  CHECK(run("example.org", three_hosts(), options).outcome == Outcome::loops);
  // A better host that does not answer is a reason to wait, not a loop.
  Zone zone = three_hosts();
  zone[{"example.org", Type::mx}].records.emplace_back(dns::Mx{5, "first.example.net"});
  zone[{"first.example.net", Type::a}] = without(dns::Outcome::timed_out);
  CHECK(run("example.org", zone, options).outcome == Outcome::unavailable);
  // The domain itself, without MX.
  options.own.names = {"example.com"};
  CHECK(run("example.com", {{{"example.com", Type::a}, found({ip("192.0.2.9")})}}, options).outcome == Outcome::loops);
}

TEST_CASE("what DNSSEC proves, of the MX records and of each host") {
  Zone zone = three_hosts();
  for (auto& [question, answer] : zone) answer.authenticated = question.name != "c.example.net";
  const auto verdict = run("example.org", zone);
  CHECK(verdict.authenticated);
  for (const mx::Host& host : verdict.hosts) CHECK(host.authenticated == (host.name != "c.example.net"));
  // One family without proof spoils the host.
  zone[{"b.example.net", Type::aaaa}].authenticated = false;
  const auto mixed = run("example.org", zone);
  CHECK(!std::ranges::find(mixed.hosts, "b.example.net", &mx::Host::name)->authenticated);
  // That there is no MX record must be proved too.
  Zone implicit = {{{"example.org", Type::mx}, without(dns::Outcome::no_data)},
                   {{"example.org", Type::a}, found({ip("192.0.2.1")}, true)}};
  CHECK(!run("example.org", implicit).authenticated);
  implicit[{"example.org", Type::mx}].authenticated = true;
  CHECK(run("example.org", implicit).authenticated);
}

TEST_CASE("aliases of the domain and of a host are told") {
  Zone zone = {{{"example.org", Type::mx}, found({dns::Mx{10, "mx.example.org"}}, true)},
               {{"mx.example.org", Type::a}, found({ip("192.0.2.1")}, true)}};
  zone[{"example.org", Type::mx}].canonical = "real.example.net";
  zone[{"mx.example.org", Type::a}].canonical = "host.example.net";
  const auto verdict = run("example.org", zone);
  CHECK(verdict.canonical == "real.example.net");
  CHECK(verdict.hosts.at(0).canonical == "host.example.net");
  CHECK(verdict.hosts.at(0).name == "mx.example.org");
}

TEST_CASE("address literals") {
  const auto verdict = run("[192.0.2.1]", {});
  CHECK(verdict.outcome == Outcome::found);
  REQUIRE(verdict.hosts.size() == 1);
  CHECK(verdict.hosts[0].literal);
  CHECK(verdict.hosts[0].addresses == std::vector{ip("192.0.2.1")});
  CHECK(run("[IPv6:2001:db8::1]", {}).hosts.at(0).addresses == std::vector{ip("2001:db8::1")});
  CHECK(run("[2001:db8::1]", {}).outcome == Outcome::malformed);
  CHECK(run("[IPv6:192.0.2.1]", {}).outcome == Outcome::malformed);
  CHECK(run("[x]", {}).outcome == Outcome::malformed);
  mx::Options options;
  options.own.addresses = {ip("192.0.2.1")};
  CHECK(run("[192.0.2.1]", {}, options).outcome == Outcome::loops);
}

TEST_CASE("a host that is configured: no MX records are asked") {
  mx::Options options;
  options.direct = true;
  MailHosts hosts("mx.example.net", options);
  for (const dns::Question& question : hosts.wanted()) CHECK(question.type != Type::mx);
  CHECK(names(run(hosts, {{{"mx.example.net", Type::a}, found({ip("192.0.2.1")})}})) == "mx.example.net");
  CHECK(run("mx.example.net", {}, options).outcome == Outcome::no_domain);
  CHECK(run("192.0.2.1", {}, options).hosts.at(0).literal);
}

TEST_CASE("limits") {
  Zone zone;
  dns::Answer& mx = zone[{"example.org", Type::mx}];
  mx = found({});
  for (int i = 0; i < 30; ++i) {
    const std::string name = "m" + std::to_string(i) + ".example.org";
    mx.records.emplace_back(dns::Mx{static_cast<std::uint16_t>(i), name});
    dns::Answer& addresses = zone[{name, Type::a}];
    addresses = found({});
    for (std::uint8_t j = 0; j < 20; ++j) {
      addresses.records.emplace_back(IpAddress(std::array<std::uint8_t, 4>{192, 0, 2, j}));
    }
  }
  const auto verdict = run("example.org", zone);
  CHECK(verdict.hosts.size() == mx::Limits().hosts);
  CHECK(verdict.hosts.back().name == "m19.example.org");
  for (const mx::Host& host : verdict.hosts) CHECK(host.addresses.size() == mx::Limits().addresses);
}

}  // namespace
}  // namespace posthorn
