#include "service/roles/login.h"

#include <doctest/doctest.h>

#include "service/roles/fakes.h"

using namespace posthorn;
using namespace posthorn::roles;
using roles::testing::Site;

TEST_CASE("failures are counted for a network, not for one of its 2^64 addresses") {
  CHECK(network_of("192.0.2.7") == "192.0.2.7");
  CHECK(network_of("::ffff:192.0.2.7") == "192.0.2.7");
  CHECK(network_of("2001:db8:1:2::1") == network_of("2001:DB8:1:2:3:4:5:6"));
  CHECK(network_of("2001:db8::1") == network_of("2001:0db8:0:0:ffff::"));
  CHECK(network_of("2001:db8:1:2::1") != network_of("2001:db8:1:3::1"));
  CHECK(network_of("::1") != network_of("2001::1"));
  CHECK(network_of("") == "");
}

TEST_CASE("what is offered depends on TLS") {
  Site site;
  const Connection protected_only{.remote = "192.0.2.1"};
  Login login(site.services, protected_only);
  CHECK(login.offered().find("PLAIN") == std::string::npos);
  CHECK_FALSE(login.begin("PLAIN"));
  login.upgraded({});
  CHECK(login.offered().find("PLAIN") != std::string::npos);
  CHECK(login.offered().find("PLUS") == std::string::npos);
  login.upgraded({.exporter = std::string(32, 'b')});
  CHECK(login.offered().find("SCRAM-SHA-256-PLUS") != std::string::npos);
  CHECK(login.begin("plain"));
}

TEST_CASE("check(): right, wrong, unavailable") {
  Site site;
  const Connection connection{.remote = "192.0.2.1", .clear_login = true};
  Login login(site.services, connection);
  const auto now = site.clock.now();
  CHECK(login.check("ann@example.org", Secret(View("secret")), now) == "ann@example.org");
  CHECK(login.delay() == Duration::zero());
  CHECK(login.check("ann@example.org", Secret(View("wrong")), now).error().code == Code::denied);
  CHECK(login.delay() > Duration::zero());
  site.directory.failure = environment_error(Code::unavailable);
  CHECK(login.check("ann@example.org", Secret(View("secret")), now).error().code == Code::unavailable);
  CHECK(login.delay() == Duration::zero());
  CHECK(site.observer.counts[journal::Happening::login_failed] == 2);
}

TEST_CASE("a guesser gets slower and is at last not checked; waiting helps") {
  Site site;
  const Connection connection{.remote = "192.0.2.1", .clear_login = true};
  Login login(site.services, connection);
  Duration last{};
  for (int i = 0; i < 20; ++i) {
    CHECK_FALSE(login.check("ann@example.org", Secret(View("wrong")), site.clock.now()));
    CHECK(login.delay() >= last);
    last = login.delay();
  }
  CHECK(login.check("ann@example.org", Secret(View("secret")), site.clock.now()).error().code == Code::denied);
  CHECK(login.delay() > Duration::zero());
  site.clock.advance(std::chrono::minutes(16));
  CHECK(login.check("ann@example.org", Secret(View("secret")), site.clock.now()).has_value());
}

namespace {
/// Knows one token.
class OneToken : public TokenJudge {
 public:
  sasl::TokenVerdict judge(const sasl::BearerToken& token, WallTime) override {
    if (token.token.reveal() == "good") return std::string("ann@example.org");
    return sasl::TokenRefusal{peer_error(Code::denied), "invalid_token", "mail", {}};
  }
};
}  // namespace

TEST_CASE("tokens, certificates and nobody: offered where they are judged, and each acts as itself only") {
  Site site;
  OneToken tokens;
  const Connection connection{.remote = "192.0.2.1"};
  {
    Login login(site.services, connection);
    login.upgraded({});
    for (const View name : {View("OAUTHBEARER"), View("XOAUTH2"), View("EXTERNAL"), View("ANONYMOUS")}) {
      CHECK_FALSE(login.begin(name));
    }
  }
  Services all{site.services.directory,
               site.services.guard,
               site.services.accounts,
               site.services.delivery,
               site.services.observer,
               site.services.clock,
               site.services.random,
               nullptr,
               &tokens,
               "bob@example.org"};
  Login sender(all, connection);
  sender.upgraded({});
  CHECK_FALSE(sender.begin("ANONYMOUS"));
  CHECK_FALSE(sender.accepted().anonymous);
  Login login(all, connection, true);
  CHECK(login.offered().empty());
  login.upgraded({.peer_addresses = {"other@example.org", "ann@example.org"}});
  const auto now = site.clock.now();
  const auto answer = [&](View mechanism, View response) {
    REQUIRE(login.begin(mechanism));
    const auto step = login.step(response, now);
    if (const auto* success = std::get_if<sasl::Success>(&step)) return success->login;
    if (std::holds_alternative<sasl::Challenge>(step)) return own("challenge");
    return own(name_of(std::get<Error>(step).code));
  };
  CHECK(answer("XOAUTH2",
               "user=ann@example.org\x01"
               "auth=Bearer good\x01\x01") == "ann@example.org");
  CHECK(answer("XOAUTH2",
               "user=bob@example.org\x01"
               "auth=Bearer good\x01\x01") == "challenge");
  CHECK(answer("OAUTHBEARER",
               "n,,\x01"
               "auth=Bearer good\x01\x01") == "ann@example.org");
  CHECK(answer("OAUTHBEARER",
               "n,,\x01"
               "auth=Bearer bad\x01\x01") == "challenge");
  CHECK(std::get<Error>(login.step("\x01", now)).code == Code::denied);
  CHECK(login.delay() > Duration::zero());
  CHECK(answer("EXTERNAL", "") == "ann@example.org");
  CHECK(answer("EXTERNAL", "ann@example.org") == "ann@example.org");
  CHECK(answer("EXTERNAL", "bob@example.org") == "denied");
  CHECK(answer("ANONYMOUS", "trace") == "bob@example.org");
  site.directory.failure = environment_error(Code::unavailable);
  CHECK(answer("XOAUTH2",
               "user=ann@example.org\x01"
               "auth=Bearer good\x01\x01") == "unavailable");
  CHECK(answer("EXTERNAL", "") == "unavailable");
  site.directory.failure.reset();
  login.upgraded({});
  CHECK_FALSE(login.begin("EXTERNAL"));
}
