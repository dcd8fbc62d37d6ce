#include "posthorn/protocol/dkim/verifier.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include <doctest/doctest.h>

#include "posthorn/grammar/frame/text.h"
#include "posthorn/testing/splits.h"

#include "protocol/dkim/mail.h"
#include "shared_data.h"

namespace posthorn::dkim {
namespace {

using std::chrono::seconds;

Reason reason_of(View message, View zone = test_zone(), WallTime now = kNow, VerifierOptions options = {}) {
  const Verdict verdict = verify(message, zone, now, options);
  REQUIRE(verdict.signatures.size() == 1);
  CHECK(verdict.outcome == verdict.signatures[0].outcome());
  return verdict.signatures[0].reason;
}

std::string zone_with(View tags) {
  return record_line("sel", "example.org", KeyRecord::of(test_key().public_key()).format() + "; " + own(tags));
}

/// A file of Stalwart's: lines of key records, an empty line, a message.
struct Sample {
  std::string zone;
  std::string message;
};
Sample sample_of(const std::filesystem::path& path) {
  const std::string text = testing::read_whole_file(path);
  Sample sample;
  std::size_t at = 0;
  for (std::size_t end = text.find('\n'); end != at; at = end + 1, end = text.find('\n', at)) {
    const std::string line = text.substr(at, end - at);
    const std::size_t space = line.find(' ');
    sample.zone += zone_text(line.substr(0, space), View(line).substr(space + 1)) + "\n";
  }
  sample.message = frame::with_crlf(View(text).substr(at + 1));
  return sample;
}

TEST_CASE("the table has a row for each reason") {
  for (std::size_t i = 0; i < kReasons.size(); ++i) CHECK(kReasons[i].reason == static_cast<Reason>(i));
  CHECK(row_of(Reason::unknown_query).outcome == Outcome::neutral);
  std::set<View> words;
  for (int i = 0; i <= static_cast<int>(Outcome::permerror); ++i) words.insert(name_of(static_cast<Outcome>(i)));
  CHECK(words == std::set<View>{"none", "pass", "fail", "policy", "neutral", "temperror", "permerror"});
}

TEST_CASE("published messages pass") {
  const auto folder = testing::shared_data("dkim/mail-auth");
  if (!folder) return;
  std::size_t signatures = 0;
  for (const char* name : {"001.txt", "002.txt", "003.txt", "004.txt", "005.txt", "006.txt"}) {
    CAPTURE(name);
    const Sample sample = sample_of(*folder / name);
    Verifier first;
    first.append(sample.message);
    first.finish(kNow);
    const auto at = first.verdict().signatures.at(0).signed_at.value_or(kNow);
    const Verdict verdict = verify(sample.message, sample.zone, at);
    for (const SignatureVerdict& one : verdict.signatures) {
      CAPTURE(row_of(one.reason).words);
      CHECK(one.passed());
      ++signatures;
    }
    const std::size_t body = sample.message.find("\r\n\r\n") + 4;
    std::string other = sample.message;
    other.insert(body, "x");
    CHECK(verify(other, sample.zone, at).outcome == Outcome::fail);
  }
  CHECK(signatures == 8);
}

// RFC 8463 appendix A.3.
TEST_CASE("the sample of RFC 8463, at every split") {
  const auto file = testing::shared_data("dkim/mail-auth/001.txt");
  if (!file) return;
  const Sample sample = sample_of(*file);
  testing::ZoneResolver dns(sample.zone);
  CHECK(testing::for_every_split(sample.message, [&](auto&& feed) {
          Verifier verifier;
          feed([&](View piece) { verifier.append(piece); });
          verifier.finish(kNow);
          std::string out;
          for (const SignatureVerdict& one : testing::drive(verifier, dns, true).signatures) {
            out.append(name_of(one.outcome())).append(" ").append(one.domain).append(" ").append(one.selector);
            out.append(" ").append(one.header_b).append(" ").append(std::to_string(one.key_bits)).append("\n");
          }
          CHECK(out ==
                "pass football.example.com brisbane /gCrinpc 256\npass football.example.com test F45dVWDf 1024\n");
          return out;
        }).empty());
}

TEST_CASE("messages without signatures") {
  CHECK(verify(kMessage, "").outcome == Outcome::none);
  CHECK(verify("", "").outcome == Outcome::none);
  CHECK(verify("\r\nDKIM-Signature: v=1", "").outcome == Outcome::none);
  Verifier untouched;
  untouched.finish(kNow);
  CHECK(untouched.wanted().empty());
}

// RFC 6376 section 6.1.3.
TEST_CASE("what was changed fails") {
  const std::string message = signed_by({test_signing()});
  CHECK(reason_of(message) == Reason::good);
  CHECK(reason_of(changed(message, "We lost", "We  lost")) == Reason::good);
  CHECK(reason_of(changed(message, "We lost", "We won")) == Reason::body_hash);
  CHECK(reason_of(changed(message, "Subject: Is dinner\r\n ready", "SUBJECT:  Is dinner ready")) == Reason::good);
  CHECK(reason_of(changed(message, "ready?", "late?")) == Reason::signature);
  CHECK(reason_of(changed(message, "s=sel", "s=sel ")) == Reason::signature);
  CHECK(reason_of(changed(message, "t=1700000000", "t=1700000001")) == Reason::signature);
  CHECK(reason_of(changed(message, "; d=", ";\r\n\t d=")) == Reason::good);
}

TEST_CASE("a signature that cannot pass asks nothing") {
  testing::ZoneResolver dns(test_zone());
  CHECK(verify(changed(signed_by({test_signing()}), "We lost", "We won"), dns).outcome == Outcome::fail);
  CHECK(dns.asked() == 0);
}

// RFC 6376 section 3.5, t= and x=.
TEST_CASE("time") {
  Signing signing = test_signing();
  signing.lifetime = seconds(1000);
  const std::string message = signed_by({signing});
  CHECK(reason_of(message, test_zone(), kNow + seconds(1300)) == Reason::good);
  CHECK(reason_of(message, test_zone(), kNow + seconds(1301)) == Reason::expired);
  CHECK(reason_of(message, test_zone(), kNow - seconds(300)) == Reason::good);
  CHECK(reason_of(message, test_zone(), kNow - seconds(301)) == Reason::future);
  const Verdict verdict = verify(message, test_zone());
  CHECK(verdict.signatures[0].signed_at == kNow);
  CHECK(verdict.signatures[0].expires == kNow + seconds(1000));
  CHECK(row_of(Reason::expired).outcome == Outcome::permerror);
}

// RFC 6376 section 6.1.2.
TEST_CASE("keys") {
  const std::string message = signed_by({test_signing()});
  CHECK(reason_of(message, "") == Reason::no_key);
  CHECK(reason_of(message, record_line("sel", "example.org", "v=DKIM1; k=ed25519; p=")) == Reason::key_revoked);
  CHECK(reason_of(message, zone_with("h=sha1")) == Reason::key_hash);
  CHECK(reason_of(message, zone_with("s=tlsrpt")) == Reason::key_service);
  CHECK(reason_of(message, zone_with("t=s")) == Reason::good);
  const Verdict testing_key = verify(message, zone_with("t=y"));
  CHECK(testing_key.signatures[0].testing);
  CHECK(testing_key.outcome == Outcome::pass);
  Signing signing = test_signing();
  signing.agent = "@mail.example.org";
  CHECK(reason_of(signed_by({signing}), zone_with("t=s")) == Reason::key_domain);
  for (const dns::Outcome outcome : {dns::Outcome::timed_out, dns::Outcome::unavailable}) {
    testing::ZoneResolver dns(test_zone());
    dns.fail("sel._domainkey.example.org", outcome);
    CHECK(verify(message, dns).outcome == Outcome::temperror);
  }
}

// RFC 8301 section 3.2.
TEST_CASE("RSA keys that are too weak or too long") {
  const auto file = testing::shared_data("dkim/mail-auth/002.txt");
  if (!file) return;
  const Sample sample = sample_of(*file);
  VerifierOptions options;
  options.limits.keys.min_rsa_bits = 1025;
  CHECK(reason_of(sample.message, sample.zone, kNow, options) == Reason::key_size);
  options.limits.keys = {.min_rsa_bits = 1024, .max_rsa_bits = 1023};
  CHECK(reason_of(sample.message, sample.zone, kNow, options) == Reason::key_size);
  CHECK(row_of(Reason::key_size).outcome == Outcome::policy);
  // 768 bits, and so many that no answer can hold them.
  for (const std::size_t octets : {96, 60'000}) {
    std::string modulus(octets, '\x55');
    std::string integer =
        std::string("\x02\x82", 2) + static_cast<char>(octets >> 8U) + static_cast<char>(octets & 0xFFU) + modulus;
    integer += "\x02\x01\x03";
    const std::string der = std::string("\x30\x82", 2) + static_cast<char>(integer.size() >> 8U) +
                            static_cast<char>(integer.size() & 0xFFU) + integer;
    dns::Answer answer{.outcome = dns::Outcome::found};
    answer.records.emplace_back(dns::Txt{"p=" + codec::base64_encode(der)});
    Verifier verifier;
    verifier.append(sample.message);
    verifier.finish(kNow);
    REQUIRE(verifier.wanted().size() == 1);
    verifier.answer(0, answer);
    CHECK(verifier.verdict().signatures[0].reason == Reason::key_size);
  }
}

TEST_CASE("until a key is there nothing has passed") {
  Verifier verifier;
  verifier.append(signed_by({test_signing()}));
  verifier.finish(kNow);
  REQUIRE(verifier.wanted().size() == 1);
  CHECK_FALSE(verifier.verdict().signatures[0].passed());
  CHECK(verifier.verdict().outcome == Outcome::none);
  verifier.answer(1, {});  // nobody asked
  CHECK(verifier.wanted().size() == 1);
}

// RFC 6376 section 8.15.
TEST_CASE("a From field that is not signed") {
  Signing signing = test_signing();
  signing.oversigned.clear();
  const std::string message = signed_by({signing});
  CHECK(reason_of(message) == Reason::good);
  CHECK(reason_of("From: evil@example.org\r\n" + message) == Reason::extra_from);
  CHECK(reason_of(changed(message, "Subject: Is dinner\r\n", "Subject: Is dinner\nFROM : evil\r\n")) != Reason::good);
  const std::string two = "From: a@example.org\r\n" + own(kMessage);
  CHECK(reason_of(signed_by({signing}, two)) == Reason::good);
}

// RFC 6376 sections 3.5 (l=) and 8.2; the fields of dkimpy, whose signer writes "l=".
TEST_CASE("bodies that are signed in part") {
  const std::string body_of_message = own(kMessage.substr(kMessage.find("\r\n\r\n") + 4));
  const auto with_length = [&](std::size_t length, View body) {
    // Made by hand: the signer never writes l=.
    BodyHash hash(Canonicalization::simple);
    hash.want(length);
    hash.add(body_of_message);
    hash.finish();
    const std::string digest = codec::base64_encode(hash.digest(length).empty() ? hash.digest() : hash.digest(length));
    const std::string field =
        "DKIM-Signature: v=1; a=ed25519-sha256; d=example.org; s=sel; h=from; l=" + std::to_string(length) +
        "; bh=" + digest + "; b=";
    const std::string signature = test_key().sign_digest(crypto::sha256("From: x@example.org\r\n" + field));
    return field + codec::base64_encode(signature) + "\r\nFrom: x@example.org\r\n\r\n" + own(body);
  };
  const Verdict verdict = verify(with_length(5, body_of_message + "more\r\n"), test_zone());
  CHECK(verdict.outcome == Outcome::pass);
  CHECK(verdict.signatures[0].length == 5);
  CHECK(verdict.signatures[0].unsigned_octets == body_of_message.size() + 6 - 5);
  CHECK(reason_of(with_length(0, "anything"), test_zone()) == Reason::good);
  CHECK(reason_of(with_length(5, "Hi"), test_zone()) == Reason::short_body);
  CHECK(reason_of(with_length(5, body_of_message), test_zone(), kNow, {.whole_body_only = true}) ==
        Reason::partial_body);
  CHECK(reason_of(with_length(body_of_message.size() - 2, body_of_message), test_zone(), kNow,
                  {.whole_body_only = true}) == Reason::good);
}

TEST_CASE("thousands of signatures cost no more than the limit") {
  std::string message;
  const std::string one = signed_by({test_signing()}, "From: x\r\n\r\n");
  const std::string field = one.substr(0, one.find("From: x"));
  for (int i = 0; i < 2000; ++i) {
    message += changed(changed(field, "s=sel", "s=sel" + std::to_string(i)),
                       "b=", "b=" + std::string(1, static_cast<char>('A' + i % 20)));
  }
  testing::ZoneResolver dns("");
  const Verdict verdict = verify(message + "From: x\r\n\r\n", dns);
  CHECK(verdict.signatures.size() == 10);
  CHECK(verdict.ignored == 1990);
  CHECK(dns.asked() <= 10);
  CHECK(verdict.outcome == Outcome::permerror);
}

TEST_CASE("headers that are floods") {
  const std::string one = signed_by({test_signing()}, "From: x\r\n\r\n");
  std::string flood;
  while (flood.size() < 900'000) flood += "To: x\r\n";
  CHECK(verify(flood + one, test_zone()).outcome == Outcome::fail);
  while (flood.size() < (1U << 20U)) flood += "To: x\r\n";
  CHECK(reason_of(flood + one) == Reason::header_size);
  CHECK(reason_of(flood) == Reason::header_size);
  CHECK(row_of(Reason::header_size).outcome == Outcome::policy);
  std::string names = "From";
  while (names.size() < 500'000) names += ":To";
  CHECK(reason_of(changed(one, "h=From", "h=" + names)) == Reason::limits);
}

TEST_CASE("signatures that are told apart") {
  const std::string message = signed_by({test_signing()});
  const std::string field = message.substr(0, message.find("From: Joe"));
  const std::size_t at = field.find("b=", field.find("bh=") + 3) + 2;
  std::string other = field;
  other[at + 20] = other[at + 20] == 'A' ? 'B' : 'A';
  const Verdict verdict = verify(other + message, test_zone());
  REQUIRE(verdict.signatures.size() == 2);
  CHECK(verdict.signatures[0].reason == Reason::signature);
  CHECK(verdict.signatures[1].reason == Reason::good);
  CHECK(verdict.outcome == Outcome::pass);
  CHECK(verdict.signatures[0].header_b.size() > 8);
  CHECK(verdict.signatures[0].header_b != verdict.signatures[1].header_b);
  CHECK(field.substr(at).starts_with(verdict.signatures[1].header_b.substr(0, 8)));
}

TEST_CASE("what a signature says of itself is told in part only where it is long") {
  const std::string message = signed_by({test_signing()});
  const std::string endless(5000, 'A');
  const std::string field =
      "DKIM-Signature: v=1; d=example.org; s=sel; h=from; bh=AAAA; a=" + endless + "; b=" + endless;
  const Verdict verdict = verify(field + "AAAA\r\n" + field + "BBBB\r\n" + message, test_zone());
  REQUIRE(verdict.signatures.size() == 3);
  for (const SignatureVerdict& one : verdict.signatures) {
    CHECK(one.algorithm.size() <= 64);
    CHECK(one.header_b.size() <= 64);
  }
  CHECK(verdict.signatures[0].reason == Reason::unknown_algorithm);
  CHECK(verdict.outcome == Outcome::pass);
}

TEST_CASE("steps are told when asked for") {
  const std::string message = signed_by({test_signing()});
  CHECK(verify(message, test_zone()).steps.empty());
  const auto steps = verify(message, test_zone(), kNow, {.trace = true}).steps;
  REQUIRE(steps.size() == 4);
  CHECK(steps[0] == "signature 1: d=example.org s=sel a=ed25519-sha256 c=relaxed/relaxed");
  CHECK(steps[3] == "signature 1: good signature (key of 256 bits)");
}

}  // namespace
}  // namespace posthorn::dkim
