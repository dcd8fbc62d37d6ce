// Public keys that verify signatures; the library behind them does not show.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
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
/// Octets of a coordinate on P-256, and of an Ed25519 key.
inline constexpr std::size_t kCurveOctets = 32;

/// A public key. Many threads may verify with one object.
class PublicKey {
 public:
  /// @param modulus   big-endian, kMinRsaBits to kMaxRsaBits
  /// @param exponent  big-endian, odd, from 3 to 2^32 - 1
  /// @errors syntax: they are no such numbers
  [[nodiscard]] static Result<PublicKey> rsa(View modulus, View exponent);
  /// The point (x, y), kCurveOctets each. @errors syntax: not so long, or not on the curve
  [[nodiscard]] static Result<PublicKey> p256(View x, View y);
  /// The encoded point, kCurveOctets. @errors syntax: not so long
  [[nodiscard]] static Result<PublicKey> ed25519(View point);

  [[nodiscard]] SignatureScheme scheme() const { return scheme_; }
  /// Whether `signature` was made of `octets` by the private half.
  [[nodiscard]] bool verifies(View octets, View signature) const;

 private:
  struct Key;
  PublicKey(SignatureScheme scheme, std::shared_ptr<const Key> key) : scheme_(scheme), key_(std::move(key)) {}
  static Result<PublicKey> read(SignatureScheme scheme, View algorithm, View key);

  SignatureScheme scheme_;
  std::shared_ptr<const Key> key_;
};

}  // namespace posthorn::crypto
