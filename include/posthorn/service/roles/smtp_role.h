// SMTP and LMTP as a service: one role for mail exchangers, submission and local delivery, told apart by options.
//
// Binds a smtp::ServerSession to the directory (who may receive), the login (who may send) and delivery (where a message
// goes). Recipients that are pipelined are resolved in one visit to a worker, the message is stored in another.
//
// A message with several recipients is stored for all or answered with a failure (SMTP has one reply for all). What can
// fail for one recipient only - room in the mailbox - is checked before anything is stored. When storing fails for some
// and not for others, the answer is 451 and the client sends again: those who have the message get it twice, which is
// the lesser evil, since this server sends no bounces that could tell the sender who got nothing.
#pragma once

#include <memory>

#include "posthorn/protocol/session.h"
#include "posthorn/protocol/smtp/spec.h"
#include "posthorn/service/roles/role.h"

namespace posthorn::roles {

struct SmtpOptions {
  bool lmtp = false;
  /// Offer AUTH (as far as TLS and Connection::clear_login allow). Connection::require_login implies it.
  bool offer_login = false;
  /// A login may only send from its own address and from aliases that lead to it (features F4).
  bool check_sender = true;
  /// Received says nothing about the client of a login (features F15).
  bool hide_submitter = true;
  smtp::Limits limits;
};

/// One connection. @lifetime `services` outlives it
[[nodiscard]] std::unique_ptr<Conversation> make_smtp_role(const Services& services, Connection connection,
                                                           SmtpOptions options);

}  // namespace posthorn::roles
