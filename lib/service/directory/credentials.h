// Hashing and verifying passwords, a few at a time: each hashing holds many megabytes.
#pragma once

#include <optional>
#include <semaphore>
#include <string>

#include "posthorn/bytes/crypto/password.h"
#include "posthorn/bytes/random.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/secret.h"
#include "posthorn/service/directory/directory.h"

#include "service/directory/keyring.h"
#include "service/directory/rows.h"

namespace posthorn::directory {

/// Safe to call from many threads; calls wait for their turn.
class Credentials {
 public:
  Credentials(Random& random, const Options& options);

  /// What a new password gives to wrap keys with.
  struct Made {
    Wrapping password;
    std::optional<Wrapping> scram;
  };
  /// Fills the password fields of a row. @param sealed  whether something may be sealed for the mailbox
  /// @errors syntax (a password that nobody can type), unavailable (no memory)
  Result<Made> set(rows::MailboxRow& row, const Secret& password, bool sealed);
  /// Fills the SCRAM keys of a row as the options want them. @returns what wraps keys, where SCRAM logins open any
  Result<std::optional<Wrapping>> set_scram(rows::MailboxRow& row, const Secret& password, bool sealed);

  /// Tries the password of `row`. Costs the same for a null row (no match), for which `decoy` is tried.
  /// @errors unavailable; corrupt: the row's text
  [[nodiscard]] Result<crypto::PasswordMatch> verify(const rows::MailboxRow* row, View decoy, const Secret& password);
  /// Tries a credential against any stored text.
  [[nodiscard]] Result<crypto::PasswordMatch> match(View stored, const Secret& credential);

  /// A random secret that nobody can guess, in letters and digits, and what wraps keys with it.
  struct Token {
    Secret text;
    Wrapping wrapping;
  };
  [[nodiscard]] Token make_token(vault::SlotKind kind, View name);
  /// A token as it was given out, however people type it; nullopt: no token.
  [[nodiscard]] static std::optional<Secret> read_token(const Secret& typed);

  /// A hash that no password matches, at today's cost.
  [[nodiscard]] Result<std::string> make_decoy();
  /// Whether the hash was made at another cost.
  [[nodiscard]] bool is_outdated(View hash) const;
  /// Whether a mailbox keeps SCRAM keys. @param sealed  as in set()
  [[nodiscard]] bool keeps_scram(bool sealed) const {
    return options_.scram && (!sealed || options_.scram_opens_sealed);
  }
  /// Whether a SCRAM login may open what is sealed.
  [[nodiscard]] bool scram_opens() const { return options_.scram && options_.scram_opens_sealed; }
  /// Iterations of new SCRAM keys.
  [[nodiscard]] std::uint32_t scram_iterations() const;

 private:
  [[nodiscard]] std::string random_octets(std::size_t count);
  Random& random_;
  Options options_;
  std::counting_semaphore<> turns_;
};

}  // namespace posthorn::directory
