// The words of SMTP as rows: commands, extensions, parameters; and the events, options and limits around them.
//
// A command is one file pair under lib/protocol/smtp/commands/ and one row in its all.h. The session knows no command
// by name: it frames a line, finds the row, checks the phase and does what the row's function answers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/view.h"
#include "posthorn/grammar/cursor.h"
#include "posthorn/grammar/ip_address.h"
#include "posthorn/grammar/mail/address.h"
#include "posthorn/protocol/session.h"
#include "posthorn/protocol/smtp/parameter_values.h"
#include "posthorn/protocol/smtp/reply.h"
#include "posthorn/protocol/smtp/state.h"

namespace posthorn::smtp {

/// What one connection may cost. Octets, counts and times; every one has a test.
struct Limits {
  /// Longest command line with CRLF. RFC 5321 4.5.3.1.4: at least 512, plus 26 (SIZE), 17 (8BITMIME), 10 (SMTPUTF8) and
  /// 500 (AUTH); longer lines are refused with 500.
  std::size_t line = 2048;
  /// Longest line of an AUTH exchange with CRLF. RFC 4954 4: at least 12288.
  std::size_t auth_line = 12288;
  /// Octets of content after dot-unstuffing. RFC 5321 4.5.3.1.7: at least 64 KiB. Lines of the content may be of any
  /// length: RFC 5321 4.5.3.1.6 demands 1000, and refusing longer ones loses mail that real programs send.
  std::uint64_t message = 50U << 20U;
  /// Accepted recipients of one message. RFC 5321 4.5.3.1.8: at least 100; more get 452 4.5.3.
  std::uint32_t recipients = 100;
  /// Different domains in the RCPT commands of one session; more get 452 4.5.3 (LIMITS RCPTDOMAINMAX, RFC 9422). 0:
  /// any.
  std::uint32_t recipient_domains = 0;
  /// Errors of syntax and order before 421. No minimum in an RFC.
  std::uint32_t errors = 10;
  /// Senders and recipients that the host refused before 421: slows down those who guess addresses.
  std::uint32_t refusals = 200;
  /// Accepted MAIL commands in one session before 421 (LIMITS MAILMAX, RFC 9422).
  std::uint32_t transactions = 10'000;
  /// Failed AUTH commands before 421 (RFC 4954 4: at least 3).
  std::uint32_t logins = 3;
  /// Octets that may come before the greeting, where it is held back; with more the session ends with 521.
  std::size_t early = 2048;
  /// The longest that FUTURERELEASE holds a message back (RFC 4865 section 3: at most nine digits).
  std::chrono::seconds hold = std::chrono::days(30);
  /// Between two commands. RFC 5321 4.5.3.2.7: at least 5 minutes.
  Duration command_idle = std::chrono::minutes(5);
  /// Between two blocks of content. RFC 5321 4.5.3.2.5: senders wait 3 minutes for a block to go.
  Duration content_idle = std::chrono::minutes(3);
  /// The whole session.
  Duration total = std::chrono::hours(2);
};

enum class Family : std::uint8_t { smtp = 1, lmtp = 2, both = 3 };

/// Extensions that are announced only where the host does what they promise.
struct Offers {
  bool dsn = false;             ///< DSN (RFC 3461): the host sends reports as MAIL and RCPT ask, or passes the wish on
  bool binary = false;          ///< BINARYMIME (RFC 3030): the host takes content with any octets
  bool require_tls = false;     ///< REQUIRETLS (RFC 8689), under TLS only
  bool priority = false;        ///< MT-PRIORITY (RFC 6710)
  bool deliver_by = false;      ///< DELIVERBY (RFC 2852)
  bool future_release = false;  ///< FUTURERELEASE (RFC 4865), only where ServerOptions::require_login; set `wall`
  bool etrn = false;            ///< ETRN (RFC 1985)
  bool xclient = false;         ///< XCLIENT, for peers that may say in whose name they talk, and for nobody else
};

struct ServerOptions {
  std::string host_name = "localhost";
  bool lmtp = false;           ///< LHLO, and one reply for each recipient (RFC 2033)
  bool starttls = false;       ///< offer STARTTLS while there is no TLS
  std::string mechanisms;      ///< SASL names that AUTH offers, best first, with spaces between; see offer()
  bool clear_login = false;    ///< AUTH without TLS
  bool require_login = false;  ///< MAIL needs AUTH first (RFC 6409 4.3)
  Limits limits;
  Offers offers;
  /// How long the greeting is held back to see who talks before it; 0: greet at once.
  Duration greet_delay{};
  bool refuse_early = false;  ///< 521 for who talks before the greeting; otherwise only TalkedEarly tells of it
  /// 503 5.5.0 for octets behind EHLO, HELO, LHLO, DATA, AUTH, STARTTLS and XCLIENT that came with them: these must be
  /// the last of a group (RFC 2920 section 3.1), and only programs that do not read replies break that.
  bool strict_pipelining = false;
  WallTime wall{};  ///< the time of day when the session begins; for FUTURERELEASE only
};

/// EHLO, HELO or LHLO. Owes a reply; a positive one is replaced by the list of extensions.
struct Hello {
  Ticket ticket;
  View domain;    ///< as the client gave it
  bool extended;  ///< not HELO
};
/// Owes a reply.
struct Mail {
  Ticket ticket;
  mail::Mailbox from;  ///< is_null() for <>
  MailParams params;
};
/// Owes a reply; more of them may come before it is given.
struct Rcpt {
  Ticket ticket;
  mail::Mailbox to;
  RcptParams params;
};
/// A piece of the message, line ends CRLF, without dot-stuffing; any octets after BODY=BINARYMIME.
struct Body {
  View chunk;
};
/// The message is whole. Owes one reply, in LMTP one for each accepted recipient in order.
struct BodyEnd {
  Ticket ticket;
  std::uint64_t octets;
};
/// The transaction is void: forget sender, recipients and content. Comes after the session's own refusals, RSET, EHLO.
struct Reset {};
/// Owes challenge() or reply(); a positive reply is a login.
struct Auth {
  Ticket ticket;
  View mechanism;                      ///< one of the offered names, upper case
  std::optional<std::string> initial;  ///< decoded initial response
};
/// Owes challenge() or reply().
struct AuthResponse {
  Ticket ticket;
  std::string response;  ///< decoded
};
/// The client gave the exchange up, or broke it; the session has answered.
struct AuthCancelled {};
/// STARTTLS. A positive reply empties the buffers and waits for upgraded().
struct Upgrade {
  Ticket ticket;
};

/// ETRN: the client asks that mail for a node be sent to it now. Owes a reply: one of Said::queue_started to
/// queue_denied.
struct Etrn {
  Ticket ticket;
  View node;  ///< a domain; behind "@" with its subdomains, behind "#" another name of a queue (RFC 1985 section 5.2)
};
/// What a proxy says of the client it talks for; nullopt: nothing, or that it does not know.
struct ProxiedClient {
  std::optional<std::string> name;  ///< of its host, from a reverse lookup
  std::optional<IpAddress> address;
  std::optional<std::uint16_t> port;
  std::optional<std::string> protocol;  ///< "SMTP" or "ESMTP"
  std::optional<std::string> hello;
  std::optional<std::string> login;
  std::optional<IpAddress> to_address;  ///< where it connected to
  std::optional<std::uint16_t> to_port;
};
/// XCLIENT. Owes a reply; a positive one is replaced by a new greeting, and the session begins anew for that client, as
/// one who is logged in if `client` has a login.
struct Xclient {
  Ticket ticket;
  ProxiedClient client;
};
/// Octets came before the greeting that is held back. Once a session, no reply; with refuse_early Closed follows.
struct TalkedEarly {};

using Event = std::variant<NeedInput, Hello, Mail, Rcpt, Body, BodyEnd, Reset, Auth, AuthResponse, AuthCancelled,
                           Upgrade, Etrn, Xclient, TalkedEarly, Violation, Closed>;

/// What a command may know of its session.
struct Facts {
  const ServerOptions& options;
  const State& state;
  bool extended;                              ///< EHLO or LHLO was accepted, not HELO
  bool login_possible;                        ///< AUTH would be accepted now
  bool mail_possible;                         ///< a transaction more is within the limits
  bool rcpt_possible;                         ///< a recipient more is within the limits
  std::span<const std::string> domains = {};  ///< that RCPT named so far; kept only where they have a limit
  WallTime wall{};                            ///< the time of day
};

/// Octets that follow a BDAT command (RFC 3030 section 2); they are read whatever the answer.
struct Chunk {
  std::uint64_t octets = 0;
  bool last = false;
  std::optional<Reply> refused;  ///< said when the octets are read; nullopt: they are content
};
/// The reply ends the session: what follows cannot be told from commands.
struct Fatal {
  Reply reply;
};
using Answer = std::variant<Reply, Event, Chunk, Fatal>;

/// What may stand behind a command in the octets that came with it, in a session with strict_pipelining.
enum class Behind : std::uint8_t {
  commands,  ///< whatever the client likes: it is handled in order
  nothing,   ///< the command is refused
  content,   ///< nothing, and what stands there is no command: the session ends
};

/// One command.
struct CommandSpec {
  View name;
  Verb verb;
  Family family;
  View rfc;
  View example;
  Phases phases;        ///< in others the session answers 503
  bool overlaps;        ///< may be handed out while others of its kind are unanswered
  bool carries_octets;  ///< runs in any phase, because octets follow its line
  Answer (*run)(Cursor& arguments, const Facts& facts);
  Behind behind = Behind::commands;
};

/// One extension of the EHLO answer.
struct ExtensionSpec {
  View keyword;
  View rfc;
  Family family;
  bool (*offered)(const Facts& facts);
  void (*write_value)(const Facts& facts, std::string& out);  ///< appends " value", or null
};

/// All commands, sorted by name.
[[nodiscard]] std::span<const CommandSpec> command_rows();
/// The row of a command in SMTP or LMTP, ASCII case ignored, or null.
[[nodiscard]] const CommandSpec* find_command(View name, bool lmtp);
/// All extensions, in the order of the EHLO answer.
[[nodiscard]] std::span<const ExtensionSpec> extension_rows();
/// Whether the extension with a keyword is announced now.
[[nodiscard]] bool is_offered(View keyword, const Facts& facts);

}  // namespace posthorn::smtp
