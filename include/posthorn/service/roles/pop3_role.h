// POP3 as a service: a session whose logins are the directory's and whose maildrop is the INBOX of an account.
//
// The maildrop is a snapshot of INBOX made at the login. The unique id of a message is "uidvalidity.uid", which the
// store never gives to another message and never changes, so a client that leaves mail on the server never sees one
// twice. RETR does not set \Seen: what IMAP clients show as unread is not decided by a fetcher. QUIT removes what was
// marked in one go before it answers +OK; when that fails nothing is removed and the answer is -ERR [SYS/TEMP].
//
// Nothing is locked: RFC 1939 wants exclusive access because numbers and sizes must not change, and a snapshot gives
// just that. Fetchers that poll while a client is connected, and a phone beside a desktop, work instead of failing by
// [IN-USE]. A message that another session has removed meanwhile is answered "No such message"; removing it again is no
// error.
#pragma once

#include <memory>
#include <string>

#include "posthorn/protocol/pop3/spec.h"
#include "posthorn/protocol/session.h"
#include "posthorn/service/roles/role.h"

namespace posthorn::roles {

struct Pop3Options {
  /// A piece of a message costs a visit to a worker: larger ones than a bare session has.
  pop3::Limits limits = {.chunk = 64U << 10U};
  std::string implementation = "Posthorn";  ///< told by CAPA; empty: nothing is told
};

/// One connection. @lifetime `services` outlives it
[[nodiscard]] std::unique_ptr<Conversation> make_pop3_role(const Services& services, Connection connection,
                                                           Pop3Options options);

}  // namespace posthorn::roles
