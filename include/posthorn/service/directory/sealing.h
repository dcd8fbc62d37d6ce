// Sealed mailboxes as administrators and owners see them: switching, passwords, tokens, and what became of old keys.
//
// A mailbox gets its first key pair when its password is set or used, long before anybody switches sealing on. The
// private key is in the directory only wrapped (vault/slot.h), beside the password that opens it: every change of a
// password and its slot is one batch, so at no moment do they not belong together. A reset that does not know the old
// password begins a new generation of keys; the old one stays, wrapped as it was, until somebody remembers.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/secret.h"
#include "posthorn/bytes/view.h"
#include "posthorn/service/vault/setting.h"
#include "posthorn/service/vault/slot.h"

namespace posthorn::directory {

/// What is known of the keys of a mailbox without opening any.
struct SealingStatus {
  vault::Setting setting;
  bool used = false;  ///< something may be sealed to a key of this mailbox
  struct Generation {
    std::uint32_t number = 0;
    std::vector<std::pair<vault::SlotKind, std::string>> slots;  ///< kind and label
    bool handed_on = false;  ///< opens with a later generation; false for an old one: only by its own slots
  };
  std::vector<Generation> generations;  ///< ascending; the last is the present one
};

/// What somebody did to a mailbox: kept in the directory, written with the change itself.
struct AuditEntry {
  WallTime time;
  std::string actor;   ///< Options::actor of who did it
  std::string action;  ///< "encrypt", "decrypt", "password-reset"...
  std::string address;
  std::string detail;
};

/// Safe to call from many threads; every call may block. An address that is no mailbox is not_found.
class Sealing : public vault::Settings {
 public:
  /// Switches sealing of new mail. @returns the state that holds now: `pending` where there is no key yet
  virtual Result<vault::State> set_sealed(View address, bool sealed) = 0;
  [[nodiscard]] virtual Result<SealingStatus> status(View address) = 0;
  /// Whether old mail shall follow the setting as soon as somebody logs in with the keys.
  virtual Result<void> request_reprocess(View address, bool wanted) = 0;

  /// Gives a new password to who knows the old one, or has the recovery token; the keys are wrapped anew, mail stays as
  /// it is. @errors denied (the credential is wrong), syntax (a password that nobody can type)
  virtual Result<void> change_password(View address, const Secret& credential, const Secret& password) = 0;
  /// Gives a new password without knowing the old one. Where something may be sealed this begins a new generation of
  /// keys, and older mail cannot be read until reopen().
  /// @errors conflict: something may be sealed and `give_up_sealed` is false: nothing was changed
  virtual Result<void> reset_password(View address, const Secret& password, bool give_up_sealed) = 0;
  /// Brings back the mail of old generations by a password or token of that time. @returns how many were opened
  /// @errors denied: none
  virtual Result<std::uint32_t> reopen(View address, const Secret& credential) = 0;

  /// A new token that opens the mailbox when the password is lost; replaces an older one. Shown once, stored nowhere.
  /// @errors denied
  virtual Result<Secret> add_recovery_token(View address, const Secret& credential) = 0;
  /// A new password for one program; it logs in, and opens what is sealed. @errors denied, exists (the label), too_many
  virtual Result<Secret> add_app_password(View address, View label, const Secret& credential) = 0;
  virtual Result<void> remove_app_password(View address, View label) = 0;

  /// What was done, oldest first. @param address  empty: of all
  [[nodiscard]] virtual Result<std::vector<AuditEntry>> audit(View address) = 0;
  /// Adds an entry for something that is done elsewhere.
  virtual Result<void> record(View action, View address, View detail) = 0;
};

}  // namespace posthorn::directory
