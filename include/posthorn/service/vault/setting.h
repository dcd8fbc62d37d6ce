// How the new mail of a mailbox is stored: the setting that an administrator changes and every writer asks for.
#pragma once

#include <cstdint>
#include <optional>

#include "posthorn/bytes/result.h"
#include "posthorn/service/vault/keys.h"

namespace posthorn::vault {

enum class State : std::uint8_t {
  off,      ///< new mail is stored plain; sealed mail stays sealed and readable
  pending,  ///< wanted, but the mailbox has no key yet: its owner must log in with the password. New mail is plain
  on,       ///< new mail is sealed
};

struct Setting {
  State state = State::off;
  std::optional<PublicKey> key;  ///< of the present generation; always there in state on
  bool reprocess = false;        ///< old mail shall follow the setting when somebody with the keys is logged in
  bool operator==(const Setting&) const = default;
};

/// Tells the setting of an account as it is now. Safe to call from many threads; may block.
class Settings {
 public:
  virtual ~Settings() = default;
  /// @errors any: the caller must then refuse to store, never store plain
  [[nodiscard]] virtual Result<Setting> setting(std::uint64_t account) = 0;
  /// The old mail of the account follows this setting now.
  virtual Result<void> reprocessed(std::uint64_t account, const Setting& followed) = 0;
};

}  // namespace posthorn::vault
