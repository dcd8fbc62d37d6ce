#include "posthorn/service/outbound/tls_policy.h"

#include <doctest/doctest.h>

namespace posthorn {
namespace {

using outbound::TlsMode;
using outbound::TlsPolicy;

TEST_CASE("modes have words") {
  for (const View word : {"may", "encrypt", "verify", "dane", "fingerprint", "mutual"}) {
    REQUIRE(outbound::tls_mode_of(word));
    CHECK(outbound::word_of(*outbound::tls_mode_of(word)) == word);
  }
  CHECK(!outbound::tls_mode_of("none"));
}

TEST_CASE("fingerprints as openssl prints them, and without colons") {
  std::string plain;
  std::string colons;
  for (int i = 0; i < 32; ++i) {
    plain += "a7";
    colons += (i == 0 ? "" : ":") + std::string("A7");
  }
  CHECK(outbound::parse_fingerprint(plain) == std::string(32, '\xA7'));
  CHECK(outbound::parse_fingerprint(colons) == std::string(32, '\xA7'));
  for (const std::string& text : {std::string(), plain + "a7", plain.substr(2), std::string(64, 'g'), colons + ":",
                                  std::string(95, ':'), "0" + colons.substr(1, 1) + plain.substr(2) + ":"}) {
    CHECK(!outbound::parse_fingerprint(text));
  }
}

TEST_CASE("policies that nobody can meet are refused") {
  TlsPolicy policy;
  CHECK(outbound::check(policy));
  policy.mode = TlsMode::fingerprint;
  CHECK(!outbound::check(policy));
  policy.fingerprints = {std::string(32, 'x')};
  CHECK(outbound::check(policy));
  policy.mode = TlsMode::verify;
  CHECK(!outbound::check(policy));
  policy.fingerprints.clear();
  policy.names = {"mx.example.org"};
  CHECK(outbound::check(policy));
  policy.mode = TlsMode::mutual;
  CHECK(!outbound::check(policy));
  policy.certificate_file = "a.crt";
  CHECK(!outbound::check(policy));
  policy.key_file = "a.key";
  CHECK(outbound::check(policy));
  policy.names = {"no name"};
  CHECK(!outbound::check(policy));
  policy = {};
  policy.names = {"mx.example.org"};
  CHECK(!outbound::check(policy));
  policy = {};
  policy.mode = TlsMode::dane;
  policy.next_hop = outbound::NextHop{"192.0.2.1", 25};
  CHECK(!outbound::check(policy));
  policy.next_hop = outbound::NextHop{"mx.example.org", 0};
  CHECK(!outbound::check(policy));
  policy.next_hop->port = 26;
  CHECK(outbound::check(policy));
  policy.mode = TlsMode::may;
  for (const View host : {"192.0.2.1", "2001:db8::1", "[192.0.2.1]", "[IPv6:2001:db8::1]", "mx.example.org"}) {
    policy.next_hop->host = own(host);
    CHECK(outbound::check(policy));
  }
  for (const View host : {"", "[]", "[mx.example.org]", "mx example", "[192.0.2.1", "[IPv6:x]"}) {
    policy.next_hop->host = own(host);
    CHECK(!outbound::check(policy));
  }
}

}  // namespace
}  // namespace posthorn
