// What the owner of a mailbox wants done with a message, as values that the delivery carries out.
//
// Whatever leaves this site goes through the queue: a transaction that wants so becomes a message of the queue by one
// commit, and the queue asks the filter anew, under a name that stays the same however often it tries. What is sent has
// a name that follows from that one, so it is sent once; what stays here is one batch of the account, with its receipt.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"
#include "posthorn/service/directory/directory.h"
#include "posthorn/service/mailbox/account.h"
#include "posthorn/service/queue/message.h"

namespace posthorn::delivery {

/// What an IMAP command did to a message of a mailbox (RFC 6785). @lifetime borrowed
struct ImapEvent {
  View cause;                     ///< "APPEND", "COPY" or "FLAG" (section 4.3)
  View mailbox;                   ///< where the message is
  View user;                      ///< login of who did it
  const imap::Flags& flags;       ///< of the message now
  const imap::Flags& flags_were;  ///< the same where it is new
};

/// A message at the door of a mailbox, or in it where there is an event. @lifetime all borrowed for the call
struct Arrival {
  const directory::Account& account;
  mailbox::Account& mailboxes;
  View message;           ///< as it would be stored
  std::size_t front = 0;  ///< octets in front of it that are for this mailbox alone
  View sender;            ///< reverse-path without <>; empty: the null sender
  View recipient;         ///< the address that the sender wrote to
  View login;             ///< who submitted it; empty: nobody logged in
  queue::Notify notify;   ///< what the sender wants to hear
  queue::Return content = queue::Return::unspecified;
  View original{};     ///< ORCPT, decoded; empty: not given
  View envelope_id{};  ///< queue::Message::envelope_id
  std::optional<WallTime> deliver_by{};
  bool return_late = false;          ///< queue::Message::return_late
  bool utf8 = false;                 ///< it came with SMTPUTF8
  bool junk = false;                 ///< it is filed as junk unless the owner says where it goes
  WallTime when{};                   ///< when this site took it, the same however often it is tried
  const ImapEvent* event = nullptr;  ///< null: it is delivered
};

/// A copy for a mailbox of the owner.
struct Copy {
  /// Where mail goes without a filter: INBOX, or where junk is kept; at an event, where it is, with these flags.
  /// `mailbox` is not looked at.
  bool usual = false;
  std::string mailbox;  ///< INBOX where it is missing and not to be made, or cannot be
  bool create = false;
  imap::SpecialUse use = imap::SpecialUse::none;  ///< of a mailbox that is made
  imap::Flags flags;
  std::shared_ptr<const std::string> message;  ///< null: as it came
};

/// Mail that is sent because of this one.
struct Letter {
  std::string purpose;     ///< with `to` tells apart what one delivery sends
  std::string sender;      ///< reverse-path; empty: the null sender
  bool passed_on = false;  ///< somebody else's mail: its sender is rewritten where the host does so
  bool by_owner = false;   ///< no mail that came is the cause, but what somebody did in the mailbox: the owner sends
  std::string to;
  std::string message;
  std::string original;  ///< queue::Recipient::original; empty: `to`
  queue::Notify notify;
  queue::Return content = queue::Return::unspecified;
  bool utf8 = false;
  std::optional<WallTime> deliver_by;
  bool return_late = false;
  std::optional<mailbox::Remembrance> memory{};  ///< kept in mind where it goes, not where it may not
};

struct Decision {
  std::vector<Copy> copies;
  std::vector<Letter> letters;
  std::vector<mailbox::Remembrance> remembered;
  /// The owner refuses the message, and why, in ASCII: nothing else is done. A reply of the protocol where one can be
  /// given to all, else a report.
  std::optional<std::string> refusal;
};

/// What the owner of one account wants, as it was when a delivery asked.
class Wishes {
 public:
  virtual ~Wishes() = default;
  /// May block. @errors transient ones: the message comes again
  [[nodiscard]] virtual Result<Decision> decide(const Arrival& arrival) = 0;
};

/// Safe to call from many threads; may block.
class Filter {
 public:
  virtual ~Filter() = default;
  /// @returns null: mail of this account is filed, and nobody is asked about it
  /// @errors transient ones: the message comes again
  /// @lifetime the filter outlives what it returns
  [[nodiscard]] virtual Result<std::unique_ptr<Wishes>> wishes_of(const directory::Account& account) = 0;
  /// What a script wants at an IMAP event. @param script  name of one of the owner's
  /// @returns null: he has none of that name. @errors transient ones
  [[nodiscard]] virtual Result<std::unique_ptr<Wishes>> wishes_at_event(const directory::Account& account,
                                                                        View script) {
    (void)account;
    (void)script;
    return std::unique_ptr<Wishes>();
  }
};

}  // namespace posthorn::delivery
