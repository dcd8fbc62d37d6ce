// Which messages a FETCH goes through: a set, narrowed by the modifiers PARTIAL and CHANGEDSINCE.
#pragma once

#include <cstdint>
#include <vector>

#include "posthorn/protocol/imap/mailboxes.h"
#include "posthorn/protocol/imap/responder.h"

#include "protocol/imap/commands/fetch.h"

namespace posthorn::imap::commands::fetch {

/// Message numbers in ascending order, one after the other.
class MessageWalk {
 public:
  MessageWalk() = default;
  /// @param ranges  ascending, merged
  explicit MessageWalk(std::vector<Range> ranges);
  [[nodiscard]] bool at_end() const { return range_ == ranges_.size(); }
  /// The present message; not at the end.
  [[nodiscard]] SeqNum number() const { return number_; }
  /// The last message before a gap.
  [[nodiscard]] std::uint32_t last_of_range() const { return ranges_[range_].last; }
  void advance();

 private:
  std::vector<Range> ranges_;
  std::size_t range_ = 0;
  SeqNum number_;
};

/// Those messages of some ranges that the modifiers leave. Where both are given, places count those that changed
/// (RFC 9394 section 3.3).
[[nodiscard]] std::vector<Range> selected_by(const Modifiers& modifiers, std::vector<Range> ranges,
                                             const SelectedMailbox& mailbox);

/// Writes "* VANISHED (EARLIER)" of the UIDs of a set that are gone since then (RFC 7162 section 3.2.6).
/// @errors those of SelectedMailbox::vanished_since()
Result<void> tell_vanished(Responder& out, SelectedMailbox& mailbox, const SequenceSet& set, ModSeq since);

}  // namespace posthorn::imap::commands::fetch
