// What the queue does for each destination: settings of the host, and of the domains that we are the fallback MX for.
#pragma once

#include <map>
#include <mutex>
#include <optional>

#include "posthorn/service/directory/backup.h"
#include "posthorn/service/directory/directory.h"
#include "posthorn/service/queue/message.h"

#include "shared/settings.h"
#include "shared/tls_policy.h"

namespace posthorn::servers {

class QueuePolicies : public queue::Policies {
 public:
  /// @lifetime all outlive the object
  QueuePolicies(const Settings& settings, directory::Directory& directory, const Clock& clock);

  [[nodiscard]] queue::Policy policy(const queue::Destination& destination) override;
  /// The next hop, and what a connection to it must have: the words of a backup domain, or those of the host. What is
  /// said is at most kKeep old; where the directory cannot be read, what was known last holds.
  /// @errors syntax, misuse (the words of the backup domain), those of the directory (nothing is known yet)
  [[nodiscard]] Result<outbound::TlsPolicy> way(const std::string& domain);

 private:
  static constexpr std::chrono::seconds kKeep{5};
  static constexpr std::size_t kMaxKept = 100'000;
  struct Kept {
    WallTime until{};
    std::optional<directory::Backup> backup;
    std::optional<Result<outbound::TlsPolicy>> tls;  ///< nullopt: it says nothing of it
    std::optional<Error> unread;                     ///< why the directory did not tell; the others say nothing then
  };
  [[nodiscard]] Kept keep(const std::string& domain);
  [[nodiscard]] Kept read(const std::string& domain);

  const Settings& settings_;
  directory::Directory& directory_;
  const Clock& clock_;
  const Result<outbound::TlsPolicy> usual_tls_;
  std::mutex mutex_;
  std::map<std::string, Kept> kept_;  // guarded by mutex_
};

}  // namespace posthorn::servers
