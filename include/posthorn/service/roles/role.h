// What the roles (SMTP, LMTP, IMAP, POP3, ManageSieve) share: the service they stand on and the facts of one
// connection.
//
// A role binds a protocol session to directory, delivery and mailboxes and is a Conversation: whole servers run in
// tests without sockets, and io runs them without knowing a protocol.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/random.h"
#include "posthorn/protocol/session.h"
#include "posthorn/service/delivery/delivery.h"
#include "posthorn/service/directory/directory.h"
#include "posthorn/service/directory/login_guard.h"
#include "posthorn/service/journal/observer.h"
#include "posthorn/service/mailbox/account.h"

namespace posthorn::filtering {
class ImapEvents;
}
namespace posthorn::limits {
class Limiter;
}
namespace posthorn::mail {
class SrsRewriter;
}
namespace posthorn::recipients {
class Check;
}

namespace posthorn::roles {

/// Where work goes that nobody waits for.
class Background {
 public:
  virtual ~Background() = default;
  /// Runs `job` soon on another thread. Callable from any thread.
  virtual void submit(std::move_only_function<void()> job) = 0;
};

/// Judges bearer tokens (RFC 6750). Safe to call from many threads; may block.
class TokenJudge {
 public:
  virtual ~TokenJudge() = default;
  /// @returns the address of a mailbox, or why the token is none; denied for what is wrong with the token
  [[nodiscard]] virtual sasl::TokenVerdict judge(const sasl::BearerToken& token, WallTime now) = 0;
};

/// The parts that all connections of a process share. @lifetime all outlive every role
struct Services {
  directory::Directory& directory;
  directory::LoginGuard& guard;
  mailbox::Accounts& accounts;
  delivery::Delivery& delivery;
  journal::Observer& observer;
  const Clock& clock;
  Random& random;
  Background* background = nullptr;  ///< null: what is asked for in the background is not done here
  TokenJudge* tokens = nullptr;      ///< null: no OAUTHBEARER, no XOAUTH2
  std::string anonymous{};           ///< the mailbox of who logs in with ANONYMOUS; empty: nobody does
  bool queued = false;  ///< `delivery` has a queue: mail may go to other hosts, where somebody may send it there
  limits::Limiter* limiter = nullptr;      ///< counts what logins send; null: nothing is limited
  const mail::SrsRewriter* srs = nullptr;  ///< takes bounces to rewritten addresses back; null: there are none
  /// Tries what waits for a domain; for ETRN. @errors exists (that waits to be done)
  std::function<Result<void>(const std::string& domain)> flush{};
  std::function<void(const std::string& login)> freeze{};          ///< lets all rest that a login has queued; may block
  filtering::ImapEvents* events = nullptr;  ///< runs scripts behind what IMAP commands do; null: none run
  recipients::Check* recipients = nullptr;  ///< asks primaries of backup domains; null: what they know is not asked
};

/// How a listener treats TLS.
enum class Tls : std::uint8_t { implicit, starttls, none };

/// The facts of one accepted connection.
struct Connection {
  std::string host_name;       ///< what this server calls itself
  std::string remote;          ///< address of the peer, text form
  Tls tls = Tls::none;         ///< implicit: upgraded() is called before the first next()
  bool clear_login = false;    ///< accept credentials without TLS
  bool require_login = false;  ///< submission: MAIL needs AUTH first (smtp only)
};

}  // namespace posthorn::roles
