// The IMAP port of one session on an account.
#pragma once

#include <memory>

#include "posthorn/protocol/imap/mailboxes.h"
#include "posthorn/service/vault/keys.h"

namespace posthorn::mailbox {

class StoredAccount;

[[nodiscard]] std::unique_ptr<imap::Mailboxes> make_session(std::shared_ptr<StoredAccount> account,
                                                            std::shared_ptr<const vault::OpenKeys> keys);

}  // namespace posthorn::mailbox
