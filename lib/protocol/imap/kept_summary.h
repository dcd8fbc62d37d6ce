// The summary that is kept of a message of the selected mailbox.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "posthorn/bytes/view.h"
#include "posthorn/protocol/imap/mailboxes.h"
#include "posthorn/protocol/imap/summary.h"

namespace posthorn::imap {

/// Of one message after the other.
class KeptSummary {
 public:
  /// Looks the one of this message up. Where there is none that can be its, nothing is known: reading the message says
  /// what is wrong.
  /// @param octets  the size of the message
  void look_up(SelectedMailbox& mailbox, SeqNum number, std::uint64_t octets);
  void forget() { summary_.reset(); }
  /// null: nothing is known. @lifetime until the next call of look_up() or forget()
  [[nodiscard]] const Summary* get() const { return summary_ ? &*summary_ : nullptr; }
  /// Fields of the header for FieldReader and find_field(), among them all of this name; nullopt: the message must be
  /// read. @lifetime as get()
  [[nodiscard]] std::optional<View> fields_with(View name) const;

 private:
  std::string octets_;
  std::optional<Summary> summary_;
};

}  // namespace posthorn::imap
