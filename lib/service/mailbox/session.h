// The IMAP port of one session on an account.
#pragma once

#include <memory>

#include "posthorn/protocol/imap/mailboxes.h"
#include "posthorn/service/mailbox/sharing.h"

namespace posthorn::mailbox {

class StoredAccount;

[[nodiscard]] std::unique_ptr<imap::Mailboxes> make_session(std::shared_ptr<StoredAccount> account,
                                                            const Entrance& entrance);

}  // namespace posthorn::mailbox
