// How a message gets into the mailbox that it belongs in.
#pragma once

#include <string>

#include "posthorn/bytes/clock.h"
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

}  // namespace posthorn::delivery
