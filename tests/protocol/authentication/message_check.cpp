#include "posthorn/protocol/authentication/message_check.h"

#include <algorithm>
#include <functional>

#include <doctest/doctest.h>

#include "posthorn/bytes/codec/base64.h"
#include "posthorn/bytes/crypto/hash.h"
#include "posthorn/bytes/crypto/private_key.h"
#include "posthorn/testing/zone_resolver.h"

using namespace posthorn;
using namespace posthorn::authentication;

namespace {

// The message and the keys of RFC 8463 appendix A.
constexpr View kSigned =
    "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n d=football.example.com; i=@football.example.com;\r\n"
    " q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n subject : date : message-id : from : subject : date;\r\n"
    " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
    " b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus\r\n Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==\r\n"
    "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n d=football.example.com; i=@football.example.com;\r\n"
    " q=dns/txt; s=test; t=1528637909; h=from : to : subject :\r\n date : message-id : from : subject : date;\r\n"
    " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
    " b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3\r\n"
    " DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz\r\n"
    " dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=\r\n"
    "From: Joe SixPack <joe@football.example.com>\r\nTo: Suzie Q <suzie@shopping.example.net>\r\n"
    "Subject: Is dinner ready?\r\nDate: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"
    "Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n\r\n"
    "Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n";
constexpr View kZone =
    "brisbane._domainkey.football.example.com. TXT \"v=DKIM1; k=ed25519; "
    "p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\"\n"
    "test._domainkey.football.example.com. TXT \"v=DKIM1; k=rsa; "
    "p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/"
    "byYzCNb3W91y3FutAC\" "
    "\"DfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB\"\n"
    "football.example.com. TXT \"v=spf1 ip4:192.0.2.1 -all\"\n"
    "_dmarc.example.com. TXT \"v=DMARC1; p=reject\"\n"
    "1.2.0.192.in-addr.arpa. PTR mail.football.example.com.\nmail.football.example.com. A 192.0.2.1\n";
const WallTime kNow(std::chrono::seconds(1'528'637'909));

using Zone = posthorn::testing::ZoneResolver;

struct Asked {
  Results results;
  std::vector<dns::Question> questions;
};

/// What is found out, with the message in pieces of `size` octets and answers from the front or the back.
Asked judge(const Client& client, View message, std::size_t size = 1000, bool backwards = false,
            const std::function<void(Zone&)>& spoil = {}) {
  Zone resolver(kZone);
  REQUIRE(resolver.problem().empty());
  if (spoil) spoil(resolver);
  MessageCheck check(client, kNow, {});
  for (std::size_t at = 0; at < message.size(); at += size) check.append(message.substr(at, size));
  check.finish(kNow);
  Asked asked;
  while (!check.wanted().empty()) {
    REQUIRE(asked.questions.size() < 100);
    const std::size_t index = backwards ? check.wanted().size() - 1 : 0;
    asked.questions.push_back(check.wanted()[index]);
    resolver.resolve(check.wanted()[index], [&](dns::Answer answer) { check.answer(index, std::move(answer)); });
  }
  asked.results = check.verdict();
  return asked;
}

Client client(View address = "192.0.2.1") {
  return {.address = IpAddress::parse(address),
          .hello = "mail.football.example.com",
          .sender = "joe@football.example.com",
          .host_name = "mx.example.net"};
}

/// The field without its folding.
std::string field(const Results& results, const Client& from) {
  std::string text;
  for (const char c : format_results(results, from)) {
    if (c != '\r' && c != '\n') text.push_back(c == '\t' ? ' ' : c);
  }
  return text;
}

}  // namespace

TEST_CASE("authentication: a message that everybody stands for, in any pieces and with answers in any order") {
  for (const bool backwards : {false, true}) {
    for (const std::size_t size : {1U, 7U, 10'000U}) {
      auto [results, questions] = judge(client(), kSigned, size, backwards);
      CHECK(results.spf->status == spf::Status::pass);
      CHECK(results.dkim.outcome == dkim::Outcome::pass);
      CHECK(results.dkim.signatures.size() == 2);
      CHECK(results.iprev->status == iprev::Status::pass);
      CHECK(results.dmarc.status == dmarc::Status::pass);
      CHECK(results.dmarc.policy == dmarc::Policy::reject);
      std::sort(questions.begin(), questions.end());
      CHECK(std::adjacent_find(questions.begin(), questions.end()) == questions.end());
    }
  }
}

TEST_CASE("authentication: the field says what was found") {
  const std::string said = field(judge(client(), kSigned).results, client());
  CHECK(said.starts_with("Authentication-Results: mx.example.net;"));
  for (const View part : {"iprev=pass", "policy.iprev=192.0.2.1", "spf=pass", "smtp.mailfrom=joe@football.example.com",
                          "dkim=pass", "header.d=football.example.com", "header.s=brisbane", "header.a=rsa-sha256",
                          "header.b=F45dVWDf", "dmarc=pass", "header.from=football.example.com"}) {
    CAPTURE(part);
    CHECK(said.contains(part));
  }
}

TEST_CASE("authentication: one of SPF and DKIM is enough for DMARC, none is not") {
  const auto elsewhere = judge(client("192.0.2.9"), kSigned).results;
  CHECK(elsewhere.spf->status == spf::Status::fail);
  CHECK(elsewhere.dmarc.status == dmarc::Status::pass);
  CHECK(elsewhere.dmarc.aligned_dkim == "football.example.com");

  std::string changed(kSigned);
  changed.replace(changed.find("lost"), 4, "won ");
  const auto altered = judge(client(), changed).results;
  CHECK(altered.dkim.outcome == dkim::Outcome::fail);
  CHECK(altered.dmarc.status == dmarc::Status::pass);
  CHECK(altered.dmarc.aligned_spf == "football.example.com");

  const auto forged = judge(client("192.0.2.9"), changed).results;
  CHECK(forged.dmarc.status == dmarc::Status::fail);
  CHECK(forged.dmarc.requested == dmarc::Policy::reject);
  CHECK(field(forged, client("192.0.2.9")).contains("reason=\"body hash did not verify\""));
}

TEST_CASE("authentication: a key in test mode stands for nothing (RFC 6376 section 3.6.1)") {
  const auto test_mode = [](Zone& zone) {
    zone.erase("test._domainkey.football.example.com");
    zone.erase("brisbane._domainkey.football.example.com");
    REQUIRE(
        zone.add("brisbane._domainkey.football.example.com. TXT \"v=DKIM1; k=ed25519; t=y; "
                 "p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\"\n"));
  };
  const auto results = judge(client("192.0.2.9"), kSigned, 1000, false, test_mode).results;
  CHECK(results.dkim.signatures[0].passed());
  CHECK(results.dmarc.status == dmarc::Status::fail);
}

// RFC 6376 section 8.2.
TEST_CASE("authentication: a signature of the beginning of the body does not stand for what was put behind it") {
  constexpr View kBody = "Text\r\n";
  const std::string from = "From: <joe@football.example.com>\r\n";
  const std::string field =
      "DKIM-Signature: v=1; a=ed25519-sha256; d=football.example.com; s=brisbane; h=from; l=6; bh=" +
      codec::base64_encode(crypto::sha256(kBody)) + "; b=";
  const auto key = crypto::PrivateKey::ed25519(*codec::base64_decode("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="));
  REQUIRE(key.has_value());
  const std::string message = field + codec::base64_encode(key->sign_digest(crypto::sha256(from + field))) + "\r\n" +
                              from + "\r\n" + own(kBody);
  CHECK(judge(client("192.0.2.9"), message).results.dmarc.status == dmarc::Status::pass);
  const auto longer = judge(client("192.0.2.9"), message + "and what somebody else adds\r\n").results;
  CHECK(longer.dkim.signatures.at(0).passed());
  CHECK(longer.dmarc.status == dmarc::Status::fail);
  CHECK(longer.dmarc.requested == dmarc::Policy::reject);
}

TEST_CASE("authentication: a DNS that is silent holds nothing against a message") {
  const auto silent = [](Zone& zone) {
    for (const View name :
         {"football.example.com", "brisbane._domainkey.football.example.com", "test._domainkey.football.example.com",
          "_dmarc.football.example.com", "_dmarc.example.com"})
      zone.fail(name, dns::Outcome::timed_out);
  };
  const auto results = judge(client(), kSigned, 1000, false, silent).results;
  CHECK(results.spf->status == spf::Status::temperror);
  CHECK(results.dkim.outcome == dkim::Outcome::temperror);
  CHECK(results.dmarc.status == dmarc::Status::temperror);
  CHECK(results.dmarc.requested == dmarc::Policy::none);
}

TEST_CASE("authentication: who may have passed and would be aligned did not fail") {
  const auto silent = [](const std::vector<std::string>& names) {
    return [names](Zone& zone) {
      for (const std::string& name : names) zone.fail(name, dns::Outcome::unavailable);
    };
  };
  std::string changed(kSigned);
  changed.replace(changed.find("lost"), 4, "won ");
  const auto no_keys =
      judge(client("192.0.2.9"), kSigned, 1000, false,
            silent({"brisbane._domainkey.football.example.com", "test._domainkey.football.example.com"}))
          .results;
  const auto no_sender = judge(client(), changed, 1000, false, silent({"football.example.com"})).results;
  for (const Results& results : {no_keys, no_sender}) {
    CHECK(results.dmarc.status == dmarc::Status::temperror);
    CHECK(results.dmarc.requested == dmarc::Policy::none);
    CHECK(results.dmarc.at_worst == dmarc::Policy::reject);
  }
  // Whoever is silent and would not be aligned changes nothing.
  Client other = client("192.0.2.9");
  other.sender = "x@silent.example";
  CHECK(judge(other, changed, 1000, false, silent({"silent.example"})).results.dmarc.status == dmarc::Status::fail);
}

TEST_CASE("authentication: who gives up on SPF and DKIM asks DMARC") {
  MessageCheck check(client(), kNow, {});
  check.append(kSigned);
  check.finish(kNow);
  check.give_up();
  REQUIRE(check.wanted().size() == 1);
  CHECK(check.wanted()[0].name == "_dmarc.football.example.com");
  CHECK(check.verdict().spf->status == spf::Status::temperror);
  CHECK(check.verdict().dkim.outcome == dkim::Outcome::temperror);
  CHECK(check.verdict().iprev->status == iprev::Status::temperror);
  check.give_up();
  CHECK(check.wanted().size() == 1);
}

TEST_CASE("authentication: without an address neither SPF nor the client's name are looked at") {
  Client unknown = client();
  unknown.address = std::nullopt;
  const auto results = judge(unknown, kSigned).results;
  CHECK_FALSE(results.spf.has_value());
  CHECK_FALSE(results.iprev.has_value());
  CHECK(results.dmarc.status == dmarc::Status::pass);
}

TEST_CASE("authentication: for the null sender the name in HELO counts") {
  Client report = client();
  report.sender.clear();
  report.hello = "football.example.com";
  const auto results = judge(report, "From: <MAILER-DAEMON@football.example.com>\r\n\r\n").results;
  CHECK(results.spf->status == spf::Status::pass);
  CHECK(results.dmarc.aligned_spf == "football.example.com");
  CHECK(field(results, report).contains("smtp.helo=football.example.com"));
}

TEST_CASE("authentication: authors of different domains are an error (RFC 9989 section 4.10)") {
  for (const View message : {"From: <a@football.example.com>\r\nFrom: <b@other.example>\r\n\r\n",
                             "From: <a@football.example.com>, <b@other.example>\r\n\r\n"})
    CHECK(judge(client(), message).results.dmarc.status == dmarc::Status::permerror);
}

TEST_CASE("authentication: no record of somebody else fills the field") {
  Results results;
  results.spf = spf::Verdict{.status = spf::Status::pass,
                             .record_domain = "long.example",
                             .mechanism = "exists:" + std::string(5000, 'a') + ".example"};
  CHECK(format_results(results, client()).size() < 1000);
}

TEST_CASE("authentication: nothing that a peer says can start a new field") {
  Client rude = client();
  rude.sender = "a\r\nX: y@football.example.com";
  rude.hello = "b\r\nX: z";
  const std::string said = format_results(judge(rude, "From: <x@football.example.com>\r\n\r\n").results, rude);
  CHECK_FALSE(said.contains("\r\nX:"));
  CHECK(said.ends_with("\r\n"));
}
