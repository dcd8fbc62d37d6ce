#include "posthorn/bytes/crypto/signature.h"

#include <algorithm>
#include <string>

#include <openssl/x509.h>

#include "bytes/crypto/der.h"
#include "bytes/crypto/key_handle.h"

namespace posthorn::crypto {

namespace {

bool is_odd(View number) { return !number.empty() && (static_cast<unsigned char>(number.back()) & 1U) != 0; }

std::unexpected<Error> refused(View note) { return fail(peer_error(Code::syntax, note)); }

/// The signature in the form that the library reads; empty: it is none.
std::string library_form(SignatureScheme scheme, View signature) {
  if (scheme != SignatureScheme::ecdsa_p256_sha256) return own(signature);
  if (signature.size() != 2 * kCurveOctets) return {};
  return der::value(der::kSequence,
                    der::integer(signature.substr(0, kCurveOctets)) + der::integer(signature.substr(kCurveOctets)));
}

}  // namespace

// Keys go to the library as SubjectPublicKeyInfo (RFC 5280 section 4.1), the one form that BoringSSL and OpenSSL 3 both
// read without functions that one of them has given up.
Result<PublicKey> PublicKey::read(SignatureScheme scheme, View info) {
  const NoErrorsLeft after;
  const unsigned char* at = octets_of(info);
  auto made = std::make_shared<Key>();
  made->handle.reset(d2i_PUBKEY(nullptr, &at, static_cast<long>(info.size())));
  if (!made->handle) return refused("no public key of its kind");
  return PublicKey(scheme, std::move(made));
}

Result<PublicKey> PublicKey::rsa(View modulus, View exponent, std::size_t min_bits) {
  modulus = der::without_zeros(modulus);
  exponent = der::without_zeros(exponent);
  min_bits = std::max(min_bits, kLeastRsaBits);
  if (der::bits_of(modulus) < min_bits || der::bits_of(modulus) > kMaxRsaBits) {
    return fail(peer_error(Code::unsupported, "an RSA modulus must have from " + std::to_string(min_bits) + " to " +
                                                  std::to_string(kMaxRsaBits) + " bits"));
  }
  if (!is_odd(modulus) || !is_odd(exponent) || der::bits_of(exponent) < 2 || der::bits_of(exponent) > 32)
    return refused("an RSA exponent must be odd, from 3 to 2^32 - 1, and the modulus odd");
  return read(
      SignatureScheme::rsa_pkcs1_sha256,
      der::public_key_info(der::kRsa, der::value(der::kSequence, der::integer(modulus) + der::integer(exponent))));
}

Result<PublicKey> PublicKey::rsa_from_der(View octets, std::size_t min_bits) {
  View outer;
  View algorithm;
  View bits;
  if (!der::take(octets, der::kSequence, outer) || !octets.empty()) return refused("no key in DER");
  if (der::take_whole(outer, der::kSequence, algorithm)) {
    const bool wrapped =
        algorithm == der::kRsa && der::take(outer, der::kBitString, bits) && outer.empty() && bits.starts_with('\0');
    if (!wrapped) return refused("no SubjectPublicKeyInfo of an RSA key");
    bits.remove_prefix(1);
    if (!der::take(bits, der::kSequence, outer) || !bits.empty()) return refused("no RSAPublicKey");
  }
  View modulus;
  View exponent;
  if (!der::take(outer, der::kInteger, modulus) || !der::take(outer, der::kInteger, exponent) || !outer.empty())
    return refused("no RSAPublicKey");
  return rsa(modulus, exponent, min_bits);
}

Result<PublicKey> PublicKey::p256(View x, View y) {
  if (x.size() != kCurveOctets || y.size() != kCurveOctets) return refused("a coordinate on P-256 has 32 octets");
  constexpr char kUncompressed = 0x04;  // SEC 1 section 2.3.3
  return read(SignatureScheme::ecdsa_p256_sha256,
              der::public_key_info(der::kP256, std::string(1, kUncompressed) + own(x) + own(y)));
}

Result<PublicKey> PublicKey::ed25519(View point) {
  if (point.size() != kCurveOctets) return refused("an Ed25519 key has 32 octets");
  return read(SignatureScheme::ed25519, der::public_key_info(der::kEd25519, point));
}

std::size_t PublicKey::bits() const {
  return scheme_ == SignatureScheme::rsa_pkcs1_sha256 ? static_cast<std::size_t>(EVP_PKEY_bits(key_->handle.get()))
                                                      : 256;
}

std::string PublicKey::info() const {
  std::string out(static_cast<std::size_t>(std::max(0, i2d_PUBKEY(key_->handle.get(), nullptr))), '\0');
  unsigned char* at = octets_of(out);
  i2d_PUBKEY(key_->handle.get(), &at);
  return out;
}

std::string PublicKey::point() const {
  if (scheme_ != SignatureScheme::ed25519) return {};
  std::string out(kCurveOctets, '\0');
  std::size_t size = out.size();
  EVP_PKEY_get_raw_public_key(key_->handle.get(), octets_of(out), &size);
  return out;
}

bool PublicKey::verifies(View octets, View signature) const {
  const NoErrorsLeft after;
  const std::string form = library_form(scheme_, signature);
  const DigestHandle digest = new_digest();
  return EVP_DigestVerifyInit(digest.get(), nullptr, digest_of(scheme_), nullptr, key_->handle.get()) == 1 &&
         EVP_DigestVerify(digest.get(), octets_of(form), form.size(), octets_of(octets), octets.size()) == 1;
}

bool PublicKey::verifies_digest(View sha256, View signature) const {
  if (scheme_ == SignatureScheme::ed25519) return verifies(sha256, signature);
  const NoErrorsLeft after;
  const std::string form = library_form(scheme_, signature);
  const OperationHandle operation = operation_of(key_->handle.get());
  return EVP_PKEY_verify_init(operation.get()) == 1 && over_sha256(operation.get()) &&
         EVP_PKEY_verify(operation.get(), octets_of(form), form.size(), octets_of(sha256), sha256.size()) == 1;
}

}  // namespace posthorn::crypto
