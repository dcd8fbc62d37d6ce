#include "service/roles/message_judge.h"

#include <doctest/doctest.h>

#include "posthorn/service/roles/smtp_role.h"
#include "posthorn/testing/fakes.h"
#include "posthorn/testing/zone_resolver.h"

#include "service/roles/fakes.h"

using namespace posthorn;
using namespace posthorn::roles;
using directory::Enforcement;
using roles::testing::Driver;
using roles::testing::Site;

namespace {

constexpr View kZone =
    "good.example. TXT \"v=spf1 ip4:192.0.2.7 -all\"\n_dmarc.good.example. TXT \"v=DMARC1; p=reject\"\n"
    "_dmarc.soft.example. TXT \"v=DMARC1; p=quarantine\"\nsoft.example. A 192.0.2.8\n";

std::string mail_from(View author, View more = "") {
  return own(more) + "From: <" + own(author) + ">\r\nSubject: a\r\n\r\nText\r\n";
}

/// Answers at once, but of what lies in slow.example nobody hears.
class HalfSilent final : public dns::Resolver {
 public:
  explicit HalfSilent(dns::Resolver& others) : others_(others) {}
  void resolve(dns::Question question, Done done) override {
    if (question.name.ends_with("slow.example")) {
      waiting_.push_back(std::move(done));
    } else {
      others_.resolve(std::move(question), std::move(done));
    }
  }

 private:
  dns::Resolver& others_;
  std::vector<Done> waiting_;
};

/// Keeps what it hears was done.
class HeardJudgements final : public Judgements {
 public:
  void judged(const authentication::Client&, View header, const authentication::Results&,
              const authentication::Decision&, Enforcement done) override {
    CHECK(header.ends_with("\r\n\r\n"));
    heard.push_back(done);
  }
  std::vector<Enforcement> heard;
};

/// An MX whose recipients' domain goes along as far as `follows`.
struct Gate {
  /// What is said to a message in the end, when somebody else asks the DNS, and how long that takes.
  std::pair<std::string, Duration> ask(dns::Resolver& dns, View sender, View message) {
    Authentication other{dns, {.host_name = "mx.example.org"}, nullptr};
    SmtpOptions made;
    made.authentication = &other;
    auto role = make_smtp_role(site.services, {.host_name = "mx.example.org", .remote = "192.0.2.9"}, made);
    role->set_wake([] {});
    Driver drive{*role, site.clock};
    std::string replies = drive("EHLO mx.client.example\r\nMAIL FROM:<" + own(sender) +
                                ">\r\nRCPT TO:<ann@example.org>\r\nDATA\r\n" + own(message) + ".\r\n");
    return {std::move(replies), drive.paused};
  }
  std::string talk(View remote, View sender, View message, std::vector<std::string> recipients = {"ann@example.org"}) {
    auto role = make_smtp_role(site.services, {.host_name = "mx.example.org", .remote = own(remote)}, options());
    Driver drive{*role, site.clock};
    std::string dialogue = "EHLO mx.client.example\r\nMAIL FROM:<" + own(sender) + ">\r\n";
    for (const std::string& recipient : recipients) dialogue += "RCPT TO:<" + recipient + ">\r\n";
    return drive(dialogue + "DATA\r\n" + own(message) + ".\r\n");
  }
  SmtpOptions options() {
    SmtpOptions made;
    made.authentication = &authentication;
    return made;
  }
  const roles::testing::FakeDelivery::Stored& stored() {
    REQUIRE(site.delivery.stored.size() == 1);
    return site.delivery.stored.front();
  }

  posthorn::testing::ZoneResolver resolver{kZone};
  HeardJudgements judgements;
  Site site;
  Authentication authentication{
      resolver, {.host_name = "mx.example.org", .exempt = {*IpNetwork::parse("192.0.2.64/26")}}, &judgements};
};

bool said(const std::string& replies, View what) { return replies.find(what) != std::string::npos; }

}  // namespace

TEST_CASE("message judge: who may send passes, and the mailbox gets the findings") {
  Gate gate;
  CHECK(said(gate.talk("192.0.2.7", "x@good.example", mail_from("x@good.example")), "250 2.0.0"));
  const View fields = gate.stored().findings.fields;
  CHECK(fields.starts_with("Authentication-Results: mx.example.org;"));
  CHECK(fields.contains("spf=pass"));
  CHECK(fields.contains("dmarc=pass"));
  CHECK(gate.stored().findings.asked == Enforcement::none);
  CHECK(gate.stored().envelope.judged);
}

TEST_CASE("message judge: a policy of reject is followed, and one of quarantine") {
  Gate gate;
  CHECK(said(gate.talk("192.0.2.9", "x@other.example", mail_from("x@good.example")), "550 5.7.26"));
  CHECK(gate.site.delivery.stored.empty());
  CHECK(said(gate.talk("192.0.2.9", "x@other.example", mail_from("x@soft.example")), "250 2.0.0"));
  CHECK(gate.stored().findings.asked == Enforcement::quarantine);
}

TEST_CASE("message judge: a message without an author that can be read is junk") {
  for (const View header : {"Subject: a\r\n", "From: Your Bank <>\r\n", "From:\r\n"}) {
    CAPTURE(header);
    Gate gate;
    CHECK(said(gate.talk("192.0.2.7", "x@good.example", own(header) + "\r\nText\r\n"), "250 2.0.0"));
    CHECK(gate.stored().findings.asked == Enforcement::quarantine);
  }
}

TEST_CASE("message judge: judgements are told once it is known what became of the message") {
  Gate gate;
  const auto& heard = gate.judgements.heard;
  const auto talk = [&](View author) { return gate.talk("192.0.2.9", "x@other.example", mail_from(author)); };
  gate.site.delivery.failures.emplace("ann@example.org", environment_error(Code::unavailable));
  CHECK(said(talk("x@soft.example"), "451 4.3.0"));
  CHECK(heard.empty());  // it comes again
  gate.site.delivery.failures.clear();
  CHECK(said(talk("x@soft.example"), "250 2.0.0"));
  CHECK(heard == std::vector{Enforcement::quarantine});
  gate.site.delivery.refusals["ann@example.org"] = "not from you";
  CHECK(said(talk("x@soft.example"), "550 5.7.1 "));
  CHECK(heard.size() == 1);  // that was the wish of the recipient
  CHECK(said(talk("x@good.example"), "550 5.7.26"));
  CHECK(heard == std::vector{Enforcement::quarantine, Enforcement::reject});
  gate.resolver.fail("good.example", dns::Outcome::timed_out);
  CHECK(said(gate.talk("192.0.2.7", "x@good.example", mail_from("x@good.example")), "451 4.7.0"));
  CHECK(heard.size() == 2);
}

TEST_CASE("message judge: a domain that goes along less far gets the mail") {
  Gate gate;
  gate.site.directory.enforcement = Enforcement::quarantine;
  CHECK(said(gate.talk("192.0.2.9", "x@other.example", mail_from("x@good.example")), "250 2.0.0"));
  CHECK(gate.stored().findings.asked == Enforcement::reject);
}

TEST_CASE("message judge: mail that only goes on is neither refused nor changed") {
  Gate gate;
  gate.site.services.queued = true;
  gate.site.directory.backups_of["kept.example"] = std::nullopt;
  const std::string message = mail_from("x@good.example", "Authentication-Results: mx.example.org; dkim=pass\r\n");
  CHECK(said(gate.talk("192.0.2.9", "x@other.example", message, {"x@kept.example"}), "250 2.0.0"));
  CHECK_FALSE(gate.stored().envelope.examine);
}

TEST_CASE("message judge: some clients are not asked about") {
  Gate gate;
  CHECK(said(gate.talk("192.0.2.65", "x@other.example", mail_from("x@good.example")), "250 2.0.0"));
  CHECK(gate.stored().findings.fields.empty());
  CHECK_FALSE(gate.stored().envelope.judged);
  CHECK(gate.resolver.asked() == 0);
}

// RFC 8601 section 5.
TEST_CASE("message judge: results that claim to be ours are taken out of mail that is not judged, too") {
  const std::string message = mail_from("x@good.example", "Authentication-Results: mx.example.org; dmarc=pass\r\n");
  struct Way {
    View remote;  // nothing is asked about it
    bool judging, lmtp;
  };
  for (const Way& way :
       {Way{"192.0.2.65", true, false}, Way{"192.0.2.9", false, false}, Way{"192.0.2.9", false, true}}) {
    Gate gate;
    SmtpOptions options = way.judging ? gate.options() : SmtpOptions();
    options.lmtp = way.lmtp;
    auto role = make_smtp_role(gate.site.services, {.host_name = "mx.example.org", .remote = own(way.remote)}, options);
    Driver drive{*role, gate.site.clock};
    const std::string hello = way.lmtp ? "LHLO a.example\r\n" : "EHLO a.example\r\n";
    CHECK(said(drive(hello + "MAIL FROM:<x@good.example>\r\nRCPT TO:<ann@example.org>\r\nDATA\r\n" + message + ".\r\n"),
               "250 2.0.0"));
    const delivery::Envelope& envelope = gate.stored().envelope;
    CHECK_FALSE(envelope.judged);
    CHECK(static_cast<bool>(envelope.examine) == !way.lmtp);
    if (way.lmtp) continue;  // who hands in there speaks for this host
    const auto examined = envelope.examine(message.substr(0, message.find("\r\n\r\n") + 2));
    REQUIRE(examined.has_value());
    CHECK(examined->header == "From: <x@good.example>\r\nSubject: a\r\n");
  }
}

TEST_CASE("message judge: the end of a message waits for answers, and not for ever") {
  for (const bool answered : {true, false}) {
    Gate gate;
    gate.resolver.defer();
    auto role =
        make_smtp_role(gate.site.services, {.host_name = "mx.example.org", .remote = "192.0.2.7"}, gate.options());
    bool woken = false;
    role->set_wake([&] { woken = true; });
    const auto turn = [&] {
      for (int i = 0; i < 100; ++i) {
        const Wants wants = role->next(gate.site.clock.now());
        if (wants == Wants::work) role->work(gate.site.clock.now());
        if (wants == Wants::pause || wants == Wants::input || wants == Wants::close) return wants;
      }
      return Wants::close;
    };
    role->receive("EHLO mx.client.example\r\nMAIL FROM:<x@good.example>\r\nRCPT TO:<ann@example.org>\r\nDATA\r\n");
    CHECK(turn() == Wants::input);
    role->receive(mail_from("x@good.example") + ".\r\n");
    CHECK(turn() == Wants::pause);
    CHECK(gate.site.delivery.stored.empty());
    REQUIRE(role->deadline().has_value());
    if (answered) {
      while (gate.resolver.deliver() > 0) {
      }
      CHECK(woken);
    } else {
      gate.site.clock.advance(std::chrono::seconds(21));
      CHECK(turn() == Wants::pause);  // DMARC begins
      gate.site.clock.advance(std::chrono::seconds(21));
    }
    CHECK(turn() == Wants::input);
    CHECK(said(own(role->transmit()), answered ? "250 2.0.0" : "451 4.7.0"));
    CHECK(gate.site.delivery.stored.size() == (answered ? 1U : 0U));
    if (answered) CHECK(gate.stored().findings.fields.contains("dmarc=pass"));
  }
}

// RFC 7208 section 4.6.4: a check that takes too long is a temperror, which speaks for nobody.
TEST_CASE("message judge: who sends does not switch DMARC off by a slow DNS of his own") {
  constexpr View kSignature =
      "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed; d=slow.example; s=s; h=from;\r\n"
      " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=; b=AAAA\r\n";
  constexpr View kText = "Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n";  // RFC 8463 A
  const std::string signed_text = own(kSignature) + "From: <ceo@good.example>\r\n\r\n" + own(kText);
  for (const auto& [sender, message] :
       {std::pair<std::string, std::string>{"x@slow.example", mail_from("ceo@good.example")},
        {"x@other.example", signed_text}}) {
    CAPTURE(sender);
    Gate gate;
    HalfSilent dns(gate.resolver);
    const auto [replies, waited] = gate.ask(dns, sender, message);
    CHECK(said(replies, "550 5.7.26"));
    CHECK(waited == std::chrono::seconds(20));
    CHECK(gate.site.delivery.stored.empty());
  }
}

TEST_CASE("message judge: a policy that stays unknown lets a message wait, where somebody goes along with it") {
  Gate gate;
  HalfSilent dns(gate.resolver);
  const auto [replies, waited] = gate.ask(dns, "x@other.example", mail_from("x@slow.example"));
  CHECK(said(replies, "451 4.7.0"));
  CHECK(waited == std::chrono::seconds(40));
  CHECK(gate.site.delivery.stored.empty());
  gate.site.directory.enforcement = Enforcement::none;
  CHECK(said(gate.ask(dns, "x@other.example", mail_from("x@slow.example")).first, "250 2.0.0"));
  CHECK(gate.stored().findings.fields.contains("dmarc=temperror"));
}

TEST_CASE("message judge: a fault of the DNS that will pass refuses nothing for ever") {
  Gate gate;
  gate.resolver.fail("good.example", dns::Outcome::timed_out);
  CHECK(said(gate.talk("192.0.2.7", "x@good.example", mail_from("x@good.example")), "451 4.7.0"));
  gate.resolver.fail("soft.example", dns::Outcome::unavailable);
  CHECK(said(gate.talk("192.0.2.8", "x@soft.example", mail_from("x@soft.example")), "250 2.0.0"));
  CHECK(gate.stored().findings.asked == Enforcement::quarantine);
  CHECK(gate.stored().findings.fields.contains("dmarc=temperror"));
  gate.resolver.recover("good.example");
  CHECK(said(gate.talk("192.0.2.7", "x@good.example", mail_from("x@good.example")), "250 2.0.0"));
}

TEST_CASE("message judge: the connection may end while answers are on their way") {
  Gate gate;
  gate.resolver.defer();
  {
    auto role =
        make_smtp_role(gate.site.services, {.host_name = "mx.example.org", .remote = "192.0.2.7"}, gate.options());
    Driver drive{*role, gate.site.clock};
    static_cast<void>(drive("EHLO a.example\r\nMAIL FROM:<x@good.example>\r\n"));
  }
  CHECK(gate.resolver.deliver() > 0);
}

// RFC 8601 section 5.
TEST_CASE("message judge: results that claim to be ours are taken out of a header") {
  const auto left = [](View header) { return without_own_results(header, "mx.example.org"); };
  CHECK(left("Subject: a\r\nAuthentication-Results: mx.example.org; none\r\nTo: b\r\n") == "Subject: a\r\nTo: b\r\n");
  CHECK(left("authentication-results:\r\n MX.Example.org 1;\r\n\tspf=pass\r\nTo: b\r\n") == "To: b\r\n");
  CHECK(left("Authentication-Results: (hi) \"mx.example.org\"; none\r\n").empty());
  CHECK(left("Authentication-Results: other.example; none\r\n") == "Authentication-Results: other.example; none\r\n");
  CHECK(left("X: mx.example.org; none\r\n") == "X: mx.example.org; none\r\n");
}
