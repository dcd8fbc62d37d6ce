#include "posthorn/protocol/dane/dane.h"

#include <fstream>
#include <iterator>

#include <doctest/doctest.h>

#include "posthorn/bytes/codec/hex.h"

namespace posthorn {
namespace {

using crypto::Certificate;
using dane::Verdict;

// Certificates and digests that the openssl command made: tests/vectors/dane.
std::string file(const std::string& name) {
  std::ifstream in("tests/vectors/dane/" + name, std::ios::binary);
  REQUIRE(in);
  return {std::istreambuf_iterator<char>(in), {}};
}
Certificate certificate(const std::string& name) { return *Certificate::read(file(name + ".der")); }
std::string digest(const std::string& name) {
  std::string text = file(name + ".txt");
  text.resize(text.find_last_not_of('\n') + 1);
  return *codec::hex_decode(text);
}
dns::Tlsa record(int usage, int selector, int matching, std::string association) {
  return {static_cast<std::uint8_t>(usage), static_cast<std::uint8_t>(selector), static_cast<std::uint8_t>(matching),
          std::move(association)};
}

constexpr std::chrono::sys_days kDay = std::chrono::sys_days(std::chrono::year(2026) / 6 / 1);
const std::vector<std::string> kNames = {"mx.example.net", "example.org"};

Verdict judge(const std::vector<dns::Tlsa>& records, const std::vector<std::string>& chain,
              const std::vector<std::string>& names = kNames, std::chrono::sys_days day = kDay) {
  std::vector<Certificate> certificates;
  for (const std::string& name : chain) certificates.push_back(certificate(name));
  return dane::judge(records, certificates, names, std::chrono::sys_seconds(day));
}

const std::vector<std::string> kChain = {"leaf", "ca", "root"};

TEST_CASE("DANE-EE(3): every selector and matching type") {
  const Certificate leaf = certificate("leaf");
  CHECK(judge({record(3, 1, 1, digest("leaf.key.sha256"))}, kChain) == Verdict::certificate);
  CHECK(judge({record(3, 1, 2, digest("leaf.key.sha512"))}, kChain) == Verdict::certificate);
  CHECK(judge({record(3, 0, 1, digest("leaf.sha256"))}, kChain) == Verdict::certificate);
  CHECK(judge({record(3, 0, 2, digest("leaf.sha512"))}, kChain) == Verdict::certificate);
  CHECK(judge({record(3, 0, 0, own(leaf.der()))}, kChain) == Verdict::certificate);
  CHECK(judge({record(3, 1, 0, own(leaf.public_key_info()))}, kChain) == Verdict::certificate);
  // One of several is enough; what names another certificate of the chain is not.
  CHECK(judge({record(3, 1, 1, digest("stranger.key.sha256")), record(3, 1, 1, digest("leaf.key.sha256"))}, kChain) ==
        Verdict::certificate);
  CHECK(judge({record(3, 1, 1, digest("ca.key.sha256"))}, kChain) == Verdict::no_match);
  CHECK(judge({record(3, 0, 1, digest("leaf.key.sha256"))}, kChain) == Verdict::no_match);
  CHECK(judge({record(3, 1, 1, digest("leaf.key.sha256"))}, {"stranger"}) == Verdict::no_match);
  CHECK(judge({record(3, 1, 1, digest("leaf.key.sha256"))}, {}) == Verdict::no_match);
}

TEST_CASE("DANE-EE(3) looks at no name and no date (RFC 7672 section 3.1.1)") {
  const auto records = std::vector{record(3, 1, 1, digest("leaf.key.sha256"))};
  CHECK(judge(records, kChain, {"other.example"}) == Verdict::certificate);
  CHECK(judge(records, kChain, {}, std::chrono::sys_days(std::chrono::year(2030) / 1 / 1)) == Verdict::certificate);
}

TEST_CASE("DANE-TA(2): the chain must lead to the authority, be valid, and be for one of the names") {
  for (const std::string authority : {"ca", "root"}) {
    const auto records = std::vector{record(2, 1, 1, digest(authority + ".key.sha256"))};
    CHECK(judge(records, kChain) == Verdict::authority);
    CHECK(judge(records, {"leaf", "root", "ca"}) == Verdict::authority);
    CHECK(judge(records, kChain, {"other.example"}) == Verdict::host_mismatch);
    CHECK(judge(records, kChain, {}) == Verdict::host_mismatch);
    CHECK(judge(records, kChain, kNames, std::chrono::sys_days(std::chrono::year(2027) / 1 / 2)) == Verdict::expired);
    CHECK(judge(records, kChain, kNames, std::chrono::sys_days(std::chrono::year(2025) / 12 / 31)) == Verdict::expired);
    // Beside a foreign certificate the authority proves nothing.
    CHECK(judge(records, {"stranger", "ca", "root"}) == Verdict::not_trusted);
  }
  const std::string authority = file("ca.der");
  CHECK(judge({record(2, 0, 2, digest("ca.sha512"))}, {"leaf", "ca"}) == Verdict::authority);
  CHECK(judge({record(2, 0, 2, digest("ca.sha512"))}, {"leaf"}) == Verdict::no_match);
  // Whole in the record it need not be sent (RFC 7671 section 5.2.1).
  CHECK(judge({record(2, 0, 0, authority)}, {"leaf"}) == Verdict::authority);
  CHECK(judge({record(2, 0, 0, authority)}, {"stranger"}) == Verdict::not_trusted);
  CHECK(judge({record(2, 0, 0, file("root.der"))}, {"leaf"}) == Verdict::not_trusted);
}

TEST_CASE("records that do not count (RFC 7672 section 3.1.3)") {
  const std::string key = digest("leaf.key.sha256");
  for (const int usage : {0, 1, 4, 255}) CHECK(judge({record(usage, 1, 1, key)}, kChain) == Verdict::unusable);
  CHECK(judge({record(3, 2, 1, key)}, kChain) == Verdict::unusable);
  CHECK(judge({record(3, 1, 3, key)}, kChain) == Verdict::unusable);
  CHECK(judge({record(3, 1, 1, key + "x")}, kChain) == Verdict::unusable);
  CHECK(judge({record(3, 1, 2, key)}, kChain) == Verdict::unusable);
  CHECK(judge({record(3, 1, 0, "")}, kChain) == Verdict::unusable);
  CHECK(judge({}, kChain) == Verdict::unusable);
  // One that counts decides alone.
  CHECK(judge({record(1, 1, 1, key), record(3, 1, 1, digest("ca.key.sha256"))}, kChain) == Verdict::no_match);
}

TEST_CASE("the strongest digest decides (RFC 7671 section 9)") {
  const auto weak = record(3, 1, 1, digest("leaf.key.sha256"));
  CHECK(judge({weak, record(3, 1, 2, digest("stranger.key.sha512"))}, kChain) == Verdict::no_match);
  CHECK(judge({weak, record(3, 0, 2, digest("stranger.sha512"))}, kChain) == Verdict::certificate);
  CHECK(judge({weak, record(2, 1, 2, digest("stranger.key.sha512"))}, kChain) == Verdict::certificate);
  CHECK(dane::usable(std::vector{weak, record(3, 1, 2, digest("leaf.key.sha512"))}).size() == 1);
}

TEST_CASE("names") {
  CHECK(dane::record_name("mx.example.net", 25) == "_25._tcp.mx.example.net");
  using Names = std::vector<std::string>;
  CHECK(dane::reference_names("mx.example.net", "example.org", "") == Names{"mx.example.net", "example.org"});
  CHECK(dane::reference_names("example.org", "example.org", "real.example") == Names{"example.org", "real.example"});
}

TEST_CASE("what reports call it") {
  CHECK(!dane::failure_of(Verdict::certificate));
  CHECK(!dane::failure_of(Verdict::authority));
  CHECK(dane::failure_of(Verdict::unusable) == tls::Failure::tlsa_invalid);
  CHECK(dane::failure_of(Verdict::no_match) == tls::Failure::validation_failure);
  CHECK(dane::failure_of(Verdict::host_mismatch) == tls::Failure::certificate_host_mismatch);
  CHECK(dane::failure_of(Verdict::expired) == tls::Failure::certificate_expired);
}

}  // namespace
}  // namespace posthorn
