#include "service/roles/client_checks.h"

#include <doctest/doctest.h>

#include "posthorn/service/roles/smtp_role.h"
#include "posthorn/service/store/memory.h"
#include "posthorn/testing/fakes.h"
#include "posthorn/testing/zone_resolver.h"

#include "service/roles/fakes.h"

using namespace posthorn;
using namespace posthorn::roles;
using roles::testing::Driver;
using roles::testing::Site;

namespace {

constexpr View kZone =
    "9.2.0.192.bad.example. A 127.0.0.2\n9.2.0.192.bad.example. TXT \"see us\"\n"
    "9.2.0.192.in-addr.arpa. PTR mx.client.example.\nmx.client.example. A 192.0.2.9\n"
    "7.2.0.192.in-addr.arpa. PTR mx.good.example.\nmx.good.example. A 192.0.2.7\n"
    "good.example. MX 10 mx.good.example.\nnull.example. MX 0 .\n";

struct Gate {
  explicit Gate(int weight, bool names, admission::RateLimits few = {}) : limits(std::move(few)) {
    settings.names = names;
    settings.own_names = {"mx.example.org"};
    checks.set_lists(*dnsbl::parse_lists("bad.example=127.0.0.2*" + std::to_string(weight)));
    REQUIRE(resolver.problem().empty());
  }
  posthorn::testing::ZoneResolver resolver{kZone};
  std::unique_ptr<store::Store> store = store::make_memory_store();
  std::unique_ptr<store::Partition> rows = std::move(*store->open(store::AccountId{9}));
  admission::RateLimits limits;
  Site site;
  admission::Greylist greylist{*rows, site.clock};
  admission::Judge judge{&greylist};
  admission::SourceRates rates{limits};
  MxChecks::Settings settings;
  MxChecks checks{resolver, judge, rates, settings};

  std::string talk(View remote, View hello, View sender, View recipient = "ann@example.org") {
    MxChecks with{resolver, judge, rates, settings};
    with.set_lists(*checks.lists());
    SmtpOptions options;
    options.checks = &with;
    auto role = make_smtp_role(site.services, {.host_name = "mx.example.org", .remote = own(remote)}, options);
    Driver drive{*role, site.clock};
    return drive("EHLO " + own(hello) + "\r\nMAIL FROM:<" + own(sender) + ">\r\nRCPT TO:<" + own(recipient) +
                 ">\r\nQUIT\r\n");
  }
};

bool said(const std::string& replies, View what) { return replies.find(what) != std::string::npos; }

}  // namespace

TEST_CASE("MX checks: a client on a list with enough weight is refused, and told which") {
  Gate gate(10, false);
  const std::string replies = gate.talk("192.0.2.9", "mx.client.example", "x@good.example");
  CHECK(said(replies, "550 5.7.1"));
  CHECK(said(replies, "bad.example"));
  CHECK(said(gate.talk("192.0.2.7", "mx.good.example", "x@good.example"), "250 2.1.5"));
}

TEST_CASE("MX checks: a suspicious client comes again, and then it is taken") {
  Gate gate(4, false);
  CHECK(said(gate.talk("192.0.2.9", "mx.client.example", "x@good.example"), "451 4.7.1"));
  gate.site.clock.advance(std::chrono::minutes(6));
  CHECK(said(gate.talk("192.0.2.9", "mx.client.example", "x@good.example"), "250 2.1.5"));
}

// RFC 7505 section 4.2.
TEST_CASE("MX checks: a sender that can get no answer is refused") {
  Gate gate(0, true);
  CHECK(said(gate.talk("192.0.2.7", "mx.good.example", "x@null.example"), "550 5.7.27"));
  CHECK(said(gate.talk("192.0.2.7", "mx.good.example", "x@none.example"), "550 5.1.8"));
  CHECK(said(gate.talk("192.0.2.7", "mx.good.example", "x@good.example"), "250 2.1.5"));
  gate.resolver.fail("good.example", dns::Outcome::timed_out);
  CHECK(said(gate.talk("192.0.2.7", "mx.good.example", "x@good.example"), "451 4.4.3"));
}

TEST_CASE("MX checks: answers are waited for, and not for ever") {
  Gate gate(10, false);
  gate.resolver.defer();
  SmtpOptions options;
  options.checks = &gate.checks;
  auto role = make_smtp_role(gate.site.services, {.host_name = "mx.example.org", .remote = "192.0.2.9"}, options);
  bool woken = false;
  role->set_wake([&] { woken = true; });
  role->receive("EHLO c.example\r\nMAIL FROM:<x@good.example>\r\nRCPT TO:<ann@example.org>\r\n");
  const auto turn = [&] {
    for (int i = 0; i < 100; ++i) {
      const Wants wants = role->next(gate.site.clock.now());
      if (wants == Wants::work) role->work(gate.site.clock.now());
      if (wants == Wants::pause || wants == Wants::input || wants == Wants::close) return wants;
    }
    return Wants::close;
  };
  CHECK(turn() == Wants::pause);
  CHECK(role->deadline().has_value());
  while (gate.resolver.deliver() > 0) {
  }
  CHECK(woken);
  CHECK(turn() == Wants::input);
  CHECK(said(own(role->transmit()), "550 5.7.1"));
}

TEST_CASE("MX checks: a connection may end while answers are on their way") {
  Gate gate(10, true);
  gate.resolver.defer();
  SmtpOptions options;
  options.checks = &gate.checks;
  {
    auto role = make_smtp_role(gate.site.services, {.host_name = "mx.example.org", .remote = "192.0.2.9"}, options);
    role->set_wake([] { FAIL_CHECK("nobody is there"); });
    role->receive("EHLO c.example\r\nMAIL FROM:<x@good.example>\r\n");
    static_cast<void>(role->next(gate.site.clock.now()));
  }
  while (gate.resolver.deliver() > 0) {
  }
}

TEST_CASE("MX checks: a source has so many connections and messages, and loopback any") {
  admission::RateLimits few;
  few.connections = 1;
  few.messages_per_minute = 1;
  Gate gate(0, false, few);
  ClientChecks first(&gate.checks);
  CHECK(first.connected("192.0.2.50", gate.site.clock.now()));
  ClientChecks second(&gate.checks);
  CHECK_FALSE(second.connected("192.0.2.50", gate.site.clock.now()));
  CHECK(first.begin("c", "x@good.example", gate.site.clock.now()));
  CHECK_FALSE(first.begin("c", "x@good.example", gate.site.clock.now()));
  for (int i = 0; i < 5; ++i) {
    ClientChecks near(&gate.checks);
    CHECK(near.connected("127.0.0.1", gate.site.clock.now()));
    CHECK(near.ready(gate.site.clock.now()));
    CHECK_FALSE(near.judge("ann@example.org").has_value());
  }
  ClientChecks unchecked(nullptr);
  CHECK(unchecked.connected("192.0.2.50", gate.site.clock.now()));
  CHECK(unchecked.begin("c", "x", gate.site.clock.now()));
}

TEST_CASE("MX checks: who asks for the queue has asked for a message") {
  Gate gate(0, false, {.messages_per_minute = 2});
  SmtpOptions options;
  options.checks = &gate.checks;
  options.offers.etrn = true;
  auto role = make_smtp_role(gate.site.services, {.host_name = "mx.example.org", .remote = "192.0.2.7"}, options);
  Driver drive{*role, gate.site.clock};
  CHECK(said(drive("EHLO mx.good.example\r\n"), "ETRN"));
  CHECK(said(drive("ETRN good.example\r\n"), "459"));
  CHECK(said(drive("ETRN good.example\r\n"), "459"));
  CHECK(said(drive("ETRN good.example\r\n"), "450 4.3.2"));
  CHECK(said(drive("MAIL FROM:<x@good.example>\r\n"), "450 4.7.1"));
  gate.site.clock.advance(std::chrono::minutes(1));
  CHECK(said(drive("ETRN good.example\r\n"), "459"));
}
