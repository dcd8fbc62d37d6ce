// Slots: the private key of a mailbox, wrapped once for each credential that opens it, and handed on from generation to
// generation. It exists in no other form on disk.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/bytes/random.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/secret.h"
#include "posthorn/bytes/view.h"
#include "posthorn/service/vault/keys.h"

namespace posthorn::vault {

/// What opens a slot.
enum class SlotKind : std::uint8_t {
  password,      ///< the mailbox password, through Argon2id
  app_password,  ///< a random password for one program
  recovery,      ///< a random token, shown once
  scram,         ///< the ClientKey of SCRAM-SHA-256, which the server learns at each login (RFC 5802 section 3)
};
/// The word of a kind in rows and for people.
[[nodiscard]] View name_of(SlotKind kind);
[[nodiscard]] std::optional<SlotKind> slot_kind(View name);

struct Slot {
  SlotKind kind = SlotKind::password;
  std::string name;     ///< label of an app password; unique among the slots of a kind
  std::string method;   ///< how the credential gives the key: a text of crypto/password.h
  std::string wrapped;  ///< nonce and sealed private key
  bool operator==(const Slot&) const = default;
};

/// Wraps a private key.
/// @param slot_key  32 octets that only the credential gives
[[nodiscard]] Slot wrap(const PublicKey& key, View private_key, SlotKind kind, View name, View method,
                        const Secret& slot_key, Random& random);
/// The private key. @errors denied (another slot key, or a damaged slot), corrupt (opens, but to another key)
[[nodiscard]] Result<Secret> unwrap(const PublicKey& key, const Slot& slot, const Secret& slot_key);

/// One key pair as it is stored.
struct Generation {
  PublicKey key;
  std::vector<Slot> slots;
  /// The private key sealed to a later generation, so that who opens that one has this one too.
  struct Forward {
    std::uint32_t generation = 0;
    std::string encapsulated;
    std::string sealed;
    bool operator==(const Forward&) const = default;
  };
  std::optional<Forward> forward;
  std::vector<std::string> unread;  ///< what a later version or a damage wrote: kept as it is
  bool operator==(const Generation&) const = default;

  /// The first slot of a kind (and name), or null.
  [[nodiscard]] const Slot* find(SlotKind kind, View name = {}) const;
  /// Puts a slot in the place of the one with its kind and name.
  void put(Slot slot);
  /// @returns whether there was one
  bool erase(SlotKind kind, View name = {});
};

/// Seals the private key of an old generation to a newer one.
[[nodiscard]] Result<Generation::Forward> hand_on(const Generation& old, View private_key, const PublicKey& newer,
                                                  Random& random);
/// Adds to `keys` every generation that leads, directly or not, to one it holds. Damaged ones are passed over: they
/// must not keep anybody from the others.
void follow(OpenKeys& keys, const std::vector<Generation>& generations);

}  // namespace posthorn::vault
