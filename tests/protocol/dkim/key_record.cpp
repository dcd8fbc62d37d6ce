#include "posthorn/protocol/dkim/key_record.h"

#include <doctest/doctest.h>

#include "posthorn/bytes/codec/base64.h"
#include "posthorn/bytes/crypto/private_key.h"
#include "posthorn/testing/zone.h"

#include "shared_data.h"

namespace posthorn::dkim {
namespace {

// RFC 8463 appendix A.2: 1,024 bits as SubjectPublicKeyInfo.
constexpr View kRsa =
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/"
    "byYzCNb3W91y3FutACD"
    "fzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB";
constexpr View kEd25519 = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

TEST_CASE("key records are read") {
  const auto record =
      KeyRecord::parse("v=DKIM1; h=sha1 : sha256; k=rsa; n=a=20note; s=email:*; t=y:s:x; g=*; p=" + own(kRsa));
  REQUIRE(record);
  CHECK(record->scheme == crypto::SignatureScheme::rsa_pkcs1_sha256);
  CHECK(record->hashes == std::vector<std::string>{"sha1", "sha256"});
  CHECK(record->services == std::vector<std::string>{"email", "*"});
  CHECK(record->notes == "a=20note");
  CHECK(record->testing);
  CHECK(record->strict);
  CHECK(record->public_key()->bits() == 1024);
  CHECK(record->public_key(2048).error().code == Code::unsupported);
  CHECK(KeyRecord::parse("p=" + own(kRsa))->public_key()->bits() == 1024);
  CHECK(KeyRecord::parse("k=ed25519; p=" + own(kEd25519))->public_key()->bits() == 256);
  CHECK(KeyRecord::parse("v=DKIM1; p=")->key.empty());
  CHECK(KeyRecord::parse("v=DKIM1; p=")->hashes.empty());
}

TEST_CASE("key records that are none") {
  for (const View text :
       {"", "v=spf1 -all", "v=DKIM1", "v=DKIM2; p=", "v=dkim1; p=", "k=rsa; v=DKIM1; p=", "p=AAA", "p=!", "p=; p="}) {
    CAPTURE(text);
    REQUIRE_FALSE(KeyRecord::parse(text));
    CHECK(KeyRecord::parse(text).error().code == Code::syntax);
  }
  CHECK(KeyRecord::parse("k=dsa; p=").error().code == Code::unsupported);
}

TEST_CASE("a record that is written is read again") {
  const auto key = crypto::PrivateKey::generate_rsa(2048);
  REQUIRE(key);
  KeyRecord record = KeyRecord::of(key->public_key());
  record.hashes = {"sha256"};
  record.services = {"email"};
  record.testing = record.strict = true;
  const std::string text = record.format();
  CHECK(text.starts_with("v=DKIM1; h=sha256; k=rsa; s=email; t=y:s; p=MIIBIjANBgkqhkiG9w0BAQEFAAOC"));
  CHECK(KeyRecord::parse(text) == record);
  const auto zone = testing::Zone::parse(zone_text("sel._domainkey.example.com", text) + "\n");
  REQUIRE_MESSAGE(zone, zone.error().note);
  const auto found = zone->find("sel._domainkey.example.com", dns::wire::Type::txt);
  REQUIRE(found.records.size() == 1);
  CHECK(record.public_key()->info() == key->public_key().info());
  CHECK(KeyRecord::of(*crypto::PublicKey::ed25519(*codec::base64_decode(kEd25519))).format() ==
        "v=DKIM1; k=ed25519; p=" + own(kEd25519));
}

// RFC 6376 section 6.1.2. The digest is signed by the key of RFC 8032 section 7.1, test 1.
TEST_CASE("keys decide in the order of the RFC") {
  const auto key = crypto::PrivateKey::ed25519(*codec::base64_decode("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="));
  const std::string digest(32, 'd');
  Signature signature;
  signature.scheme = crypto::SignatureScheme::ed25519;
  signature.domain = "example.com";
  signature.agent_domain = "mail.example.com";
  signature.octets = key->sign_digest(digest);
  const auto check = [&](std::initializer_list<std::string> texts) {
    dns::Answer answer{.outcome = dns::Outcome::found};
    for (const std::string& text : texts) answer.records.emplace_back(dns::Txt{text});
    return check_keys(answer, signature, digest, {});
  };
  const std::string good = "k=ed25519; p=" + own(kEd25519);
  CHECK(check({good}).reason == Reason::good);
  CHECK(check({good}).bits == 256);
  CHECK(check({good + "; t=y"}).testing);
  CHECK(check({good + "; t=s"}).reason == Reason::key_domain);
  CHECK(check({good + "; h=sha1"}).reason == Reason::key_hash);
  CHECK(check({good + "; s=tlsrpt"}).reason == Reason::key_service);
  CHECK(check({"k=ed25519; p="}).reason == Reason::key_revoked);
  CHECK(check({"k=ed25519; p=AAAA"}).reason == Reason::key_syntax);
  CHECK(check({"k=rsa; p=" + own(kRsa)}).reason == Reason::key_algorithm);
  CHECK(check({"k=new; p=AAAA"}).reason == Reason::key_algorithm);
  CHECK(check({"v=spf1"}).reason == Reason::key_syntax);
  CHECK(check({"k=ed25519; p=yi50DjK5O9pqbFpNHklsv9lqaS0ArSYu02qp1S0DW1Y="}).reason == Reason::signature);
  CHECK(check({}).reason == Reason::no_key);
  CHECK(check({"v=spf1", good}).reason == Reason::good);
  CHECK(check({"x", "x", "x", good}).reason == Reason::key_syntax);  // three are tried
  CHECK(check_keys({.outcome = dns::Outcome::timed_out}, signature, digest, {}).reason == Reason::no_answer);
  CHECK(check_keys({.outcome = dns::Outcome::no_name}, signature, digest, {}).reason == Reason::no_key);
}

TEST_CASE("published key records") {
  const auto folder = testing::shared_data("dkim/dkimpy");
  if (!folder) return;
  const auto parsed = [&](const char* name) { return KeyRecord::parse(testing::read_whole_file(*folder / name)); };
  CHECK(parsed("test.txt")->public_key()->bits() == 1024);
  CHECK(parsed("test2.txt")->public_key()->bits() == 1024);
  CHECK(parsed("test_tlsrpt.txt")->services == std::vector<std::string>{"tlsrpt"});
  CHECK(parsed("ed25519test.dns")->public_key()->bits() == 256);
  CHECK(parsed("eximtest.dns")->public_key()->bits() == 256);
  CHECK(parsed("badk.txt").error().code == Code::unsupported);
  CHECK_FALSE(parsed("badversion.txt"));
  CHECK_FALSE(parsed("test_bad.txt")->public_key());
}

}  // namespace
}  // namespace posthorn::dkim
