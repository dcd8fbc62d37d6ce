// Authenticated encryption with associated data: AES-256-GCM for contents, ChaCha20-Poly1305 and its form with long
// nonces for keys; the libraries behind them do not show.
//
// A nonce must never be used twice with one key; choosing it is the caller's work. What does not authenticate gives
// false and no octet of plaintext.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "posthorn/bytes/secret.h"
#include "posthorn/bytes/view.h"

namespace posthorn::crypto {

/// Octets that sealing adds, in all three.
inline constexpr std::size_t kTagOctets = 16;
inline constexpr std::size_t kAeadKeyOctets = 32;

/// AES-256-GCM (NIST SP 800-38D) with one key: the schedule is made once. One thread at a time.
class Aes256Gcm {
 public:
  static constexpr std::size_t kNonceOctets = 12;

  /// @param key 32 octets
  explicit Aes256Gcm(View key);
  ~Aes256Gcm();
  Aes256Gcm(Aes256Gcm&&) noexcept;
  Aes256Gcm& operator=(Aes256Gcm&&) noexcept;

  /// Appends the ciphertext and its tag to `out`.
  void seal(View nonce, View associated, View plain, std::string& out);
  /// Appends the plaintext to `out`. @returns false, with `out` as it was, when anything does not authenticate
  [[nodiscard]] bool open(View nonce, View associated, View sealed, std::string& out);

 private:
  struct Cipher;
  std::unique_ptr<Cipher> cipher_;
};

/// ChaCha20-Poly1305 (RFC 8439 section 2.8); the nonce has 12 octets. @returns ciphertext and tag
[[nodiscard]] std::string chacha20_poly1305_seal(View key, View nonce, View associated, View plain);
/// @returns false when anything does not authenticate
[[nodiscard]] bool chacha20_poly1305_open(View key, View nonce, View associated, View sealed, Secret& plain);

/// XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03); the nonce has 24 octets, so random ones do not meet.
inline constexpr std::size_t kLongNonceOctets = 24;
[[nodiscard]] std::string xchacha20_poly1305_seal(View key, View nonce, View associated, View plain);
[[nodiscard]] bool xchacha20_poly1305_open(View key, View nonce, View associated, View sealed, Secret& plain);

}  // namespace posthorn::crypto
