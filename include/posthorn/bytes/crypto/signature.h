// Public keys that verify signatures; the library behind them does not show.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"

namespace posthorn::crypto {

/// How a signature is made. A key has one of them, so nobody can choose another for it.
enum class SignatureScheme : std::uint8_t {
  rsa_pkcs1_sha256,   ///< RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 section 8.2)
  ecdsa_p256_sha256,  ///< ECDSA on P-256 with SHA-256; a signature is R and S, 32 octets each (RFC 7518 section 3.4)
  ed25519,            ///< Ed25519 (RFC 8032 section 5.1), 64 octets
};

/// Bits of an RSA modulus: fewer are too weak (RFC 7518 section 3.3), more only cost time.
inline constexpr std::size_t kMinRsaBits = 2048;
inline constexpr std::size_t kMaxRsaBits = 8192;
/// What old mail keys have (RFC 8301 section 3.2). With fewer no key is made, whatever the caller says.
inline constexpr std::size_t kLeastRsaBits = 1024;
/// Octets of a coordinate on P-256, and of an Ed25519 key.
inline constexpr std::size_t kCurveOctets = 32;

/// A public key. Many threads may verify with one object.
class PublicKey {
 public:
  /// @param modulus   big-endian, `min_bits` to kMaxRsaBits
  /// @param exponent  big-endian, odd, from 3 to 2^32 - 1
  /// @param min_bits  at least kLeastRsaBits
  /// @errors unsupported: another size; syntax: they are no such numbers
  [[nodiscard]] static Result<PublicKey> rsa(View modulus, View exponent, std::size_t min_bits = kMinRsaBits);
  /// The same from DER: a SubjectPublicKeyInfo (RFC 5280 section 4.1) or a bare RSAPublicKey (RFC 8017 A.1.1).
  /// @errors as rsa()
  [[nodiscard]] static Result<PublicKey> rsa_from_der(View octets, std::size_t min_bits = kMinRsaBits);
  /// The point (x, y), kCurveOctets each. @errors syntax: not so long, or not on the curve
  [[nodiscard]] static Result<PublicKey> p256(View x, View y);
  /// The encoded point, kCurveOctets. @errors syntax: not so long
  [[nodiscard]] static Result<PublicKey> ed25519(View point);

  [[nodiscard]] SignatureScheme scheme() const { return scheme_; }
  /// Bits of the modulus, or of the curve.
  [[nodiscard]] std::size_t bits() const;
  /// The SubjectPublicKeyInfo in DER.
  [[nodiscard]] std::string info() const;
  /// The octets that ed25519() reads; empty for other schemes.
  [[nodiscard]] std::string point() const;
  /// Whether `signature` was made of `octets` by the private half.
  [[nodiscard]] bool verifies(View octets, View signature) const;
  /// The same with the SHA-256 of the octets, which Ed25519 signs itself instead of them (RFC 8463 section 3).
  [[nodiscard]] bool verifies_digest(View sha256, View signature) const;

 private:
  friend class PrivateKey;
  struct Key;
  PublicKey(SignatureScheme scheme, std::shared_ptr<const Key> key) : scheme_(scheme), key_(std::move(key)) {}
  static Result<PublicKey> read(SignatureScheme scheme, View info);

  SignatureScheme scheme_;
  std::shared_ptr<const Key> key_;
};

}  // namespace posthorn::crypto
