// Domains whose mail is kept for another server: what a fallback MX knows of each (features F52 to F54).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"

namespace posthorn::directory {

/// How the recipients of a backup domain are known before its mail is accepted.
enum class RecipientCheck : std::uint8_t {
  list,        ///< Backups::add_known_recipient() names them all
  call_ahead,  ///< the primary is asked
  any,         ///< everything is accepted; whoever writes to nobody gets a bounce, which makes backscatter
};

/// What becomes of a recipient of whom nobody knows, because the primary does not answer.
enum class WhenUnknown : std::uint8_t { accept, defer };

/// Another retention for a time.
struct Extension {
  std::chrono::seconds retention{0};
  WallTime until{};
  bool operator==(const Extension&) const = default;
};

/// Least and most that mail of a backup domain may be kept.
inline constexpr std::chrono::seconds kMinRetention = std::chrono::hours(1);
inline constexpr std::chrono::seconds kMaxRetention = std::chrono::days(366);
/// Octets of the text of a TLS policy.
inline constexpr std::size_t kMaxTlsPolicy = 1'000;

/// What a domain is kept for, and how its mail gets back.
struct Backup {
  bool on = false;  ///< the domain is one whose mail goes on to another server; it has no mailboxes and aliases here
  std::chrono::seconds retention = std::chrono::days(14);
  std::optional<Extension> extension;  ///< holds instead of `retention` until its time is over
  std::string next_hop;     ///< a host name, or an address literal with brackets; empty: the MX of the domain
  std::uint16_t port = 25;  ///< of next_hop
  std::string tls;          ///< policy for the way back, as the sender of the queue reads it; empty: its default
  std::string contact;      ///< address that hears of what waits long; empty: postmaster of this server
  RecipientCheck recipients = RecipientCheck::call_ahead;
  WhenUnknown when_unknown = WhenUnknown::accept;

  /// How long mail is kept that is in the queue now. Deadlines are computed from it each time and never stored, so that
  /// a change holds for mail that waits already.
  [[nodiscard]] std::chrono::seconds retention_at(WallTime now) const {
    return extension && now < extension->until ? extension->retention : retention;
  }
  bool operator==(const Backup&) const = default;
};

/// Safe to call from many threads; every call may block. A domain that is no backup domain of ours is not_found.
class Backups {
 public:
  virtual ~Backups() = default;
  /// Also makes a hosted domain a backup domain, or the other way round.
  /// @errors conflict (it has mailboxes, aliases or alias domains, or is one), syntax (a member of `backup`), not_found
  virtual Result<void> set_backup(View domain, const Backup& backup) = 0;
  [[nodiscard]] virtual Result<Backup> backup(View domain) = 0;

  /// Adds addresses to those that RecipientCheck::list accepts; one that is there already stays. All must be of one
  /// domain. @errors syntax, not_found, too_many (kMaxKnownAtOnce)
  virtual Result<void> add_known_recipients(const std::vector<std::string>& addresses) = 0;
  Result<void> add_known_recipient(View address) { return add_known_recipients({own(address)}); }
  /// @errors not_found (no such recipient either)
  virtual Result<void> remove_known_recipient(View address) = 0;
  /// In the order of local parts.
  [[nodiscard]] virtual Result<std::vector<std::string>> known_recipients(View domain) = 0;

  /// Most addresses of one call of add_known_recipients(): one batch of the store.
  static constexpr std::size_t kMaxKnownAtOnce = 10'000;
};

}  // namespace posthorn::directory
