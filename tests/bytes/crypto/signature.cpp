#include "posthorn/bytes/crypto/signature.h"

#include <string>

#include <doctest/doctest.h>

#include "posthorn/bytes/codec/base64.h"
#include "posthorn/bytes/crypto/hash.h"

using namespace posthorn;
using crypto::PublicKey;

namespace {

std::string octets(View text) { return codec::base64url_decode(text).value(); }

// RFC 7515 appendix A.2 (the key also in RFC 7517 appendix A.1) and A.3, RFC 8037 appendix A.
constexpr View kPayload =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
constexpr View kModulus =
    "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pC"
    "gNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg6"
    "65xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRW"
    "yuXpoQ";
constexpr View kExponent = "AQAB";
constexpr View kRsaSignature =
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t"
    "1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12j"
    "zDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQ"
    "Ge77Rw";
constexpr View kX = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
constexpr View kY = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";
constexpr View kCurveSignature =
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
constexpr View kPoint = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
constexpr View kEdwardsSignature =
    "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

/// A signature that is right, and the same with every octet changed once or one octet more or less.
void check_all(const PublicKey& key, const std::string& signed_octets, const std::string& signature) {
  CHECK(key.verifies(signed_octets, signature));
  CHECK_FALSE(key.verifies(signed_octets + " ", signature));
  CHECK_FALSE(key.verifies("", signature));
  CHECK_FALSE(key.verifies(signed_octets, ""));
  CHECK_FALSE(key.verifies(signed_octets, signature + '\0'));
  CHECK_FALSE(key.verifies(signed_octets, '\0' + signature));
  CHECK_FALSE(key.verifies(signed_octets, View(signature).substr(1)));
  CHECK_FALSE(key.verifies(signed_octets, std::string(signature.size(), '\0')));
  CHECK_FALSE(key.verifies(signed_octets, std::string(signature.size(), '\xFF')));
  for (std::size_t i = 0; i < signature.size(); i += 7) {
    std::string changed = signature;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    CHECK_FALSE(key.verifies(signed_octets, changed));
  }
}

}  // namespace

TEST_CASE("signatures: RSASSA-PKCS1-v1_5 with SHA-256 of RFC 7515 appendix A.2") {
  const auto key = PublicKey::rsa(octets(kModulus), octets(kExponent));
  REQUIRE(key);
  CHECK(key->scheme() == crypto::SignatureScheme::rsa_pkcs1_sha256);
  check_all(*key, "eyJhbGciOiJSUzI1NiJ9." + own(kPayload), octets(kRsaSignature));
  const auto padded = PublicKey::rsa(std::string(1, '\0') + octets(kModulus), octets(kExponent));
  REQUIRE(padded);
  CHECK(padded->verifies("eyJhbGciOiJSUzI1NiJ9." + own(kPayload), octets(kRsaSignature)));
}

TEST_CASE("signatures: ECDSA on P-256 with SHA-256 of RFC 7515 appendix A.3") {
  const auto key = PublicKey::p256(octets(kX), octets(kY));
  REQUIRE(key);
  CHECK(key->scheme() == crypto::SignatureScheme::ecdsa_p256_sha256);
  check_all(*key, "eyJhbGciOiJFUzI1NiJ9." + own(kPayload), octets(kCurveSignature));
}

TEST_CASE("signatures: Ed25519 of RFC 8037 appendix A") {
  const auto key = PublicKey::ed25519(octets(kPoint));
  REQUIRE(key);
  CHECK(key->scheme() == crypto::SignatureScheme::ed25519);
  check_all(*key, "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc", octets(kEdwardsSignature));
}

// RFC 8463 appendix A.2 and the same key as RSAPublicKey (RFC 6376 appendix C has such a one).
TEST_CASE("signatures: RSA keys in DER, wrapped and bare") {
  const std::string info =
      codec::base64_decode(
          "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQi"
          "Y/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZy"
          "VYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB")
          .value();
  const std::string bare = info.substr(22);
  const auto wrapped = PublicKey::rsa_from_der(info, 1024);
  REQUIRE(wrapped);
  CHECK(wrapped->bits() == 1024);
  CHECK(wrapped->info() == info);
  CHECK(wrapped->point().empty());
  REQUIRE(PublicKey::rsa_from_der(bare, 1024));
  CHECK(PublicKey::rsa_from_der(bare, 1024)->info() == info);
  CHECK(PublicKey::rsa_from_der(info).error().code == Code::unsupported);
  CHECK(PublicKey::rsa_from_der(info, 1025).error().code == Code::unsupported);
  for (std::size_t size = 0; size < info.size(); ++size)
    CHECK_FALSE(PublicKey::rsa_from_der(View(info).substr(0, size), 1));
  for (std::size_t at = 0; at < 40; ++at) {
    std::string changed = info;
    changed[at] = static_cast<char>(changed[at] ^ 0x15);
    const auto read = PublicKey::rsa_from_der(changed, 1);
    CHECK((!read || at > 27));
  }
  CHECK_FALSE(PublicKey::rsa_from_der(info + '\0', 1));
  CHECK_FALSE(PublicKey::rsa_from_der("\x30\x84\xFF\xFF\xFF\xFF", 1));
}

TEST_CASE("signatures: over a digest") {
  const auto rsa = PublicKey::rsa(octets(kModulus), octets(kExponent));
  const std::string digest = crypto::sha256("eyJhbGciOiJSUzI1NiJ9." + own(kPayload));
  CHECK(rsa->verifies_digest(digest, octets(kRsaSignature)));
  CHECK_FALSE(rsa->verifies_digest(digest, octets(kRsaSignature).substr(1)));
  CHECK_FALSE(rsa->verifies_digest(digest.substr(1), octets(kRsaSignature)));
  CHECK_FALSE(rsa->verifies_digest("", octets(kRsaSignature)));
  const auto curve = PublicKey::p256(octets(kX), octets(kY));
  CHECK(curve->verifies_digest(crypto::sha256("eyJhbGciOiJFUzI1NiJ9." + own(kPayload)), octets(kCurveSignature)));
  CHECK(curve->bits() == 256);
}

TEST_CASE("signatures: keys that are none") {
  const std::string modulus = octets(kModulus);
  CHECK_FALSE(PublicKey::rsa("", octets(kExponent)));
  CHECK_FALSE(PublicKey::rsa(View(modulus).substr(1), octets(kExponent)));  // 2,048 bits less 8
  CHECK_FALSE(PublicKey::rsa(std::string(256, '\0'), octets(kExponent)));
  CHECK_FALSE(PublicKey::rsa(std::string(crypto::kMaxRsaBits / 8 + 1, '\x7F'), octets(kExponent)));
  CHECK_FALSE(PublicKey::rsa(modulus.substr(0, 255) + '\x02', octets(kExponent)));
  for (const View exponent : {View(""), View("\x01"), View("\x02"), View("\x01\x00\x00\x00\x01", 5)}) {
    CHECK_FALSE(PublicKey::rsa(modulus, exponent));
  }
  CHECK(PublicKey::rsa(modulus, "\x03"));
  CHECK_FALSE(PublicKey::p256(octets(kX), octets(kX)));  // not on the curve
  CHECK_FALSE(PublicKey::p256("", octets(kY)));
  CHECK_FALSE(PublicKey::p256(octets(kX) + '\0', octets(kY)));
  CHECK_FALSE(PublicKey::p256(std::string(32, '\0'), std::string(32, '\0')));
  CHECK_FALSE(PublicKey::ed25519(""));
  CHECK_FALSE(PublicKey::ed25519(octets(kPoint).substr(1)));
}
