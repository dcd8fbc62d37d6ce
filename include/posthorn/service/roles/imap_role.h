// IMAP as a service: a session whose logins are the directory's and whose mailboxes are an account's.
//
// Commands run in work(), a bounded piece of answer at a time. A connection that idles holds no buffer, and no mailbox
// but the selected one.
#pragma once

#include <memory>
#include <string>

#include "posthorn/protocol/imap/state.h"
#include "posthorn/protocol/session.h"
#include "posthorn/service/roles/role.h"
#include "posthorn/service/sharing/namespaces.h"

namespace posthorn::roles {

struct ImapOptions {
  imap::Limits limits;
  imap::Identity identity{};  ///< what ID answers
  std::string sieve_url;      ///< imap::ServerOptions::sieve_url
  sharing::NamespaceOptions namespaces;
};

/// One connection. @lifetime `services` outlives it
[[nodiscard]] std::unique_ptr<Conversation> make_imap_role(const Services& services, Connection connection,
                                                           ImapOptions options);

}  // namespace posthorn::roles
