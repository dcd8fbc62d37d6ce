// Hybrid public key encryption (HPKE, RFC 9180) in base mode with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and
// ChaCha20-Poly1305: whoever has a public key seals, only the private key opens.
//
// One encapsulation costs two multiplications on the curve, opening one costs one; each further message of a context
// costs next to nothing. Messages carry their sequence number, so they may be opened in any order.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "posthorn/bytes/random.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/secret.h"
#include "posthorn/bytes/view.h"

namespace posthorn::crypto {

/// Octets of public keys, private keys and encapsulations.
inline constexpr std::size_t kHpkeKeyOctets = 32;

struct HpkeKeyPair {
  std::string public_key;
  Secret private_key;
};
[[nodiscard]] HpkeKeyPair make_hpke_key_pair(Random& random);
/// The public key of a private key. @errors misuse (not 32 octets)
[[nodiscard]] Result<std::string> hpke_public_key(View private_key);

/// Key and nonce that one encapsulation made (RFC 9180 section 5.1), the same on both sides.
class HpkeKeys {
 public:
  HpkeKeys(Secret key, std::string base_nonce) : key_(std::move(key)), base_nonce_(std::move(base_nonce)) {}

  /// @param sequence never used before in this context: 0, 1, 2...
  [[nodiscard]] std::string seal(std::uint64_t sequence, View associated, View plain) const;
  /// @errors denied: anything is not as it was sealed
  [[nodiscard]] Result<Secret> open(std::uint64_t sequence, View associated, View sealed) const;

 private:
  [[nodiscard]] std::string nonce(std::uint64_t sequence) const;
  Secret key_;
  std::string base_nonce_;
};

struct HpkeSender {
  std::string encapsulated;  ///< 32 octets, sent along
  HpkeKeys context;
};

/// Begins a context for who has the private key of `public_key` (SetupBaseS).
/// @param info  what both sides know of the purpose; other words open nothing
/// @errors misuse: no public key (32 octets; not one of those that give the same secret to everybody)
[[nodiscard]] Result<HpkeSender> hpke_send(View public_key, View info, Random& random);
/// The same with an ephemeral key that the caller chose: for published vectors only.
[[nodiscard]] Result<HpkeSender> hpke_send_with(View ephemeral_private_key, View public_key, View info);

/// The other side (SetupBaseR). @errors corrupt (no encapsulation), misuse (no private key)
[[nodiscard]] Result<HpkeKeys> hpke_receive(View private_key, View public_key, View encapsulated, View info);

}  // namespace posthorn::crypto
