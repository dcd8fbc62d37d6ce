// The words of ManageSieve (RFC 5804) as rows; and the events, options and limits around them.
//
// A command is one file pair under lib/protocol/managesieve/commands/ and one row in its all.h. The session knows no
// command by name: it puts a command together, finds the row, checks the state and does what the row's function answers
// (a Deed).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/rows.h"
#include "posthorn/bytes/view.h"
#include "posthorn/grammar/cursor.h"
#include "posthorn/protocol/managesieve/scripts.h"
#include "posthorn/protocol/managesieve/state.h"
#include "posthorn/protocol/session.h"

namespace posthorn::managesieve {

/// What one connection may cost; each has a test.
struct Limits {
  /// Longest line with CRLF, in octets, literals not counted. RFC 5804 section 4: two names of 1024 quoted octets.
  std::size_t line = 8192;
  /// Longest literal that is no script, in octets: names, and what SASL mechanisms say.
  std::uint64_t string = 12288;
  /// Longest script, in octets.
  std::uint64_t script = 1U << 20U;
  /// Literals that are refused are skipped up to here, in octets; the connection ends at a longer one.
  std::uint64_t skip = 16U << 20U;
  /// Between two commands. RFC 5804: 30 minutes at least.
  Duration idle = std::chrono::minutes(30);
  /// From the greeting to the login.
  Duration login = std::chrono::minutes(3);
  /// Errors of syntax and order before the session is closed. No minimum in an RFC.
  std::uint32_t errors = 10;
  /// Failed logins before the session is closed. No minimum in an RFC.
  std::uint32_t logins = 3;
  /// Remarks of a checker that are told about one script.
  std::size_t diagnostics = 20;
  /// Octets that wait to be sent before the next command is looked at.
  std::size_t output = 65536;
};

struct ServerOptions {
  std::string host_name = "localhost";
  bool starttls = false;     ///< offer STARTTLS while there is no TLS
  bool clear_login = false;  ///< accept credentials without TLS
  std::string mechanisms;    ///< SASL names that AUTHENTICATE takes, best first, with spaces between; see offer()
  std::string implementation = "Posthorn";     ///< told as IMPLEMENTATION; never empty
  std::string extensions;                      ///< of Sieve, told as SIEVE, with spaces between
  std::optional<std::uint32_t> max_redirects;  ///< redirects of one run of a script, where there is a limit
  std::string notify;  ///< URI schemes that the extension enotify takes, with spaces between; empty: it is not there
  Limits limits;
};

/// AUTHENTICATE. Owes challenge(), open(), refuse() or refer().
struct Auth {
  Ticket ticket;
  std::string mechanism;               ///< one of the offered names, upper case
  std::optional<std::string> initial;  ///< decoded initial response
};
/// Owes challenge(), open(), refuse() or refer().
struct AuthResponse {
  Ticket ticket;
  std::string response;  ///< decoded
};
/// The client gave the exchange up, or broke it; the session has answered.
struct AuthCancelled {};
/// STARTTLS. Owes done(), which empties the buffers and waits for upgraded(), or refuse().
struct Upgrade {
  Ticket ticket;
};
/// A command has something to ask the Scripts: call work() where it may block, then next().
struct Work {};
/// UNAUTHENTICATE: nobody is logged in any more, and the Scripts are not used any more.
struct Forgotten {};
/// There is much to send: call next() again when transmit() is empty.
struct Drain {};

using Event =
    std::variant<NeedInput, Auth, AuthResponse, AuthCancelled, Upgrade, Work, Forgotten, Drain, Violation, Closed>;

/// A positive answer.
struct Ok {
  std::string text;    ///< for people
  std::string code{};  ///< response code without its parentheses, or empty
  std::string data{};  ///< whole lines that go in front
};
/// A script that was put or checked.
struct Checked {
  Verdict verdict;
};
/// What asking the Scripts led to.
using Answer = std::variant<Ok, Checked, Error>;
/// Asks the Scripts; runs where it may block.
using Task = std::move_only_function<Answer(Scripts&)>;

struct AskAuth {
  std::string mechanism;
  std::optional<std::string> initial;
};
struct AskUpgrade {};
struct Forget {};
struct Leave {};

/// A fixed answer; the row of a table in lib/protocol/managesieve/replies.h.
struct Reply {
  View status;  ///< "OK", "NO", "BYE"
  View code;    ///< "QUOTA/MAXSIZE", or empty
  View text;
};

/// What a command does to the session.
using Deed = std::variant<Ok, Reply, Error, Task, AskAuth, AskUpgrade, Forget, Leave>;

struct Facts;

/// One row. All views are constants of the program.
struct CommandSpec {
  View name;     ///< upper case
  View rfc;      ///< "RFC 5804 section 2.6"
  View example;  ///< a whole command, literals and all, without the last CRLF
  States states = kOpen;
  /// The longest literal among its arguments.
  std::uint64_t Limits::* literal = &Limits::string;
  /// Grammar only; the cursor stands behind the name and, when all is well, at the end afterwards.
  Result<void> (*check)(Cursor&) = nullptr;
  Deed (*run)(Cursor&, const Facts&) = nullptr;
};

/// What a command may know of its session.
struct Facts {
  const ServerOptions& options;
  State state;
  bool tls;
  const std::string& owner;  ///< who is logged in

  /// Whether credentials may be sent now, as far as the connection goes.
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

}  // namespace posthorn::managesieve
