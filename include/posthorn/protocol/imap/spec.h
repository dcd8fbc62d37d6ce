// A command of the IMAP server is one row: where it may be used, what it does to sequence numbers, how it is read and
// run.
//
// A file pair in lib/protocol/imap/commands defines Args, parse, run and spec; one line in commands/all.h makes it
// known.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "posthorn/bytes/result.h"
#include "posthorn/bytes/rows.h"
#include "posthorn/bytes/view.h"
#include "posthorn/grammar/cursor.h"
#include "posthorn/protocol/imap/responder.h"
#include "posthorn/protocol/imap/state.h"

namespace posthorn::imap {

/// What a command does to the session around it; a bit each.
enum class Effect : std::uint8_t {
  needs_seqnums = 1,  ///< its arguments or answers count messages: no EXPUNGE while it runs without UID (section 7.5.1)
  may_expunge = 2,    ///< removes messages from the view and reports that itself
  leaves_mailbox = 4,  ///< what others changed in the old mailbox is not reported any more
  takes_uid = 8,       ///< may have the prefix UID
  only_uid = 16,       ///< makes no sense without it
  streams = 32,        ///< from the first text that its grammar takes on, its literals are not collected:
                       ///< Execution::literal() gets their octets, line() what stands between them and behind
};

/// A set of the values of Phase or Effect.
template <class E>
class Bits {
 public:
  constexpr Bits() = default;
  constexpr Bits(E one) : bits_(static_cast<std::uint8_t>(one)) {}  // NOLINT(google-explicit-constructor): one is a set
  constexpr Bits operator|(Bits other) const {
    Bits r;
    r.bits_ = static_cast<std::uint8_t>(bits_ | other.bits_);
    return r;
  }
  [[nodiscard]] constexpr bool has(E one) const { return (bits_ & static_cast<std::uint8_t>(one)) != 0; }

 private:
  std::uint8_t bits_ = 0;
};
using Phases = Bits<Phase>;
using Effects = Bits<Effect>;
constexpr Phases operator|(Phase a, Phase b) { return Phases(a) | Phases(b); }
constexpr Effects operator|(Effect a, Effect b) { return Effects(a) | Effects(b); }
inline constexpr Phases kAnyPhase = Phase::not_authenticated | Phase::authenticated | Phase::selected;
inline constexpr Phases kLoggedIn = Phase::authenticated | Phase::selected;

/// How far a step came.
enum class Progress : std::uint8_t {
  more,     ///< there is more to write or do: step again when the peer has read what is there
  done,     ///< Responder::finish() was called
  line,     ///< step again after line() got a line of the client
  change,   ///< like `line`, or when the selected mailbox changed
  literal,  ///< step again after literal() got a chunk; after all of it line() gets what follows, up to the next
            ///< literal
  pause,    ///< step again at State::resume_at; nothing is read until then
};

/// A command that runs. step() and literal() may block on the store.
class Execution {
 public:
  virtual ~Execution() = default;
  /// Writes until the responder is full, or until the command is over.
  virtual Progress step(Responder& responder) = 0;
  /// Takes a continuation line without its CRLF (AUTHENTICATE, IDLE), or what follows a streamed literal; the one call
  /// that must not block.
  virtual void line(View) {}
  /// A chunk of the streamed literal.
  virtual void literal(View) {}
};

/// An Execution of one step: `body(responder)` does it all and calls finish(), ok() or refuse().
template <class F>
[[nodiscard]] std::unique_ptr<Execution> once(F body) {
  class Once final : public Execution {
   public:
    explicit Once(F f) : body_(std::move(f)) {}
    Progress step(Responder& responder) override {
      body_(responder);
      return Progress::done;
    }

   private:
    F body_;
  };
  return std::make_unique<Once>(std::move(body));
}

/// One row. All views are constants of the program.
struct CommandSpec {
  View name;        ///< upper case
  View capability;  ///< words for CAPABILITY, separated by spaces; "IMAP4rev1" for what every server has
  View rfc;         ///< "RFC 6851 section 3.1"
  View example;     ///< a whole command without its tag, literals inline
  Phases phases;
  Effects effects;
  /// Grammar only; the cursor stands behind the name and, when all is well, at the end afterwards.
  Result<void> (*check)(Cursor&) = nullptr;
  /// Grammar, then a machine that will run; touches no mailbox. @lifetime `state` outlives the Execution
  Result<std::unique_ptr<Execution>> (*begin)(Cursor&, State&) = nullptr;
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
Result<std::unique_ptr<Execution>> begin(Cursor& c, State& state) {
  auto args = parse(c);
  if (!args) return fail(args.error());
  c.end();
  if (!c.ok()) return fail(c.error());
  return run(std::move(*args), state);
}
}  // namespace detail

/// Completes a row. `Result<Args> parse(Cursor&)` starts behind the name (so mostly with c.sp()) and need not look for
/// the end; `Result<std::unique_ptr<Execution>> run(Args, State&)` builds the Execution.
template <auto parse, auto run>
consteval CommandSpec command(CommandSpec row) {
  row.check = detail::check<parse>;
  row.begin = detail::begin<parse, run>;
  return row;
}

/// The row with this name (ASCII case ignored), or null. `rows` come from sorted().
[[nodiscard]] const CommandSpec* find_command(std::span<const CommandSpec> rows, View name);

/// All commands of this library.
[[nodiscard]] std::span<const CommandSpec> all_commands();

}  // namespace posthorn::imap
