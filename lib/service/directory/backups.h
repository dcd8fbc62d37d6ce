// Backup domains in the rows of the directory.
#pragma once

#include <string>
#include <vector>

#include "posthorn/service/directory/backup.h"
#include "posthorn/service/store/store.h"

#include "service/directory/changes.h"

namespace posthorn::directory {

/// Safe to call from many threads.
class StoredBackups : public Backups {
 public:
  /// @lifetime both outlive this object
  StoredBackups(store::Partition& rows, Changes& changes) : rows_(rows), changes_(changes) {}

  Result<void> set_backup(View domain, const Backup& backup) override;
  Result<Backup> backup(View domain) override;
  Result<void> add_known_recipients(const std::vector<std::string>& addresses) override;
  Result<void> remove_known_recipient(View address) override;
  Result<std::vector<std::string>> known_recipients(View domain) override;

  /// Erases the recipients of a domain that has no row (any more). @param name  in normal form
  Result<void> forget(const std::string& name);

 private:
  store::Partition& rows_;
  Changes& changes_;
};

/// The settings with names in normal form. @errors syntax
[[nodiscard]] Result<Backup> checked(Backup backup);

}  // namespace posthorn::directory
