// An account that others may use too: who they are, what they may do there, and how mail goes from one account to
// another.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/result.h"
#include "posthorn/protocol/imap/mailboxes.h"
#include "posthorn/service/mailbox/body.h"
#include "posthorn/service/store/store.h"

namespace posthorn::mailbox {

using store::AccountId;

/// Somebody who uses mailboxes of an account that is not his: has the rights that ACLs give him, no more.
///
/// ACLs name people by identifiers in one spelling (docs/formats/mailbox.md): "anyone", "authenticated",
/// "user=<account number>", "group=<name>", "group-override=<name>"; "-" in front takes rights away.
class Visitor {
 public:
  virtual ~Visitor() = default;
  [[nodiscard]] virtual AccountId account() const = 0;
  /// Whether an identifier without "-" means this person, now. @errors unavailable
  [[nodiscard]] virtual Result<bool> is(View identifier) const = 0;
  /// Another number whenever is() may give another answer; costs nothing, from any thread.
  [[nodiscard]] virtual std::uint64_t stamp() const = 0;
  /// Whether \Seen is everybody's own here.
  [[nodiscard]] virtual bool has_own_seen() const = 0;
};

/// Messages on their way into a mailbox from elsewhere. Destroyed unfinished it removes what it has brought.
class Import {
 public:
  struct Landed {
    imap::UidValidity uid_validity;
    std::vector<imap::Uid> uids;  ///< in the order of add()
  };
  virtual ~Import() = default;
  /// As Account::write_body().
  [[nodiscard]] virtual Result<std::unique_ptr<BodyWriter>> write_body() = 0;
  /// Takes a finished body; flags that the visitor may not set are left out. @errors as Account::add(), denied
  virtual Result<void> add(Body body, imap::Flags flags, WallTime internal_date) = 0;
  /// Returns when all is durable and visible. @errors as add()
  [[nodiscard]] virtual Result<Landed> finish() = 0;
};

/// Where COPY and MOVE find targets: the names of a session, of which one account has a part.
class Elsewhere {
 public:
  virtual ~Elsewhere() = default;
  /// The name of a mailbox inside the account `here`; nullopt: it is not there.
  [[nodiscard]] virtual std::optional<std::string> inside(AccountId here, View name) = 0;
  /// @errors not_found, denied
  [[nodiscard]] virtual Result<std::unique_ptr<Import>> import_into(View name) = 0;
};

/// How somebody comes to an account.
struct Entrance {
  std::shared_ptr<const vault::OpenKeys> keys = {};  ///< what his login opened here; null: plain messages only
  std::shared_ptr<const Visitor> visitor = {};       ///< null: it is the owner, who may do everything
  Elsewhere* elsewhere = nullptr;  ///< null: all names are this account's. @lifetime outlives what was made with it
};

/// The side of an account that others see.
class Sharer {
 public:
  virtual ~Sharer() = default;
  /// The IMAP port. Its ACL calls take and give identifiers as ACLs keep them. A visitor's list() has only what he may
  /// look up, and no subscriptions.
  [[nodiscard]] virtual std::unique_ptr<imap::Mailboxes> enter(const Entrance& entrance) = 0;
  /// @param visitor  null: the owner. @errors not_found, denied
  [[nodiscard]] virtual Result<std::unique_ptr<Import>> import_into(View mailbox,
                                                                    std::shared_ptr<const Visitor> visitor) = 0;
  /// What the owner of this account has noted on a mailbox of another one (RFC 5464: his private annotations).
  /// @param mailbox_id  imap::MailboxStatus::mailbox_id
  [[nodiscard]] virtual Result<std::vector<imap::MetadataEntry>> notes_on(View mailbox_id) const = 0;
  /// All or nothing. @errors as imap::Mailboxes::set_metadata()
  virtual Result<void> set_notes_on(View mailbox_id, std::span<const imap::MetadataEntry> entries) = 0;
};

}  // namespace posthorn::mailbox
