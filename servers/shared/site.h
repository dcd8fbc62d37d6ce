// A data directory, opened: the store and the services that stand on it, for the servers and for the posthorn command.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "posthorn/bytes/result.h"
#include "posthorn/io/system.h"
#include "posthorn/service/directory/directory.h"
#include "posthorn/service/mailbox/account.h"
#include "posthorn/service/store/store.h"

#include "shared/settings.h"

namespace posthorn::servers {

struct SiteOptions {
  Settings settings;
  directory::Options directory;
};

/// What settings say of a site.
[[nodiscard]] SiteOptions site_options(const Settings& settings);

/// Owns the clock, the randomness, the store, the directory and the accounts of one data directory.
class Site {
 public:
  /// @errors those of the engine; not_found when `data_directory` is absent and `create` is false
  [[nodiscard]] static Result<std::unique_ptr<Site>> open(const SiteOptions& options, bool create);

  [[nodiscard]] const std::string& data_directory() const { return settings_.data_directory; }
  [[nodiscard]] const Settings& settings() const { return settings_; }
  [[nodiscard]] const Clock& clock() const { return clock_; }
  [[nodiscard]] Random& random() { return random_; }
  [[nodiscard]] store::Store& store() { return *store_; }
  [[nodiscard]] directory::Directory& directory() { return *directory_; }
  [[nodiscard]] mailbox::Accounts& accounts() { return *accounts_; }

 private:
  Settings settings_;
  io::SystemClock clock_;
  io::SystemRandom random_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<directory::Directory> directory_;
  std::unique_ptr<mailbox::Accounts> accounts_;
};

}  // namespace posthorn::servers
