// The mailboxes of a session as they are, with somebody who hears what is done to messages.
#pragma once

#include <memory>
#include <optional>
#include <span>

#include "posthorn/protocol/imap/mailboxes.h"

namespace posthorn::filtering {

/// A message that something was done to.
struct Touched {
  imap::Uid uid;
  std::optional<imap::Flags> flags_were;  ///< nullopt: it is new
};

/// Hears of one mailbox.
class Listener {
 public:
  virtual ~Listener() = default;
  /// Called when it is done. @param cause  RFC 6785 section 4.3
  virtual void happened(View cause, std::span<const Touched> messages) = 0;
  /// Whether \Seen is the message's. Otherwise it is the user's own, as the session shows it: what he has read is
  /// nobody else's business, and no event.
  [[nodiscard]] virtual bool shares_seen() const { return true; }
};

class Watcher {
 public:
  virtual ~Watcher() = default;
  /// Who wants to hear of a mailbox now; null: nobody. @param mailbox  as the session names it
  [[nodiscard]] virtual std::unique_ptr<Listener> listener(View mailbox) = 0;
};

[[nodiscard]] std::unique_ptr<imap::Mailboxes> watched(std::unique_ptr<imap::Mailboxes> mailboxes,
                                                       std::unique_ptr<Watcher> watcher);

}  // namespace posthorn::filtering
