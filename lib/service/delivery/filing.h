// How a message gets into the mailboxes that it belongs in.
#pragma once

#include <string>

#include "posthorn/bytes/clock.h"
#include "posthorn/service/delivery/filter.h"
#include "posthorn/service/mailbox/account.h"

namespace posthorn::delivery {

struct Filing {
  WallTime now{};
  std::string receipt;  ///< mailbox::NewMessage::receipt
  bool again = false;   ///< mailbox::NewMessage::again
  bool junk = false;    ///< into the mailbox with the use \Junk (RFC 6154), with the keyword $Junk (RFC 9979)
};

/// Adds a finished body to INBOX or, as junk, where junk is kept; where there is no such mailbox any more, to INBOX.
/// @errors those of mailbox::Account::add()
[[nodiscard]] Result<void> file(mailbox::Account& account, mailbox::Body body, const Filing& filing);

/// Carries out what stays in the account, all or nothing; letters and refusals are not looked at.
/// @param message  as it came, for copies that have no other one
/// @errors those of mailbox::Account::add() and write_body()
[[nodiscard]] Result<void> file(mailbox::Account& account, View message, const Decision& decision,
                                const Filing& filing);

}  // namespace posthorn::delivery
