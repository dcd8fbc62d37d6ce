// Private keys that sign; the library behind them does not show.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include "posthorn/bytes/crypto/signature.h"
#include "posthorn/bytes/random.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/secret.h"
#include "posthorn/bytes/view.h"

namespace posthorn::crypto {

/// A private key, RSA or Ed25519. Many threads may sign with one object; copies share it.
class PrivateKey {
 public:
  /// A new RSA key; takes from tens of milliseconds to seconds. Its primes come from the generator of the cryptographic
  /// library, which takes no other source.
  /// @param bits 2048, 3072 or 4096
  /// @errors misuse: another size
  [[nodiscard]] static Result<PrivateKey> generate_rsa(std::size_t bits);
  [[nodiscard]] static PrivateKey generate_ed25519(Random& random);
  /// The key of a seed (RFC 8032 section 5.1.5). @errors syntax: not kCurveOctets
  [[nodiscard]] static Result<PrivateKey> ed25519(View seed);
  /// Reads what der(), pem() and pkcs1_pem() write, and PKCS #1 in DER. Text before and after the first key of a PEM
  /// file does not matter.
  /// @errors syntax: no such key, or one that is encrypted; unsupported: another kind of key, RSA with fewer than
  ///         `min_bits` (at least kLeastRsaBits) or more than kMaxRsaBits bits
  [[nodiscard]] static Result<PrivateKey> read(View text, std::size_t min_bits = kMinRsaBits);

  [[nodiscard]] SignatureScheme scheme() const;
  [[nodiscard]] PublicKey public_key() const;
  /// PKCS #8 (RFC 5958) in DER.
  [[nodiscard]] Secret der() const;
  /// The same as text: "-----BEGIN PRIVATE KEY-----" (RFC 7468 section 10).
  [[nodiscard]] Secret pem() const;
  /// "-----BEGIN RSA PRIVATE KEY-----" with PKCS #1 (RFC 8017 A.1.2), as old programs want it; empty for Ed25519.
  [[nodiscard]] Secret pkcs1_pem() const;

  /// The signature that PublicKey::verifies() accepts.
  [[nodiscard]] std::string sign(View octets) const;
  /// The signature that PublicKey::verifies_digest() accepts.
  [[nodiscard]] std::string sign_digest(View sha256) const;

 private:
  struct Key;
  explicit PrivateKey(std::shared_ptr<const Key> key) : key_(std::move(key)) {}

  std::shared_ptr<const Key> key_;
};

}  // namespace posthorn::crypto
