// Password hashes for storing (Argon2id, RFC 9106); the library behind them does not show.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "posthorn/bytes/result.h"
#include "posthorn/bytes/secret.h"
#include "posthorn/bytes/view.h"

namespace posthorn::crypto {

/// What one hashing costs; verifying costs the same.
struct PasswordCost {
  std::uint64_t operations = 2;     ///< passes over the memory, at least 1
  std::size_t octets = 64U << 20U;  ///< memory, at least 8 KiB
};

/// The standard text "$argon2id$v=19$m=...,t=...,p=1$salt$hash" with a fresh salt from the operating system.
/// Blocks for as long as the cost says. @errors unavailable (not enough memory), misuse (a cost out of range)
[[nodiscard]] Result<std::string> hash_password(const Secret& password, PasswordCost cost);

/// Whether `stored` is a text of hash_password() for this password; false for any other text.
/// Costs what the text says, whether or not the password is right.
[[nodiscard]] bool verify_password(View stored, const Secret& password);

/// Whether `stored` was made with another cost, so that the next login should hash the password again.
[[nodiscard]] bool needs_rehash(View stored, PasswordCost cost);

}  // namespace posthorn::crypto
