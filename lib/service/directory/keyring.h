// All keys of one mailbox as the directory keeps them: its setting and its generations, read and written together.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "posthorn/bytes/random.h"
#include "posthorn/bytes/result.h"
#include "posthorn/service/directory/directory.h"
#include "posthorn/service/store/store.h"
#include "posthorn/service/vault/keys.h"
#include "posthorn/service/vault/slot.h"

#include "service/directory/rows.h"

namespace posthorn::directory {

/// What a credential wraps keys with.
struct Wrapping {
  vault::SlotKind kind = vault::SlotKind::password;
  std::string name;
  std::string method;
  Secret slot_key;
};

/// A value. Whoever writes it expects the mailbox's own row and puts that too: this one row guards all of these.
struct Keyring {
  AccountId account;
  rows::SettingRow setting;
  std::vector<vault::Generation> generations;  ///< ascending

  /// @errors corrupt: also when setting and generations contradict each other, each time they are read
  [[nodiscard]] static Result<Keyring> load(const store::Partition& partition, AccountId account);

  /// The present generation, or null.
  [[nodiscard]] vault::Generation* present();
  [[nodiscard]] const vault::Generation* present() const { return const_cast<Keyring*>(this)->present(); }

  /// Begins a new generation. What no message was sealed to is forgotten, all else stays.
  /// @returns its private key
  Secret begin_generation(Random& random);
  /// Wraps the private key of the present generation for one credential more.
  void wrap(View private_key, const Wrapping& wrapping, Random& random);

  /// The present key by this slot, and all that follow from it; null when the slot is missing or does not open.
  [[nodiscard]] std::shared_ptr<vault::OpenKeys> open(vault::SlotKind kind, View name, const Secret& slot_key) const;
  /// Whether who opens the present generation has this one too, as far as rows tell.
  [[nodiscard]] bool leads_to_present(const vault::Generation& generation) const;
  /// Whether an old generation can only be opened by its own slots.
  [[nodiscard]] bool has_orphans() const;

  /// Writes everything; generations that are gone are erased.
  void put(store::Batch& batch) const;
  /// Erases everything.
  static Result<void> erase(const store::Partition& partition, AccountId account, store::Batch& batch);

 private:
  static Result<Keyring> load_once(const store::Partition& partition, AccountId account);
  std::vector<std::uint32_t> forgotten_;
};

}  // namespace posthorn::directory
