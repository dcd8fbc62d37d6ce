#include "posthorn/protocol/spf/evaluation.h"

#include <string>

#include <doctest/doctest.h>

#include "protocol/dnsbl/drive.h"

namespace posthorn::spf {
namespace {

Request from(const std::string& sender, View client = "192.0.2.1") {
  return {.client = *IpAddress::parse(client),
          .helo = "mail.client.example",
          .mail_from = sender,
          .receiver = "mx.receiver.example",
          .now = WallTime(std::chrono::seconds(1'700'000'000))};
}

Verdict check(testing::ZoneResolver& dns, const Request& request, const Options& options = {}) {
  REQUIRE_MESSAGE(dns.problem().empty(), dns.problem());
  Evaluation evaluation(request, options);
  return testing::drive(evaluation, dns);
}
Verdict check(View zone, const std::string& sender = "joe@a.example", const Options& options = {}) {
  testing::ZoneResolver dns(zone);
  return check(dns, from(sender), options);
}
Status status(View zone, const Limits& limits = {}) { return check(zone, "joe@a.example", {.limits = limits}).status; }

TEST_CASE("a verdict says whose record decided, and by what") {
  const Verdict verdict = check(
      "a.example. TXT \"v=spf1 include:b.example redirect=c.example\"\n"
      "b.example. TXT \"v=spf1 ip4:198.51.100.0/24 -all\"\n"
      "c.example. TXT \"v=spf1 ~ip4:192.0.2.0/24 -all\"\n");
  CHECK(verdict.status == Status::softfail);
  CHECK(verdict.domain == "a.example");
  CHECK(verdict.record_domain == "c.example");
  CHECK(verdict.mechanism == "~ip4:192.0.2.0/24");
  CHECK(verdict.why.empty());
  CHECK(verdict.steps.empty());
  CHECK(word_of(verdict.status) == "softfail");
}

TEST_CASE("an error says why, and where") {
  const Verdict verdict = check(
      "a.example. TXT \"v=spf1 include:b.example\"\n"
      "b.example. TXT \"v=spf1 ipv4:192.0.2.1\"\n");
  CHECK(verdict.status == Status::permerror);
  CHECK(verdict.record_domain == "b.example");
  CHECK(verdict.why == "the term \"ipv4:192.0.2.1\" is wrong");
  CHECK(check("b.example. A 192.0.2.1\n").why == "there is no record");
}

TEST_CASE("steps tell what happened") {
  const Verdict verdict = check(
      "a.example. TXT \"v=spf1 mx -all\"\n"
      "a.example. MX 10 mx.a.example.\n"
      "mx.a.example. A 192.0.2.9\n",
      "joe@a.example", {.steps = true});
  CHECK(verdict.steps == std::vector<std::string>{"May 192.0.2.1 send for \"joe@a.example\"?",
                                                  "Asked for TXT of a.example: \"v=spf1 mx -all\".",
                                                  "The record of a.example is \"v=spf1 mx -all\".",
                                                  "Asked for MX of a.example: 10 mx.a.example.",
                                                  "Asked for A of mx.a.example: 192.0.2.9.", "\"mx\" does not match.",
                                                  "\"-all\" matches: fail.", "The result is fail."});
  CHECK(check("a.example. TXT \"v=spf1 mx -all\"\n", "joe@a.example", {.limits = {.steps = 3}, .steps = true})
            .steps.size() == 3);
}

TEST_CASE("the root takes no mail, and is not asked for (RFC 7505)") {
  for (const char* root : {"", "."}) {
    Evaluation evaluation(from("joe@a.example"));
    evaluation.answer(0, {.outcome = dns::Outcome::found, .records = {dns::Txt{"v=spf1 mx -all"}}});
    REQUIRE(evaluation.wanted().front().type == dns::Type::mx);
    evaluation.answer(0, {.outcome = dns::Outcome::found, .records = {dns::Mx{0, root}}});
    CHECK(evaluation.wanted().empty());
    CHECK(evaluation.verdict().status == Status::fail);
  }
}

TEST_CASE("the null sender is postmaster at the name of EHLO (RFC 7208 section 2.4)") {
  const View zone =
      "mail.client.example. TXT \"v=spf1 -all exp=why.example\"\nwhy.example. TXT \"%{s} is not at %{c}\"\n";
  const Verdict verdict = check(zone, "");
  CHECK(verdict.domain == "mail.client.example");
  CHECK(verdict.explanation == "postmaster@mail.client.example is not at 192.0.2.1");
  CHECK(check(zone, "@mail.client.example").explanation == verdict.explanation);
  CHECK(check(zone, "mail.client.example").explanation == verdict.explanation);
}

TEST_CASE("no name of a domain: none, without a question (RFC 7208 section 4.3)") {
  for (const char* sender : {"joe@localhost", "joe@[192.0.2.1]", "joe@a..example", "joe@", "joe@-a.example"}) {
    testing::ZoneResolver dns("a.example. TXT \"v=spf1 -all\"\n");
    CAPTURE(sender);
    CHECK(check(dns, from(sender)).status == Status::none);
    CHECK(dns.asked() == 0);
  }
}

TEST_CASE("U-labels are asked for as A-labels; a local part that is no ASCII matches nothing (RFC 8616 section 4)") {
  const View zone =
      "xn--kln-sna.example. TXT \"v=spf1 exists:%{l}.%{d} ip4:192.0.2.1 -all\"\n"
      "*.xn--kln-sna.example. A 127.0.0.2\n";
  testing::ZoneResolver dns(zone);
  CHECK(check(dns, from("joe@K\xC3\xB6ln.example")).mechanism == "exists:%{l}.%{d}");
  CHECK(check(dns, from("jos\xC3\xA9@K\xC3\xB6ln.example")).mechanism == "ip4:192.0.2.1");
  CHECK(check("a.example. TXT \"v=spf1 redirect=%{l}.example\"\n", "jos\xC3\xA9@a.example").status ==
        Status::permerror);
}

TEST_CASE("lookups are counted (RFC 7208 section 4.6.4)") {
  const View zone = "a.example. TXT \"v=spf1 a a a ip4:192.0.2.1\"\na.example. A 198.51.100.1\n";
  CHECK(status(zone, {.lookups = 3}) == Status::pass);
  CHECK(status(zone, {.lookups = 2}) == Status::permerror);
}

TEST_CASE("lookups that lead to nothing are counted") {
  const View zone = "a.example. TXT \"v=spf1 a:no.example mx:no.example exists:no.example ip4:192.0.2.1\"\n";
  CHECK(status(zone, {.void_lookups = 3}) == Status::pass);
  CHECK(status(zone, {.void_lookups = 2}) == Status::permerror);
  CHECK(status("a.example. TXT \"v=spf1 ptr:x.example ip4:192.0.2.1\"\n", {.void_lookups = 0}) == Status::permerror);
  CHECK(status("a.example. TXT \"v=spf1 a:%{p} -all\"\n", {.void_lookups = 1}) == Status::fail);
}

TEST_CASE("hosts of mx, and names of the client, are limited") {
  const View zone =
      "a.example. TXT \"v=spf1 mx ptr -all\"\n"
      "a.example. MX 1 one.example.\na.example. MX 2 two.example.\n"
      "one.example. A 198.51.100.1\ntwo.example. A 198.51.100.2\n"
      "1.2.0.192.in-addr.arpa. PTR one.example.\n1.2.0.192.in-addr.arpa. PTR x.a.example.\nx.a.example. A 192.0.2.1\n";
  CHECK(status(zone) == Status::pass);
  CHECK(status(zone, {.mx_names = 1}) == Status::permerror);
  CHECK(status(zone, {.ptr_names = 1}) == Status::fail);
}

TEST_CASE("records that lead to one another end") {
  testing::ZoneResolver dns(
      "a.example. TXT \"v=spf1 include:b.example -all\"\n"
      "b.example. TXT \"v=spf1 redirect=a.example\"\n"
      "wide.example. TXT \"v=spf1 include:wide.example include:wide.example include:wide.example\"\n"
      "macro.example. TXT \"v=spf1 include:x.%{d}\"\n"
      "*.macro.example. TXT \"v=spf1 include:x.%{d}\"\n");
  for (const char* domain : {"a.example", "wide.example", "macro.example"}) {
    const std::size_t before = dns.asked();
    CHECK(check(dns, from("joe@" + std::string(domain))).status == Status::permerror);
    CHECK(dns.asked() - before == 11);
  }
  const std::size_t before = dns.asked();
  CHECK(check(dns, from("joe@a.example"), {.limits = {.depth = 3}}).why == "records lead to one another too deep");
  CHECK(dns.asked() - before == 3);
}

TEST_CASE("questions in all are limited") {
  std::string zone = "a.example. TXT \"v=spf1 mx ptr -all\"\n";
  for (int i = 0; i < 10; ++i) {
    zone +=
        "a.example. MX 10 m" + std::to_string(i) + ".example.\nm" + std::to_string(i) + ".example. A 198.51.100.1\n";
    zone += "1.2.0.192.in-addr.arpa. PTR m" + std::to_string(i) + ".example.\n";
  }
  CHECK(status(zone) == Status::fail);
  CHECK(status(zone, {.questions = 23}) == Status::fail);  // the record, MX and 10 hosts, PTR and 10 names
  for (const std::size_t most : {22, 12, 11, 2, 1, 0}) CHECK(status(zone, {.questions = most}) == Status::permerror);
}

TEST_CASE("silence is temperror, absence is not (RFC 7208 sections 2.6.6, 5)") {
  testing::ZoneResolver dns(
      "a.example. TXT \"v=spf1 a:host.example mx:mx.example exists:list.example ip4:192.0.2.1\"\n"
      "mx.example. MX 10 m1.example.\nmx.example. MX 10 m2.example.\n"
      "m1.example. A 198.51.100.1\nm2.example. A 198.51.100.1\n");
  CHECK(check(dns, from("joe@a.example")).status == Status::pass);
  for (const char* name : {"a.example", "host.example", "mx.example", "m1.example", "m2.example", "list.example"}) {
    for (const dns::Outcome outcome : {dns::Outcome::timed_out, dns::Outcome::unavailable}) {
      CAPTURE(name);
      dns.fail(name, outcome);
      CHECK(check(dns, from("joe@a.example")).status == Status::temperror);
      dns.recover(name);
    }
  }
}

TEST_CASE("aliases in a circle") {
  const View circle = "x.example. CNAME y.example.\ny.example. CNAME x.example.\n";
  CHECK(status(own(circle) + "a.example. TXT \"v=spf1 a:x.example -all\"\n") == Status::temperror);
  CHECK(status("a.example. CNAME b.example.\nb.example. CNAME a.example.\n") == Status::temperror);
  CHECK(status(own(circle) + "1.2.0.192.in-addr.arpa. PTR x.example.\na.example. TXT \"v=spf1 ptr -all\"\n") ==
        Status::fail);
  CHECK(status("a.example. CNAME b.example.\nb.example. TXT \"v=spf1 +all\"\n") == Status::pass);
}

TEST_CASE("records that are too long, or that are two") {
  CHECK(status("a.example. TXT \"v=spf1 " + std::string(200, ' ') + "+all\"\n", {.record_octets = 100}) ==
        Status::permerror);
  CHECK(status("a.example. TXT \"v=spf1 +all\"\na.example. TXT \"v=spf1 -all\"\n") == Status::permerror);
  CHECK(status("a.example. TXT \"v=spf1 +all\"\na.example. TXT \"v=spf2 -all\"\n") == Status::pass);
}

TEST_CASE("an explanation is one line of ASCII and not too long (RFC 7208 section 6.2)") {
  const std::string record = "a.example. TXT \"v=spf1 -all exp=why.example\"\n";
  CHECK(check(record + "why.example. TXT \"no %{o}\"\n").explanation == "no a.example");
  CHECK(check(record + "why.example. TXT \"no \\013\\010250 ok\"\n").explanation.empty());
  CHECK(check(record + "why.example. TXT \"n\\195\\182\"\n").explanation.empty());
  CHECK(check(record + "why.example. TXT \"%{l}\"\n", "jos\xC3\xA9@a.example").explanation.empty());
  CHECK(check(record + "why.example. TXT \"%{l}\"\n", "\"a\r\nb\"@a.example").explanation.empty());
  CHECK(check(record + "why.example. TXT \"" + std::string(200, 'x') + "\"\n", "joe@a.example",
              {.limits = {.explanation_octets = 50}})
            .explanation == std::string(50, 'x'));
  testing::ZoneResolver dns(record);
  dns.fail("why.example", dns::Outcome::timed_out);
  CHECK(check(dns, from("joe@a.example")).status == Status::fail);
}

TEST_CASE("the name of the client in an explanation is asked for once") {
  testing::ZoneResolver dns(
      "a.example. TXT \"v=spf1 ptr:no.example -all exp=%{p}.why.example\"\n"
      "x.a.example.why.example. TXT \"you are %{p}\"\n"
      "1.2.0.192.in-addr.arpa. PTR other.example.\n1.2.0.192.in-addr.arpa. PTR x.a.example.\n"
      "other.example. A 192.0.2.1\nx.a.example. A 192.0.2.1\n");
  CHECK(check(dns, from("joe@a.example")).explanation == "you are x.a.example");
  CHECK(dns.asked("1.2.0.192.in-addr.arpa") == 1);
}

TEST_CASE("the hosts of mx are asked for at the same time, and the order of the answers makes no difference") {
  testing::ZoneResolver dns(
      "a.example. TXT \"v=spf1 mx -all\"\na.example. MX 1 one.example.\na.example. MX 2 two.example.\n"
      "two.example. A 192.0.2.1\n");
  dns.fail("one.example", dns::Outcome::timed_out);
  for (const bool from_the_end : {false, true}) {
    Evaluation evaluation(from("joe@a.example"));
    CHECK(testing::drive(evaluation, dns, from_the_end).status == Status::temperror);
  }
  Evaluation evaluation(from("joe@a.example"));
  for (int i = 0; i < 2; ++i) {
    dns.resolve(evaluation.wanted()[0], [&](dns::Answer answer) { evaluation.answer(0, std::move(answer)); });
  }
  CHECK(evaluation.wanted().size() == 2);
}

}  // namespace
}  // namespace posthorn::spf
