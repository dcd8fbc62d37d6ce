// Keys from keys (HKDF, RFC 5869) and keys from passwords (Argon2id, RFC 9106); the library behind them does not show.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "posthorn/bytes/result.h"
#include "posthorn/bytes/secret.h"
#include "posthorn/bytes/view.h"

namespace posthorn::crypto {

/// HKDF-Extract with SHA-256 (RFC 5869 section 2.2), 32 octets.
[[nodiscard]] Secret hkdf_extract(View salt, View key_material);

/// HKDF-Expand with SHA-256 (RFC 5869 section 2.3).
/// @param key    32 octets, of hkdf_extract() or uniformly random
/// @param count  octets wanted, at most 8,160
[[nodiscard]] Secret hkdf_expand(View key, View info, std::size_t count);

/// What one Argon2id run costs.
struct Argon2Cost {
  std::uint64_t passes = 2;         ///< over the memory, at least 1
  std::size_t octets = 64U << 20U;  ///< memory, at least 8 KiB
  bool operator==(const Argon2Cost&) const = default;
};

/// Bounds of a cost that is read from somewhere: beyond them it is an attack or damage, not a choice.
inline constexpr Argon2Cost kMaxArgon2Cost{100, std::size_t{4} << 30U};

/// Argon2id with one lane, 32 octets. Blocks for as long as the cost says.
/// @param salt 16 octets
/// @errors misuse (a salt of another size, a cost out of range), unavailable (not enough memory)
[[nodiscard]] Result<Secret> argon2id(const Secret& password, View salt, Argon2Cost cost);

}  // namespace posthorn::crypto
