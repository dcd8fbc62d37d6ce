// Randomness as an argument.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace posthorn {

/// A source of unpredictable octets (predictable only in tests). Safe to call from any thread.
class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::byte> out) = 0;

  /// A uniformly distributed 64-bit number.
  [[nodiscard]] std::uint64_t number() {
    std::uint64_t n = 0;
    fill(std::as_writable_bytes(std::span(&n, 1)));
    return n;
  }
};

}  // namespace posthorn
