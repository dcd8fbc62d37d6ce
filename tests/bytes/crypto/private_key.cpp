#include "posthorn/bytes/crypto/private_key.h"

#include <string>

#include <doctest/doctest.h>

#include "posthorn/bytes/codec/base64.h"
#include "posthorn/bytes/codec/hex.h"
#include "posthorn/bytes/crypto/hash.h"
#include "posthorn/testing/fakes.h"

#include "shared_data.h"

using namespace posthorn;
using crypto::PrivateKey;

namespace {

std::string octets(View base64) { return codec::base64_decode(base64).value(); }

// RFC 8410 section 10.
constexpr View kPem =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
    "-----END PRIVATE KEY-----\n";
constexpr View kInfo = "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=";

void check_round_trip(const PrivateKey& key) {
  const std::string digest = crypto::sha256("text");
  CHECK(key.public_key().verifies("text", key.sign("text")));
  CHECK(key.public_key().verifies_digest(digest, key.sign_digest(digest)));
  CHECK_FALSE(key.public_key().verifies_digest(crypto::sha256("other"), key.sign_digest(digest)));
  CHECK_FALSE(key.public_key().verifies_digest("", key.sign_digest(digest)));
  for (const Secret& form : {key.der(), key.pem()}) {
    const auto again = PrivateKey::read(form.reveal());
    REQUIRE(again);
    CHECK(again->public_key().info() == key.public_key().info());
    CHECK(again->der().reveal() == key.der().reveal());
  }
}

}  // namespace

TEST_CASE("private keys: Ed25519 of RFC 8410 section 10 and RFC 8032 section 7.1") {
  const auto key = PrivateKey::read(kPem);
  REQUIRE(key);
  CHECK(key->scheme() == crypto::SignatureScheme::ed25519);
  CHECK(key->public_key().info() == octets(kInfo));
  CHECK(key->pem().reveal() == kPem);
  CHECK(key->pkcs1_pem().empty());
  check_round_trip(*key);
  const auto first =
      PrivateKey::ed25519(*codec::hex_decode("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"));
  REQUIRE(first);
  CHECK(codec::hex_encode(first->public_key().point()) ==
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  CHECK(codec::hex_encode(first->sign("")) ==
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe"
        "24655141438e7a100b");
}

TEST_CASE("private keys: RSA as OpenSSL wrote it and signs with it") {
  const auto file = testing::shared_data("dkim/dkimpy/test.private");
  if (!file) return;
  const std::string pem = testing::read_whole_file(*file);
  CHECK(PrivateKey::read(pem).error().code == Code::unsupported);  // 1,024 bits
  const auto key = PrivateKey::read("some words\n" + pem, crypto::kLeastRsaBits);
  REQUIRE(key);
  CHECK(key->public_key().bits() == 1024);
  CHECK(key->pkcs1_pem().reveal() == pem);
  // openssl dgst -sha256 -sign
  CHECK(codec::base64_encode(key->sign("posthorn")) ==
        "PnjMoYbAx9PP5rjUvur6AjJOkZrvfE2AqYCOYpd+H+rZ28t+mrUrC5wHyjDW/"
        "NEUbrPXPdVrqI6D5lmy29FwGbJaJlwurdYuA9+S9fEHxSi51pgPHcRfnpYESlBYesGm5GHTeFOTgHlonJB28jcxYUstglBc0QAeaJ/JuG3TC/"
        "4=");
  CHECK(key->sign_digest(crypto::sha256("posthorn")) == key->sign("posthorn"));
  std::string broken = pem;
  char& of_modulus = broken[pem.find('\n') + 40];
  of_modulus = of_modulus == 'A' ? 'B' : 'A';
  CHECK_FALSE(PrivateKey::read(broken, crypto::kLeastRsaBits));
}

TEST_CASE("private keys: new ones") {
  testing::SeededRandom random(1);
  check_round_trip(PrivateKey::generate_ed25519(random));
  const auto key = PrivateKey::generate_rsa(2048);
  REQUIRE(key);
  CHECK(key->public_key().bits() == 2048);
  check_round_trip(*key);
  const auto again = PrivateKey::read(key->pkcs1_pem().reveal());
  REQUIRE(again);
  CHECK(again->der().reveal() == key->der().reveal());
  CHECK_FALSE(PrivateKey::generate_rsa(1024));
  CHECK_FALSE(PrivateKey::generate_rsa(2049));
}

TEST_CASE("private keys: what is none") {
  const std::string der = own(PrivateKey::read(kPem)->der().reveal());
  CHECK_FALSE(PrivateKey::read(""));
  CHECK_FALSE(PrivateKey::read(kPem.substr(0, 60)));
  CHECK_FALSE(PrivateKey::read("-----BEGIN PRIVATE KEY-----"));
  CHECK_FALSE(PrivateKey::read("-----BEGIN "));
  CHECK_FALSE(PrivateKey::read("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"));
  CHECK_FALSE(PrivateKey::read(der + "x"));
  for (std::size_t size = 0; size < der.size(); ++size) CHECK_FALSE(PrivateKey::read(View(der).substr(0, size)));
  CHECK_FALSE(PrivateKey::ed25519("short"));
}
