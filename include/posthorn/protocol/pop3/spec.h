// The words of POP3 as rows; and the events, options and limits around them.
//
// A command is one file pair under lib/protocol/pop3/commands/ and one row in its all.h. The session knows no command
// by name: it frames a line, finds the row, checks the state and does what the row's function answers (a Deed).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/secret.h"
#include "posthorn/bytes/rows.h"
#include "posthorn/bytes/view.h"
#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/cursor.h"
#include "posthorn/protocol/pop3/maildrop.h"
#include "posthorn/protocol/pop3/state.h"
#include "posthorn/protocol/session.h"

namespace posthorn::pop3 {

/// What one connection may cost; each has a test.
struct Limits {
  /// Longest command line with CRLF, in octets. RFC 2449 section 4: 255 at least.
  std::size_t line = 255;
  /// Longest line of a SASL exchange with CRLF, in octets. RFC 4422 leaves it to the mechanisms.
  std::size_t auth_line = 12288;
  /// Between two commands. RFC 1939 section 3: 10 minutes at least; then the session closes without a word and without
  /// removing anything.
  Duration idle = std::chrono::minutes(10);
  /// Errors of syntax and order before the session is closed. No minimum in an RFC.
  std::uint32_t errors = 10;
  /// Failed logins before the session is closed. No minimum in an RFC.
  std::uint32_t logins = 3;
  /// Octets of a message that are asked for, and of a list that are written, at a time: what a slow reader costs.
  std::size_t chunk = 16384;
};

struct ServerOptions {
  std::string host_name = "localhost";
  bool starttls = false;     ///< offer STLS while there is no TLS
  bool clear_login = false;  ///< accept passwords without TLS
  std::string mechanisms;    ///< SASL names that AUTH offers, best first, with spaces between; see offer()
  std::string implementation = "Posthorn";  ///< told by CAPA; empty: nothing is told
  std::uint32_t login_delay = 0;  ///< seconds between logins that the host demands, told by CAPA (RFC 2449 6.4)
  Limits limits;
};

/// USER and PASS. Owes open() or refuse().
struct Login {
  Ticket ticket;
  std::string user;
  Secret password;
};
/// Owes challenge(), open() or refuse().
struct Auth {
  Ticket ticket;
  std::string mechanism;               ///< one of the offered names, upper case
  std::optional<std::string> initial;  ///< decoded initial response
};
/// Owes challenge(), open() or refuse().
struct AuthResponse {
  Ticket ticket;
  std::string response;  ///< decoded
};
/// The client gave the exchange up, or broke it; the session has answered.
struct AuthCancelled {};
/// STLS. Owes done(), which empties the buffers and waits for upgraded(), or refuse().
struct Upgrade {
  Ticket ticket;
};
/// Wants octets [offset, offset + count) of a message. Owes content() or refuse(); a failure after the first piece cuts
/// the connection, because a message cannot be taken back.
struct Fetch {
  Ticket ticket;
  std::size_t index;  ///< in the Maildrop
  std::uint64_t offset;
  std::uint64_t count;
};
/// QUIT: remove these for good, all of them or none. Owes done() or refuse().
struct Update {
  Ticket ticket;
  std::vector<std::size_t> indices;  ///< in the Maildrop, ascending; never empty
};
/// There is much to send: call next() again when transmit() is empty.
struct Drain {};

using Event =
    std::variant<NeedInput, Login, Auth, AuthResponse, AuthCancelled, Upgrade, Fetch, Update, Drain, Violation, Closed>;

struct Facts;

/// A positive answer of one line.
struct Ok {
  std::string text;
};
/// USER was accepted.
struct Named {
  std::string user;
};
/// A multi-line answer, made line by line; an empty line() result is left out.
struct Listing {
  std::string text;   ///< behind "+OK "
  std::size_t count;  ///< of items
  std::string (*line)(const Facts& facts, std::size_t item);
};
/// A message, or its head.
struct Sending {
  std::size_t index;
  std::optional<std::uint64_t> lines;  ///< of the body; nullopt: all
};
struct AskLogin {
  Secret password;
};
struct AskAuth {
  std::string mechanism;
  std::optional<std::string> initial;
};
struct AskUpgrade {};
struct Leave {};

/// What a command does to the session.
using Deed = std::variant<Ok, Error, Named, Listing, Sending, AskLogin, AskAuth, AskUpgrade, Leave>;

/// One row. All views are constants of the program.
struct CommandSpec {
  View name;     ///< upper case
  View rfc;      ///< "RFC 1939 section 5"
  View example;  ///< a whole command line
  States states = kOpen;
  /// Its line in the CAPA answer, empty when it has none now; null: never has one.
  std::string (*capability)(const Facts&) = nullptr;
  /// Grammar only; the cursor stands behind the name and, when all is well, at the end afterwards.
  Result<void> (*check)(Cursor&) = nullptr;
  Deed (*run)(Cursor&, const Facts&) = nullptr;
};

/// What a command may know of its session.
struct Facts {
  const ServerOptions& options;
  State state;
  bool tls;
  Maildrop& maildrop;
  const std::string& user;  ///< what USER said
  std::span<const CommandSpec> commands;

  /// Whether a password may be sent now, as far as the connection goes.
  [[nodiscard]] bool may_log_in() const { return tls || options.clear_login; }
};

namespace detail {
template <auto parse>
Result<void> check(Cursor& c) {
  auto args = parse(c);
  if (!args) return fail(args.error());
  c.end();
  if (!c.ok()) return fail(c.error());
  return {};
}
template <auto parse, auto run>
Deed run_row(Cursor& c, const Facts& facts) {
  auto args = parse(c);
  if (!args) return args.error();
  c.end();
  if (!c.ok()) return c.error();
  return run(std::move(*args), facts);
}
}  // namespace detail

/// Completes a row. `Result<Args> parse(Cursor&)` starts behind the name, so mostly with c.sp();
/// `Deed run(Args, const Facts&)` answers.
template <auto parse, auto run>
consteval CommandSpec command(CommandSpec row) {
  row.check = detail::check<parse>;
  row.run = detail::run_row<parse, run>;
  return row;
}

/// The row with this name (ASCII case ignored), or null.
[[nodiscard]] const CommandSpec* find_command(std::span<const CommandSpec> rows, View name);

/// All commands of this library.
[[nodiscard]] std::span<const CommandSpec> all_commands();

}  // namespace posthorn::pop3
