// Digests, HMAC and PBKDF2; the library behind them does not show.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "posthorn/bytes/view.h"

namespace posthorn::crypto {

/// 32 octets (FIPS 180-4).
[[nodiscard]] std::string sha256(View octets);
/// 64 octets (FIPS 180-4).
[[nodiscard]] std::string sha512(View octets);

/// SHA-256 of octets that come in pieces. A copy goes on from where it was made.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256& other);
  Sha256& operator=(const Sha256& other);
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  void add(View octets);
  /// The 32 octets of the digest; begins the next text.
  [[nodiscard]] std::string finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// HMAC-SHA-256 (RFC 2104), 32 octets.
[[nodiscard]] std::string hmac_sha256(View key, View octets);

/// HMAC-SHA-256 with one key for several texts: what depends on the key alone is computed once.
class HmacSha256 {
 public:
  explicit HmacSha256(View key);
  ~HmacSha256();
  HmacSha256(const HmacSha256&) = delete;
  HmacSha256& operator=(const HmacSha256&) = delete;
  void add(View octets);
  /// Appends the 32 octets of the code to `out`; begins the next text.
  void finish(std::string& out);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// PBKDF2 with HMAC-SHA-256 (RFC 8018 section 5.2), 32 octets: Hi() of RFC 5802.
[[nodiscard]] std::string pbkdf2_sha256(View password, View salt, std::uint32_t iterations);

}  // namespace posthorn::crypto
