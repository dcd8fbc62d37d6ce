// Sealed mailboxes in the directory: each change of settings, passwords, slots and generations is one batch that
// expects the mailbox's own row.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "posthorn/service/directory/sealing.h"

#include "service/directory/changes.h"
#include "service/directory/credentials.h"
#include "service/directory/keyring.h"
#include "service/directory/lookup.h"

namespace posthorn::directory {

/// Most app passwords of one mailbox, and octets of a label.
inline constexpr std::size_t kMaxAppPasswords = 100;
inline constexpr std::size_t kMaxLabel = 100;

/// Settings that were read and still hold, because nothing in the directory has changed since. Every delivery asks for
/// them, and asking the store would be its only reading. Safe to call from many threads.
class KnownSettings {
 public:
  [[nodiscard]] std::optional<vault::Setting> find(std::uint64_t account, std::uint64_t stamp);
  void insert(std::uint64_t account, std::uint64_t stamp, const vault::Setting& setting);

 private:
  static constexpr std::size_t kMost = 10'000;
  /// Then one is read again all the same: a process that was killed at the wrong moment told nobody of its change.
  static constexpr std::uint32_t kQuestions = 64;
  std::mutex mutex_;
  struct Known {
    vault::Setting setting;
    std::uint32_t questions = 0;
  };
  std::uint64_t stamp_ = 0;
  std::unordered_map<std::uint64_t, Known> known_;
};

class Vaults : public Sealing {
 public:
  /// @lifetime all outlive this object
  Vaults(store::Partition& rows, Changes& changes, Credentials& credentials, Random& random, const Options& options)
      : rows_(rows), changes_(changes), credentials_(credentials), random_(random), options_(options) {}

  Result<vault::Setting> setting(std::uint64_t account) override;
  Result<void> reprocessed(std::uint64_t account, const vault::Setting& followed) override;
  Result<vault::State> set_sealed(View address, bool sealed) override;
  Result<SealingStatus> status(View address) override;
  Result<void> request_reprocess(View address, bool wanted) override;
  Result<void> change_password(View address, const Secret& credential, const Secret& password) override;
  Result<void> reset_password(View address, const Secret& password, bool give_up_sealed) override;
  Result<std::uint32_t> reopen(View address, const Secret& credential) override;
  Result<Secret> add_recovery_token(View address, const Secret& credential) override;
  Result<Secret> add_app_password(View address, View label, const Secret& credential) override;
  Result<void> remove_app_password(View address, View label) override;
  Result<std::vector<AuditEntry>> audit(View address) override;
  Result<void> record(View action, View address, View detail) override;

  /// Puts the first keys of a new mailbox. @param made  of its password
  void put_first_keys(AccountId account, const Credentials::Made& made, store::Batch& batch) const;

  /// What a login with the right password brings up to date: hash, SCRAM keys, missing keys, a pending setting.
  /// @param slot_key  what the password's run gave
  /// @param ring      the mailbox's keys as this login read them
  /// @returns the keys that are open now; those of `keys` where nothing was to do or nothing could be done
  std::shared_ptr<const vault::OpenKeys> renew(const mail::Mailbox& address, const Found<rows::MailboxRow>& found,
                                               const Secret& password, const Secret& slot_key, Result<Keyring> ring,
                                               std::shared_ptr<const vault::OpenKeys> keys);

 private:
  struct Held {
    mail::Mailbox address;
    Found<rows::MailboxRow> found;
    Keyring ring;
  };
  Result<Held> hold(View address) const;
  Result<void> check_keyless(AccountId account) const;
  /// Drops SCRAM keys that would be the cheap way in. @returns the batch that makes the change
  store::Batch commit(Held& held, View action, View detail) const;
  Result<void> edit(View address, View action, const std::function<Result<std::string>(Held&)>& edit);
  /// The private key of the present generation, by password, app password or token. @errors denied
  Result<Secret> open_present(const Held& held, const Secret& credential) const;
  Result<Secret> open_generation(const vault::Generation& generation, const Secret& credential) const;
  void note(store::Batch& batch, View action, View address, View detail) const;
  /// Fills passwords and wraps `private_key` with what they give.
  void take(Held& held, const rows::MailboxRow& fresh, const Credentials::Made& made, View private_key) const;
  Result<Secret> add_token(View address, vault::SlotKind kind, View label, const Secret& credential);

  store::Partition& rows_;
  Changes& changes_;
  Credentials& credentials_;
  Random& random_;
  const Options& options_;
  KnownSettings known_;
  mutable std::atomic<std::uint32_t> noted_ = 0;
};

}  // namespace posthorn::directory
