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
#include "posthorn/grammar/mail/address.h"
#include "posthorn/protocol/session.h"
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
  /// Errors of syntax and order before 421. No minimum in an RFC.
  std::uint32_t errors = 10;
  /// Senders and recipients that the host refused before 421: slows down those who guess addresses.
  std::uint32_t refusals = 200;
  /// Accepted MAIL commands in one session before 421 (LIMITS MAILMAX, RFC 9422).
  std::uint32_t transactions = 10'000;
  /// Failed AUTH commands before 421 (RFC 4954 4: at least 3).
  std::uint32_t logins = 3;
  /// Between two commands. RFC 5321 4.5.3.2.7: at least 5 minutes.
  Duration command_idle = std::chrono::minutes(5);
  /// Between two blocks of content. RFC 5321 4.5.3.2.5: senders wait 3 minutes for a block to go.
  Duration content_idle = std::chrono::minutes(3);
  /// The whole session.
  Duration total = std::chrono::hours(2);
};

enum class Family : std::uint8_t { smtp = 1, lmtp = 2, both = 3 };

struct ServerOptions {
  std::string host_name = "localhost";
  bool lmtp = false;              ///< LHLO, and one reply for each recipient (RFC 2033)
  bool starttls = false;          ///< offer STARTTLS while there is no TLS
  std::string mechanisms;         ///< SASL names that AUTH offers, best first, with spaces between; see offer()
  bool clear_login = false;       ///< AUTH without TLS
  bool require_login = false;     ///< MAIL needs AUTH first (RFC 6409 4.3)
  Limits limits;
};

/// What MAIL said behind the path.
struct MailParams {
  enum class Body : std::uint8_t { seven_bit, eight_bit };
  std::optional<std::uint64_t> size;  ///< octets, as declared (RFC 1870)
  Body body = Body::seven_bit;        ///< RFC 6152
  bool utf8 = false;                  ///< SMTPUTF8 (RFC 6531)
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
};
/// A piece of the message, line ends CRLF, without dot-stuffing.
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

using Event = std::variant<NeedInput, Hello, Mail, Rcpt, Body, BodyEnd, Reset, Auth, AuthResponse, AuthCancelled, Upgrade,
                           Violation, Closed>;

/// What a command may know of its session.
struct Facts {
  const ServerOptions& options;
  const State& state;
  bool extended;        ///< EHLO or LHLO was accepted, not HELO
  bool utf8;            ///< the transaction has SMTPUTF8
  bool login_possible;  ///< AUTH would be accepted now
  bool mail_possible;   ///< a transaction more is within the limits
  bool rcpt_possible;   ///< a recipient more is within the limits
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

/// One command.
struct CommandSpec {
  View name;
  Verb verb;
  Family family;
  View rfc;
  View example;
  Phases phases;         ///< in others the session answers 503
  bool overlaps;         ///< may be handed out while others of its kind are unanswered
  bool carries_octets;   ///< runs in any phase, because octets follow its line
  Answer (*run)(Cursor& arguments, const Facts& facts);
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

}  // namespace posthorn::smtp
