// SMTP and LMTP as a service: one role for mail exchangers, submission and local delivery, told apart by options.
//
// Binds a smtp::ServerSession to the directory (who may receive), the login (who may send) and delivery (where a
// message goes). Recipients that are pipelined are resolved in one visit to a worker, the message is stored in another.
//
// SMTP has one reply for all recipients of a message, and this server sends no bounces, so a message that is not stored
// for all of them is answered with a failure; nothing is ever lost in silence. What can fail for one recipient only and
// for long, the room in a mailbox, is checked before anything is stored. When storing fails for some and not for
// others: 451 if it may work later, and those who have the message get it twice; else the lasting failure, and the
// sender is told by his own server. LMTP answers for each recipient and has none of this.
#pragma once

#include <cstdint>
#include <memory>

#include "posthorn/grammar/ip_address.h"
#include "posthorn/protocol/session.h"
#include "posthorn/protocol/smtp/spec.h"
#include "posthorn/service/roles/role.h"

namespace posthorn::roles {

class Authentication;
class MxChecks;

/// What is done about a message of a login that looks as if a machine had sent it (features F14); it is taken in either
/// case, and the observer is told.
enum class OnAutomation : std::uint8_t {
  tell,    ///< nothing more
  hold,    ///< what of it goes to other hosts rests until an operator releases it
  freeze,  ///< all that the account has queued rests, and nothing more is taken from it until an operator thaws it
};

struct SmtpOptions {
  bool lmtp = false;
  /// Offer AUTH (as far as TLS and Connection::clear_login allow). Connection::require_login implies it.
  bool offer_login = false;
  /// A login may only send from its own address and from aliases that lead to it (features F4).
  bool check_sender = true;
  /// Received says nothing about the client of a login (features F15).
  bool hide_submitter = true;
  /// A login may send to other hosts, where Services::queued.
  bool outbound = false;
  OnAutomation automation = OnAutomation::tell;  ///< needs Services::limiter
  smtp::Offers offers;                           ///< XCLIENT apart, see xclient_from
  Duration greet_delay{};                        ///< smtp::ServerOptions
  bool refuse_early = false;
  bool strict_pipelining = false;
  Authentication* authentication = nullptr;  ///< who judges mail of clients that do not log in; null: nobody
  MxChecks* checks = nullptr;                ///< what is known of clients that do not log in; null: nothing is asked
  std::vector<IpNetwork> xclient_from;       ///< proxies that say in whose name they talk
  smtp::Limits limits;
};

/// One connection. @lifetime `services` outlives it
[[nodiscard]] std::unique_ptr<Conversation> make_smtp_role(const Services& services, Connection connection,
                                                           SmtpOptions options);

}  // namespace posthorn::roles
