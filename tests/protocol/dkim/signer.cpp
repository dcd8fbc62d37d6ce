#include "posthorn/protocol/dkim/signer.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "posthorn/grammar/mail/tag_list.h"
#include "posthorn/grammar/mime/header.h"
#include "posthorn/testing/splits.h"

#include "protocol/dkim/mail.h"

namespace posthorn::dkim {
namespace {

std::string tag_of(const std::string& message, View name) {
  const auto field = mime::find_field(message, "DKIM-Signature");
  REQUIRE(field);
  const auto tags = mail::TagList::parse(*field);
  REQUIRE(tags);
  return mail::without_space(tags->value(name).value_or("-"));
}

TEST_CASE("what is signed is verified in all forms") {
  const auto rsa = crypto::PrivateKey::generate_rsa(2048);
  const std::string zone = test_zone() + record_line("r", "example.org", KeyRecord::of(rsa->public_key()).format());
  std::vector<Signing> signings;
  for (const Canonicalization header : {Canonicalization::simple, Canonicalization::relaxed}) {
    for (const Canonicalization body : {Canonicalization::simple, Canonicalization::relaxed}) {
      for (const bool is_rsa : {false, true}) {
        Signing signing{.domain = "example.org", .selector = is_rsa ? "r" : "sel", .key = is_rsa ? *rsa : test_key()};
        signing.header = header;
        signing.body = body;
        signings.push_back(signing);
      }
    }
  }
  const std::string message = signed_by(signings);
  testing::ZoneResolver dns(zone);
  const Verdict verdict = verify(message, dns);
  REQUIRE(verdict.signatures.size() == 8);
  for (const SignatureVerdict& one : verdict.signatures) CHECK(one.reason == Reason::good);
  CHECK(verdict.outcome == Outcome::pass);
  CHECK(verdict.signatures[1].key_bits == 2048);
  CHECK(dns.asked() == 2);  // one question for each key
}

TEST_CASE("the tags are what was ordered") {
  Signing signing = test_signing();
  signing.domain = "EXAMPLE.org";
  signing.agent = "joe@mail.example.org";
  signing.lifetime = std::chrono::seconds(3600);
  const std::string message = signed_by({signing});
  CHECK(tag_of(message, "v") == "1");
  CHECK(tag_of(message, "a") == "ed25519-sha256");
  CHECK(tag_of(message, "c") == "relaxed/relaxed");
  CHECK(tag_of(message, "d") == "example.org");
  CHECK(tag_of(message, "s") == "sel");
  CHECK(tag_of(message, "i") == "joe@mail.example.org");
  CHECK(tag_of(message, "t") == "1700000000");
  CHECK(tag_of(message, "x") == "1700003600");
  CHECK(tag_of(message, "l") == "-");
  CHECK(tag_of(message, "h") ==
        "From:From:To:To:Subject:Subject:Date:Date:Message-ID:Message-ID:MIME-Version:Content-Type");
  CHECK(verify(message, test_zone()).outcome == Outcome::pass);
}

TEST_CASE("lines are folded") {
  Signing signing = test_signing();
  signing.key = *crypto::PrivateKey::generate_rsa(2048);
  const std::string message = signed_by({signing});
  const std::string field = message.substr(0, message.find("From: Joe"));
  for (std::size_t at = 0; at < field.size();) {
    const std::size_t end = field.find("\r\n", at);
    REQUIRE(end != std::string::npos);
    CHECK(end - at <= 78);
    CHECK((at == 0 || field[at] == '\t'));
    at = end + 2;
  }
}

// RFC 6376 section 8.15.
TEST_CASE("nothing can be added that was signed once more than it stood") {
  const std::string message = signed_by({test_signing()});
  for (const View field : {"From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type"}) {
    CAPTURE(field);
    CHECK(verify(own(field) + ": x\r\n" + message, test_zone()).outcome != Outcome::pass);
  }
  CHECK(verify("Received: x\r\nCc: x\r\n" + message, test_zone()).outcome == Outcome::pass);
}

TEST_CASE("every split gives the same fields") {
  CHECK(testing::for_every_split(kMessage, [](auto&& feed) {
          auto signer = Signer::make({test_signing()});
          feed([&](View piece) { signer->append(piece); });
          return *signer->finish(kNow);
        }).empty());
}

TEST_CASE("what cannot be signed") {
  const auto refused = [](auto&& change) {
    Signing signing = test_signing();
    change(signing);
    const auto signer = Signer::make({signing});
    return !signer && signer.error().code == Code::misuse;
  };
  CHECK_FALSE(refused([](Signing&) {}));
  CHECK(refused([](Signing& s) { s.domain = ""; }));
  CHECK(refused([](Signing& s) { s.domain = "a;b"; }));
  CHECK(refused([](Signing& s) { s.selector = "a b"; }));
  CHECK(refused([](Signing& s) { s.selector = std::string(64, 'a'); }));
  CHECK(refused([](Signing& s) { s.agent = "joe@example.com"; }));
  CHECK(refused([](Signing& s) { s.agent = "joe;x=1@example.org"; }));
  CHECK(refused([](Signing& s) { s.fields = s.oversigned = {"To"}; }));
  CHECK(refused([](Signing& s) { s.fields = {"From", "To:"}; }));
  auto signer = Signer::make({test_signing()});
  signer->append("To: x\r\n\r\n");
  CHECK(signer->finish(kNow).error().code == Code::syntax);
  auto long_one = Signer::make({test_signing()});
  long_one->append("From: " + std::string(Signer::kHeaderOctets, 'x') + "\r\n\r\n");
  CHECK(long_one->finish(kNow).error().code == Code::too_long);
}

TEST_CASE("messages without a body, or without an end") {
  for (const View message :
       {"From: x\r\n", "From: x\r\n\r\n", "From: x\r\n\r\n\r\n", "From: x\r\n\r\nbody", "From: x"}) {
    CAPTURE(message);
    for (const Canonicalization how : {Canonicalization::simple, Canonicalization::relaxed}) {
      Signing signing = test_signing();
      signing.header = signing.body = how;
      CHECK(verify(signed_by({signing}, message), test_zone()).outcome == Outcome::pass);
    }
  }
}

}  // namespace
}  // namespace posthorn::dkim
