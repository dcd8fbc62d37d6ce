// Keys for SCRAM-SHA-256 (RFC 5802 section 3, RFC 7677): made when a password is set, kept instead of it.
#pragma once

#include <cstdint>

#include "posthorn/bytes/secret.h"
#include "posthorn/bytes/view.h"
#include "posthorn/protocol/sasl/mechanism.h"

namespace posthorn::sasl {

/// Fewest iterations that a client accepts and a server offers (RFC 7677 section 4).
inline constexpr std::uint32_t kMinIterations = 4096;
/// Most iterations that a client does for a server: a hostile one would let it count for ever.
inline constexpr std::uint32_t kMaxIterations = 10'000'000;

/// Makes the keys that a server stores.
/// @param password   after prepare()
/// @param salt       16 random octets or more
/// @param iterations kMinIterations or more
[[nodiscard]] ScramKeys make_scram_keys(const Secret& password, View salt, std::uint32_t iterations);

/// The same, and the ClientKey that each login will show; it must not be stored.
struct MadeScramKeys {
  ScramKeys keys;
  Secret client_key;
};
[[nodiscard]] MadeScramKeys make_scram_keys_and_client_key(const Secret& password, View salt,
                                                           std::uint32_t iterations);

/// Keys that look real and belong to no password, always the same for one login.
/// @param seed secret of the server, 32 random octets; who has it can tell real logins from others
[[nodiscard]] ScramKeys decoy_scram_keys(const Secret& seed, View login, std::uint32_t iterations);

}  // namespace posthorn::sasl
