// New messages of one account: those that arrive together go into one batch.
//
// The first caller leads: it takes all that wait, commits once and wakes them. While it commits, the next ones gather.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

#include "posthorn/service/mailbox/account.h"

#include "service/mailbox/ledger.h"

namespace posthorn::mailbox {

/// A message that goes with the batch in which others come.
struct Removal {
  MailboxId mailbox;
  Uid uid;
};

/// Adds messages, all in one batch or none, and takes one away with it; when it fails, their bodies are forgotten. They
/// need as much more room as they are larger than what goes.
/// @errors those of Intake::add(); too_many (messages for one batch), conflict (permanent: what shall go is gone)
Result<imap::AppendOutcome> add_together(Ledger& ledger, const std::vector<NewMessage>& messages, const Quota& quota,
                                         const std::optional<Removal>& removal);

/// As Account::add(Parcel); when it fails, the bodies are forgotten.
Result<void> add_parcel(Ledger& ledger, const Parcel& parcel, AccountId account, const Quota& quota);

/// Adds one message with a finished body to a mailbox that is there. The draft stays good when it cannot be.
/// @errors over_quota, too_long (the message), too_many, syntax (keywords)
[[nodiscard]] Result<Uid> add_to(Draft& draft, MailboxId id, const Body& body, const imap::Flags& flags,
                                 WallTime internal_date, const Quota& quota);

/// Safe to call from many threads.
class Intake {
 public:
  /// @param quota  called for each batch
  Intake(Ledger& ledger, std::function<Quota()> quota) : ledger_(ledger), quota_(std::move(quota)) {}

  /// Returns when the message is durable. A message that cannot be added fails alone, and its body is forgotten.
  Result<Added> add(const NewMessage& message);

 private:
  struct Waiting {
    const NewMessage* message;
    Result<Added> outcome;
    bool done = false;
    std::condition_variable wake;
  };
  std::vector<Waiting*> take_batch();
  void commit(const std::vector<Waiting*>& batch);

  Ledger& ledger_;
  const std::function<Quota()> quota_;
  std::mutex mutex_;
  std::deque<Waiting*> waiting_;
  bool leading_ = false;
};

}  // namespace posthorn::mailbox
