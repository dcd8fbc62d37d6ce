#include "posthorn/service/outbound/route.h"

#include <algorithm>
#include <initializer_list>
#include <map>

#include <doctest/doctest.h>

namespace posthorn {
namespace {

using namespace std::chrono_literals;
using dns::Type;
using outbound::Hop;
using outbound::Route;
using outbound::RouteOptions;
using outbound::Routing;
using outbound::TlsMode;
using outbound::Why;
using tls::Failure;
using tls::Level;

constexpr WallTime kNow{std::chrono::seconds(1'767'225'600)};
const std::string kDigest(32, 'd');

dns::Answer answer(dns::Outcome outcome, bool authenticated = false) {
  dns::Answer made;
  made.outcome = outcome;
  made.authenticated = authenticated;
  return made;
}
dns::Answer found(std::initializer_list<dns::Record> records, bool authenticated) {
  dns::Answer made = answer(dns::Outcome::found, authenticated);
  made.records = records;
  return made;
}
IpAddress ip(View text) { return *IpAddress::parse(text); }

/// What the DNS and the policy's HTTPS server say; names without records do not exist.
struct World {
  std::map<dns::Question, dns::Answer> zone;
  mta_sts::Fetched policy = std::unexpected(mta_sts::FetchFailure{});
  std::vector<std::string> asked_tlsa;
  int fetches = 0;

  /// example.org with two exchanges.
  explicit World(bool authenticated) {
    zone[{"example.org", Type::mx}] =
        found({dns::Mx{10, "a.example.net"}, dns::Mx{20, "b.example.net"}}, authenticated);
    zone[{"a.example.net", Type::a}] = found({ip("192.0.2.1")}, authenticated);
    zone[{"b.example.net", Type::aaaa}] = found({ip("2001:db8::2")}, authenticated);
  }
  void publish(const std::string& id, const std::string& text) {
    zone[{"_mta-sts.example.org", Type::txt}] = found({dns::Txt{"v=STSv1; id=" + id}}, false);
    policy = text;
  }
  void name(View host, int usage, bool authenticated = true) {
    zone[{"_25._tcp." + own(host), Type::tlsa}] =
        found({dns::Tlsa{static_cast<std::uint8_t>(usage), 1, 1, kDigest}}, authenticated);
  }

  Routing route(View domain, RouteOptions options) {
    options.now = kNow;
    Route route(domain, std::move(options));
    while (!route.finished()) {
      if (!route.wanted().empty()) {
        const dns::Question question = route.wanted().back();
        if (question.type == Type::tlsa) asked_tlsa.push_back(question.name);
        const auto known = zone.find(question);
        const bool named = std::ranges::any_of(zone, [&](const auto& row) { return row.first.name == question.name; });
        const auto absent = named ? dns::Outcome::no_data : dns::Outcome::no_name;
        // That there is nothing is proved where the zone is.
        route.answer(route.wanted().size() - 1, known != zone.end() ? known->second : answer(absent, true));
      } else {
        CHECK(*route.policy_wanted() == "example.org");
        ++fetches;
        route.policy(policy);
      }
    }
    return route.verdict();
  }
  Routing route(RouteOptions options = {}) { return route("example.org", std::move(options)); }
};

RouteOptions with(TlsMode mode) {
  RouteOptions options;
  options.policy.mode = mode;
  return options;
}
std::string names(const Routing& routing) {
  std::string all;
  for (const Hop& hop : routing.hops) all += (all.empty() ? "" : " ") + hop.host;
  return all;
}
const std::string kEnforce = "version: STSv1\nmode: enforce\nmx: a.example.net\nmax_age: 86400\n";
const std::string kTesting = "version: STSv1\nmode: testing\nmx: a.example.net\nmax_age: 86400\n";
using Names = std::vector<std::string>;

TEST_CASE("a domain that publishes nothing: TLS where it is offered") {
  World world(false);
  const Routing routing = world.route();
  CHECK(!routing.failure);
  CHECK(names(routing) == "a.example.net b.example.net");
  for (const Hop& hop : routing.hops) {
    CHECK(hop.tls.level == Level::opportunistic);
    CHECK(!hop.tls.needs_tls());
    CHECK(hop.tls.server_name == hop.host);
    CHECK(hop.port == 25);
    CHECK(hop.why == Why::opportunistic);
    CHECK(hop.policy_type == tlsrpt::PolicyType::no_policy_found);
  }
  CHECK(world.asked_tlsa.empty());
  CHECK(world.fetches == 0);
  CHECK(routing.hops[1].addresses == std::vector{ip("2001:db8::2")});
}

TEST_CASE("what MailHosts finds of a domain without a way is told") {
  World world(false);
  world.zone[{"example.org", Type::mx}] = found({dns::Mx{0, ""}}, false);
  Routing routing = world.route();
  REQUIRE(routing.failure);
  CHECK(routing.failure->status.text() == "5.1.10");
  CHECK(routing.failure->permanent());
  world.zone[{"example.org", Type::mx}] = answer(dns::Outcome::timed_out);
  routing = world.route();
  CHECK(routing.failure->status.text() == "4.4.3");
  CHECK(!routing.failure->permanent());
}

TEST_CASE("encrypt: never without TLS") {
  World world(false);
  const Routing routing = world.route(with(TlsMode::encrypt));
  for (const Hop& hop : routing.hops) {
    CHECK(hop.tls.level == Level::encrypted);
    CHECK(hop.tls.needs_tls());
    CHECK(hop.why == Why::configured);
    CHECK(outbound::tls_refused(hop, Failure::certificate_expired).status.text() == "4.7.5");
    CHECK(outbound::tls_refused(hop, Failure::certificate_expired).text.contains("certificate-expired"));
  }
}

TEST_CASE("verify: the names that were configured, else what is proved, else the domain") {
  World unsigned_world(false);
  RouteOptions options = with(TlsMode::verify);
  options.policy.ca_file = "ca.pem";
  Routing routing = unsigned_world.route(options);
  CHECK(routing.hops.at(0).tls.level == Level::authority);
  CHECK(routing.hops.at(0).tls.names == Names{"example.org"});
  CHECK(routing.hops.at(0).tls.ca_file == "ca.pem");
  World signed_world(true);
  CHECK(signed_world.route(options).hops.at(1).tls.names == Names{"b.example.net"});
  CHECK(signed_world.asked_tlsa.empty());
  unsigned_world.publish("1", kEnforce);
  CHECK(unsigned_world.route(options).hops.at(0).tls.names == Names{"a.example.net"});
  options.policy.names = {"Mail.Example.COM", "example.com"};
  CHECK(signed_world.route(options).hops.at(0).tls.names == Names{"mail.example.com", "example.com"});
}

TEST_CASE("a next hop that was configured: no MX, no MTA-STS, its own port") {
  World world(false);
  world.publish("1", kEnforce);
  RouteOptions options = with(TlsMode::verify);
  options.policy.next_hop = outbound::NextHop{"b.example.net", 2525};
  const Routing routing = world.route(options);
  CHECK(names(routing) == "b.example.net");
  CHECK(routing.hops.at(0).port == 2525);
  CHECK(routing.hops.at(0).tls.names == Names{"b.example.net"});
  CHECK(world.fetches == 0);
  options.policy.next_hop->host = "192.0.2.7";
  CHECK(world.route(options).hops.at(0).tls.names == Names{"192.0.2.7"});
  CHECK(world.route(options).hops.at(0).tls.server_name.empty());
  // That it does not exist is a mistake of ours.
  options.policy.next_hop->host = "gone.example.net";
  CHECK(world.route(options).failure->status.text() == "4.1.2");
  // DANE towards it.
  World proved(true);
  proved.zone[{"_2525._tcp.b.example.net", Type::tlsa}] = found({dns::Tlsa{3, 1, 1, kDigest}}, true);
  options = with(TlsMode::dane);
  options.policy.next_hop = outbound::NextHop{"b.example.net", 2525};
  CHECK(proved.route(options).hops.at(0).tls.level == Level::dane);
}

TEST_CASE("fingerprint and mutual carry what they need") {
  World world(false);
  RouteOptions options = with(TlsMode::fingerprint);
  options.policy.fingerprints = {kDigest};
  Routing routing = world.route(options);
  CHECK(routing.hops.at(0).tls.level == Level::fingerprint);
  CHECK(routing.hops.at(0).tls.fingerprints == Names{kDigest});
  options = with(TlsMode::mutual);
  options.policy.certificate_file = "own.crt";
  options.policy.key_file = "own.key";
  routing = world.route(options);
  CHECK(routing.hops.at(0).tls.level == Level::authority);
  CHECK(routing.hops.at(0).tls.certificate_file == "own.crt");
  CHECK(routing.hops.at(0).tls.key_file == "own.key");
}

TEST_CASE("DANE: asked only where all is proved, and then demanded") {
  World world(true);
  world.name("a.example.net", 3);
  Routing routing = world.route();
  REQUIRE(routing.hops.size() == 2);
  const Hop& hop = routing.hops[0];
  CHECK(hop.tls.level == Level::dane);
  CHECK(hop.tls.needs_tls());
  CHECK(hop.tls.tlsa.size() == 1);
  CHECK(hop.tls.names == Names{"a.example.net", "example.org"});
  CHECK(hop.policy_type == tlsrpt::PolicyType::tlsa);
  CHECK(hop.policy_domain == "a.example.net");
  CHECK(routing.hops[1].tls.level == Level::opportunistic);
  world.zone[{"a.example.net", Type::a}].authenticated = false;
  world.asked_tlsa.clear();
  CHECK(world.route().hops.at(0).tls.level == Level::opportunistic);
  CHECK(world.asked_tlsa == Names{"_25._tcp.b.example.net"});
  world.zone[{"example.org", Type::mx}].authenticated = false;
  world.asked_tlsa.clear();
  static_cast<void>(world.route());
  CHECK(world.asked_tlsa.empty());
}

TEST_CASE("DANE: a lookup that fails defers the host, never less") {
  World world(true);
  world.zone[{"_25._tcp.a.example.net", Type::tlsa}] = answer(dns::Outcome::unavailable);
  Routing routing = world.route();
  CHECK(names(routing) == "b.example.net");
  REQUIRE(routing.findings.size() == 1);
  CHECK(routing.findings[0].result == Failure::dnssec_invalid);
  world.zone[{"_25._tcp.b.example.net", Type::tlsa}] = answer(dns::Outcome::timed_out);
  routing = world.route();
  CHECK(routing.hops.empty());
  CHECK(routing.failure->status.text() == "4.7.5");
}

TEST_CASE("DANE: records that are not usable, not proved, or at the end of an alias") {
  World world(true);
  world.name("a.example.net", 1);
  Routing routing = world.route();
  CHECK(routing.hops.at(0).tls.level == Level::encrypted);
  CHECK(routing.hops.at(0).why == Why::dane_unusable);
  CHECK(routing.findings.at(0).result == Failure::tlsa_invalid);
  world.name("a.example.net", 3, false);
  CHECK(world.route().hops.at(0).tls.level == Level::opportunistic);
  world.name("a.example.net", 3);
  world.name("real.example.com", 2);
  world.zone[{"a.example.net", Type::a}].canonical = "real.example.com";
  world.zone[{"example.org", Type::mx}].canonical = "mail.example.com";
  routing = world.route();
  CHECK(routing.hops.at(0).host == "a.example.net");
  CHECK(routing.hops.at(0).tls.server_name == "real.example.com");
  CHECK(routing.hops.at(0).tls.tlsa.at(0).usage == 2);
  CHECK(routing.hops.at(0).tls.names == Names{"real.example.com", "example.org", "mail.example.com"});
}

TEST_CASE("dane that is demanded: a host without it is left out") {
  World world(true);
  world.name("b.example.net", 3);
  Routing routing = world.route(with(TlsMode::dane));
  CHECK(names(routing) == "b.example.net");
  CHECK(routing.findings.at(0).result == Failure::dane_required);
  World unsigned_world(false);
  routing = unsigned_world.route(with(TlsMode::dane));
  CHECK(routing.hops.empty());
  CHECK(routing.failure->status.text() == "4.7.5");
}

TEST_CASE("MTA-STS enforce: hosts of the policy only, each with a proof") {
  World world(false);
  world.publish("1", kEnforce);
  Routing routing = world.route();
  CHECK(names(routing) == "a.example.net");
  CHECK(routing.hops[0].tls.level == Level::authority);
  CHECK(routing.hops[0].tls.needs_tls());
  CHECK(routing.hops[0].tls.names == Names{"a.example.net"});
  CHECK(routing.hops[0].why == Why::mta_sts);
  CHECK(routing.hops[0].policy_type == tlsrpt::PolicyType::sts);
  REQUIRE(routing.learned);
  CHECK(routing.learned->id == "1");
  CHECK(routing.findings.at(0).mx == "b.example.net");
  world.publish("2", "version: STSv1\nmode: enforce\nmx: c.example.net\nmax_age: 86400\n");
  routing = world.route();
  CHECK(routing.hops.empty());
  CHECK(routing.failure->status.text() == "4.7.5");
}

TEST_CASE("MTA-STS testing: all hosts, nothing demanded, everything told") {
  World world(false);
  world.publish("1", kTesting);
  const Routing routing = world.route();
  CHECK(names(routing) == "a.example.net b.example.net");
  CHECK(routing.hops[0].tls.level == Level::authority);
  CHECK(routing.hops[0].tls.tolerant);
  CHECK(!routing.hops[0].tls.needs_tls());
  CHECK(routing.hops[1].tls.level == Level::opportunistic);
  CHECK(routing.findings.size() == 1);
  // What was configured does not become less.
  CHECK(world.route(with(TlsMode::encrypt)).hops.at(0).tls.level == Level::encrypted);
}

TEST_CASE("MTA-STS: the policy that is known holds, without DNS and when the fetch fails") {
  World world(false);
  RouteOptions options;
  options.known = mta_sts::Entry{"1", *mta_sts::parse_policy(kEnforce), kNow - 1h};
  CHECK(names(world.route(options)) == "a.example.net");
  CHECK(world.fetches == 0);
  world.publish("1", kEnforce);
  CHECK(names(world.route(options)) == "a.example.net");
  CHECK(world.fetches == 0);
  world.publish("2", "rubbish");
  Routing routing = world.route(options);
  CHECK(world.fetches == 1);
  CHECK(names(routing) == "a.example.net");
  CHECK(routing.fetch_failed);
  CHECK(routing.findings.at(0).result == Failure::sts_policy_invalid);
  options.may_fetch = false;
  CHECK(!world.route(options).fetch_failed);
  options.known->fetched = kNow - 24h;  // run out
  CHECK(world.route(options).hops.size() == 2);
}

TEST_CASE("MTA-STS: a first fetch that fails is told, and demands nothing") {
  World world(false);
  world.publish("1", kEnforce);
  world.policy = std::unexpected(mta_sts::FetchFailure{Failure::sts_webpki_invalid, "expired"});
  const Routing routing = world.route();
  CHECK(routing.hops.size() == 2);
  CHECK(routing.fetch_failed);
  CHECK(routing.findings.at(0).result == Failure::sts_webpki_invalid);
}

TEST_CASE("DANE goes before MTA-STS (RFC 8461 section 2)") {
  World world(true);
  world.name("a.example.net", 3);
  world.publish("1", kEnforce);
  const Routing routing = world.route();
  CHECK(routing.hops.at(0).tls.level == Level::dane);
  CHECK(routing.hops.at(0).policy_type == tlsrpt::PolicyType::tlsa);
  world.name("a.example.net", 0);  // not usable: the policy still holds
  CHECK(world.route().hops.at(0).tls.level == Level::authority);
}

TEST_CASE("REQUIRETLS: the host's name and its certificate are proved (RFC 8689 section 4.2.1)") {
  RouteOptions options;
  options.require_tls = true;
  options.tls_not_required = true;  // weaker
  World unsigned_world(false);
  Routing routing = unsigned_world.route(options);
  CHECK(routing.hops.empty());
  CHECK(routing.failure->status.text() == "5.7.30");
  unsigned_world.publish("1", kEnforce);
  routing = unsigned_world.route(options);
  CHECK(names(routing) == "a.example.net");
  CHECK(routing.hops[0].require_tls);
  unsigned_world.policy = std::unexpected(mta_sts::FetchFailure{});
  CHECK(!unsigned_world.route(options).failure->permanent());
  unsigned_world.publish("1", kTesting);
  CHECK(unsigned_world.route(options).hops.empty());
  World world(true);
  routing = world.route(options);
  REQUIRE(routing.hops.size() == 2);
  CHECK(routing.hops[0].tls.level == Level::authority);
  CHECK(routing.hops[0].tls.names == Names{"a.example.net"});
  CHECK(routing.hops[0].why == Why::require_tls);
  world.name("a.example.net", 3);
  CHECK(world.route(options).hops.at(0).tls.level == Level::dane);
  world.publish("1", kTesting);
  CHECK(!world.route(options).hops.at(1).tls.tolerant);
}

TEST_CASE("TLS-Required: No passes over what the domain publishes, not over what was configured") {
  World world(true);
  world.name("a.example.net", 3);
  world.publish("1", kEnforce);
  RouteOptions options;
  options.tls_not_required = true;
  const Routing routing = world.route(options);
  CHECK(names(routing) == "a.example.net b.example.net");
  CHECK(routing.hops[0].tls.level == Level::opportunistic);
  CHECK(routing.hops[0].why == Why::tls_not_required);
  CHECK(world.fetches == 0);
  CHECK(world.asked_tlsa.empty());
  options.policy.mode = TlsMode::encrypt;
  CHECK(world.route(options).hops.at(0).tls.level == Level::encrypted);
}

TEST_CASE("address literals") {
  World world(false);
  const Routing routing = world.route("[192.0.2.9]", {});
  CHECK(names(routing) == "192.0.2.9");
  CHECK(routing.hops[0].tls.server_name.empty());
}

}  // namespace
}  // namespace posthorn
