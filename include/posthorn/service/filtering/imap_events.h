// Sieve at IMAP events (RFC 6785): the script of a mailbox runs when somebody adds, copies or flags messages there.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include "posthorn/bytes/clock.h"
#include "posthorn/protocol/imap/mailboxes.h"
#include "posthorn/service/delivery/delivery.h"
#include "posthorn/service/directory/directory.h"
#include "posthorn/service/sharing/namespaces.h"

namespace posthorn::filtering {

/// The script is the one that the annotation mailbox::kEventScript names, of those of the mailbox's owner: it runs in
/// his name, whoever did something there. What it wants is done when the command has done what it does, and before it
/// is answered; what a script does is no event. Where the message is not kept it gets \Deleted, and its owner expunges
/// it.
///
/// Safe to use from many threads; each session may block.
class ImapEvents {
 public:
  virtual ~ImapEvents() = default;
  /// The mailboxes of a session, with scripts behind what it does. @lifetime this object outlives them
  [[nodiscard]] virtual std::unique_ptr<imap::Mailboxes> watch(sharing::Tree tree, const sharing::User& user) = 0;
};

struct EventOptions {
  /// Messages that a script runs for because of one command: it is answered when all have run. Those behind them are
  /// left as they are, with a line in the log.
  std::size_t messages = 1'000;
  std::function<void(View account, View what)> log{};  ///< hears what went wrong; null: nobody does
};

/// @param options  with a filter; without a queue nothing is sent, and what shall be sent on is kept
/// @lifetime the directory, the clock, filter and queue outlive the object
[[nodiscard]] std::unique_ptr<ImapEvents> make_imap_events(directory::Directory& directory, const Clock& clock,
                                                           delivery::Options options, EventOptions events);

}  // namespace posthorn::filtering
