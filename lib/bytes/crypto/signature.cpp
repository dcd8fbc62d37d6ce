#include "posthorn/bytes/crypto/signature.h"

#include <bit>
#include <new>
#include <string>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

namespace posthorn::crypto {

namespace {

// Keys go to the library as SubjectPublicKeyInfo (RFC 5280 section 4.1), the one form that BoringSSL and OpenSSL 3 both
// read without functions that one of them has given up.
constexpr char kInteger = 0x02;
constexpr char kBitString = 0x03;
constexpr char kSequence = 0x30;
// AlgorithmIdentifiers: rsaEncryption with NULL (RFC 8017 A.1), id-ecPublicKey with secp256r1 (RFC 5480), id-Ed25519
// (RFC 8410).
constexpr View kRsa("\x30\x0D\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x01\x01\x05\x00", 15);
constexpr View kP256("\x30\x13\x06\x07\x2A\x86\x48\xCE\x3D\x02\x01\x06\x08\x2A\x86\x48\xCE\x3D\x03\x01\x07", 21);
constexpr View kEd25519("\x30\x05\x06\x03\x2B\x65\x70", 7);

/// One value of DER (X.690 section 8.1): tag, length, content.
std::string der(char tag, View content) {
  std::string length;
  for (std::size_t rest = content.size(); rest != 0; rest >>= 8U) length.insert(0, 1, static_cast<char>(rest & 0xFFU));
  if (content.size() >= 0x80) length.insert(0, 1, static_cast<char>(0x80U | length.size()));
  if (content.empty()) length.assign(1, '\0');
  return tag + length + own(content);
}

View without_zeros(View number) {
  while (!number.empty() && number.front() == '\0') number.remove_prefix(1);
  return number;
}

/// An unsigned big-endian number as INTEGER, which is signed.
std::string der_integer(View number) {
  const View digits = without_zeros(number);
  const bool negative = !digits.empty() && (static_cast<unsigned char>(digits.front()) & 0x80U) != 0;
  return der(kInteger, digits.empty() || negative ? std::string(1, '\0') + own(digits) : own(digits));
}

std::size_t bits_of(View number) {
  return number.empty() ? 0 : 8 * (number.size() - 1) + std::bit_width(static_cast<unsigned char>(number.front()));
}
bool is_odd(View number) { return !number.empty() && (static_cast<unsigned char>(number.back()) & 1U) != 0; }

const unsigned char* octets_of(View octets) {
  return reinterpret_cast<const unsigned char*>(octets.empty() ? "" : octets.data());
}

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

std::unexpected<Error> refused(View note) { return fail(peer_error(Code::syntax, note)); }

}  // namespace

struct PublicKey::Key {
  std::unique_ptr<EVP_PKEY, Free> handle;
};

Result<PublicKey> PublicKey::read(SignatureScheme scheme, View algorithm, View key) {
  const std::string info = der(kSequence, own(algorithm) + der(kBitString, std::string(1, '\0') + own(key)));
  const unsigned char* at = octets_of(info);
  auto made = std::make_shared<Key>();
  made->handle.reset(d2i_PUBKEY(nullptr, &at, static_cast<long>(info.size())));
  ERR_clear_error();  // what is left in the thread's queue would be taken for a failure of its next TLS session
  if (!made->handle) return refused("no public key of its kind");
  return PublicKey(scheme, std::move(made));
}

Result<PublicKey> PublicKey::rsa(View modulus, View exponent) {
  modulus = without_zeros(modulus);
  exponent = without_zeros(exponent);
  if (bits_of(modulus) < kMinRsaBits || bits_of(modulus) > kMaxRsaBits) {
    return refused("an RSA modulus must have from " + std::to_string(kMinRsaBits) + " to " +
                   std::to_string(kMaxRsaBits) + " bits");
  }
  if (!is_odd(modulus) || !is_odd(exponent) || bits_of(exponent) < 2 || bits_of(exponent) > 32)
    return refused("an RSA exponent must be odd, from 3 to 2^32 - 1, and the modulus odd");
  return read(SignatureScheme::rsa_pkcs1_sha256, kRsa, der(kSequence, der_integer(modulus) + der_integer(exponent)));
}

Result<PublicKey> PublicKey::p256(View x, View y) {
  if (x.size() != kCurveOctets || y.size() != kCurveOctets) return refused("a coordinate on P-256 has 32 octets");
  constexpr char kUncompressed = 0x04;  // SEC 1 section 2.3.3
  return read(SignatureScheme::ecdsa_p256_sha256, kP256, std::string(1, kUncompressed) + own(x) + own(y));
}

Result<PublicKey> PublicKey::ed25519(View point) {
  if (point.size() != kCurveOctets) return refused("an Ed25519 key has 32 octets");
  return read(SignatureScheme::ed25519, kEd25519, point);
}

bool PublicKey::verifies(View octets, View signature) const {
  std::string form = own(signature);
  if (scheme_ == SignatureScheme::ecdsa_p256_sha256) {
    if (signature.size() != 2 * kCurveOctets) return false;
    form = der(kSequence, der_integer(signature.substr(0, kCurveOctets)) + der_integer(signature.substr(kCurveOctets)));
  }
  const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
  if (!context) throw std::bad_alloc();
  const EVP_MD* digest = scheme_ == SignatureScheme::ed25519 ? nullptr : EVP_sha256();
  const bool good =
      EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key_->handle.get()) == 1 &&
      EVP_DigestVerify(context.get(), octets_of(form), form.size(), octets_of(octets), octets.size()) == 1;
  ERR_clear_error();
  return good;
}

}  // namespace posthorn::crypto
