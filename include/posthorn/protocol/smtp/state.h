// What an SMTP session remembers, and the table of all that may change it.
//
// Every effect of every command on {MAIL and its parameters, recipients, BDAT offset, login, TLS} is a row of
// kTransitions; after() is the only code that writes a State, and tests walk the rows (features F71).
#pragma once

#include <array>
#include <cstdint>

#include "posthorn/bytes/view.h"

namespace posthorn::smtp {

/// Commands, `content` for the message that follows DATA, `xclient_login` for an XCLIENT that names a login.
enum class Verb : std::uint8_t {
  ehlo,
  helo,
  lhlo,
  mail,
  rcpt,
  data,
  content,
  bdat,
  bdat_last,
  rset,
  noop,
  vrfy,
  expn,
  help,
  quit,
  starttls,
  auth,
  etrn,
  xclient,
  xclient_login,
};

/// Where a session is. One bit each, so that sets of them are numbers.
enum class Phase : std::uint8_t {
  connected = 1,   ///< before EHLO, HELO or LHLO
  ready = 2,       ///< no transaction
  mail = 4,        ///< sender accepted, no recipient yet
  recipients = 8,  ///< at least one recipient accepted
  content = 16,    ///< between DATA's 354 and the final dot
  chunks = 32,     ///< at least one BDAT accepted, the last one still to come
  closed = 64,     ///< after QUIT
};
using Phases = std::uint8_t;
constexpr Phases operator|(Phase a, Phase b) {
  return static_cast<Phases>(static_cast<Phases>(a) | static_cast<Phases>(b));
}
constexpr Phases operator|(Phases a, Phase b) { return static_cast<Phases>(a | static_cast<Phases>(b)); }
constexpr bool holds(Phases set, Phase phase) { return (set & static_cast<Phases>(phase)) != 0; }

inline constexpr Phases kAnyPhase = Phase::connected | Phase::ready | Phase::mail | Phase::recipients | Phase::chunks;
inline constexpr Phases kGreeted = Phase::ready | Phase::mail | Phase::recipients | Phase::chunks;

/// The parameters of MAIL that the session itself needs until the transaction ends; the host has them all in the event.
struct Announced {
  bool utf8 = false;    ///< SMTPUTF8
  bool binary = false;  ///< BODY=BINARYMIME
  bool operator==(const Announced&) const = default;
};

/// What a session remembers between commands.
struct State {
  Phase phase = Phase::connected;
  bool mail = false;             ///< a sender is accepted
  std::uint32_t recipients = 0;  ///< accepted ones
  std::uint64_t offset = 0;      ///< octets received by BDAT in this transaction
  bool login = false;            ///< AUTH succeeded
  bool tls = false;
  Announced announced = {};  ///< goes with `mail`
  bool operator==(const State&) const = default;
};

enum class Outcome : std::uint8_t { accepted, refused };
enum class Change : std::uint8_t { keep, clear, grow };

/// One row: what a command that came to `outcome` in one of the phases `from` does to the state.
struct Transition {
  Verb verb;
  Outcome outcome;
  Phases from;
  bool stays;  ///< the phase does not change; `to` is not looked at
  Phase to;
  Change mail, recipients, offset, login, tls;
  View rfc;
};

namespace transitions {
inline constexpr auto kStay = Phase::closed;  // placeholder of rows with `stays`
using enum Outcome;
using enum Change;

inline constexpr std::array kRows = {
    // EHLO, HELO and LHLO begin anew and do not end a login.
    Transition{Verb::ehlo, accepted, kAnyPhase, false, Phase::ready, clear, clear, clear, keep, keep, "RFC 5321 4.1.4"},
    Transition{Verb::ehlo, refused, kAnyPhase, true, kStay, keep, keep, keep, keep, keep, "RFC 5321 4.1.4"},
    Transition{Verb::helo, accepted, kAnyPhase, false, Phase::ready, clear, clear, clear, keep, keep, "RFC 5321 4.1.4"},
    Transition{Verb::helo, refused, kAnyPhase, true, kStay, keep, keep, keep, keep, keep, "RFC 5321 4.1.4"},
    Transition{Verb::lhlo, accepted, kAnyPhase, false, Phase::ready, clear, clear, clear, keep, keep, "RFC 2033 4.1"},
    Transition{Verb::lhlo, refused, kAnyPhase, true, kStay, keep, keep, keep, keep, keep, "RFC 2033 4.1"},

    Transition{Verb::mail, accepted, Phases{2}, false, Phase::mail, grow, clear, clear, keep, keep, "RFC 5321 4.1.1.2"},
    Transition{Verb::mail, refused, Phases{2}, true, kStay, keep, keep, keep, keep, keep, "RFC 5321 4.1.1.2"},
    Transition{Verb::rcpt, accepted, Phase::mail | Phase::recipients, false, Phase::recipients, keep, grow, keep, keep,
               keep, "RFC 5321 4.1.1.3"},
    Transition{Verb::rcpt, refused, Phase::mail | Phase::recipients, true, kStay, keep, keep, keep, keep, keep,
               "RFC 5321 4.1.1.3"},

    Transition{Verb::data, accepted, Phases{8}, false, Phase::content, keep, keep, keep, keep, keep,
               "RFC 5321 4.1.1.4"},
    Transition{Verb::data, refused, Phases{8}, true, kStay, keep, keep, keep, keep, keep, "RFC 5321 4.1.1.4"},
    // The end of a message ends its transaction, whatever the answer.
    Transition{Verb::content, accepted, Phases{16}, false, Phase::ready, clear, clear, clear, keep, keep,
               "RFC 5321 4.1.1.4"},
    Transition{Verb::content, refused, Phases{16}, false, Phase::ready, clear, clear, clear, keep, keep,
               "RFC 5321 4.1.1.4"},

    Transition{Verb::bdat, accepted, Phase::recipients | Phase::chunks, false, Phase::chunks, keep, keep, grow, keep,
               keep, "RFC 3030 2"},
    // A refused chunk leaves a message with a hole: nothing of the transaction survives.
    Transition{Verb::bdat, refused, Phase::recipients | Phase::chunks, false, Phase::ready, clear, clear, clear, keep,
               keep, "RFC 3030 4.2"},
    Transition{Verb::bdat_last, accepted, Phase::recipients | Phase::chunks, false, Phase::ready, clear, clear, clear,
               keep, keep, "RFC 3030 2"},
    Transition{Verb::bdat_last, refused, Phase::recipients | Phase::chunks, false, Phase::ready, clear, clear, clear,
               keep, keep, "RFC 3030 4.2"},

    // RSET before EHLO is allowed and has nothing to forget; it never replaces EHLO.
    Transition{Verb::rset, accepted, Phases{1}, true, kStay, clear, clear, clear, keep, keep, "RFC 5321 4.1.1.5"},
    Transition{Verb::rset, accepted, kGreeted, false, Phase::ready, clear, clear, clear, keep, keep,
               "RFC 5321 4.1.1.5"},
    Transition{Verb::noop, accepted, kAnyPhase, true, kStay, keep, keep, keep, keep, keep, "RFC 5321 4.1.1.9"},
    Transition{Verb::vrfy, accepted, kAnyPhase, true, kStay, keep, keep, keep, keep, keep, "RFC 5321 4.1.1.6"},
    Transition{Verb::expn, refused, kAnyPhase, true, kStay, keep, keep, keep, keep, keep, "RFC 5321 4.1.1.7"},
    Transition{Verb::help, accepted, kAnyPhase, true, kStay, keep, keep, keep, keep, keep, "RFC 5321 4.1.1.8"},
    Transition{Verb::quit, accepted, kAnyPhase, false, Phase::closed, clear, clear, clear, keep, keep,
               "RFC 5321 4.1.1.10"},

    // TLS begins anew and forgets everything, the login included.
    Transition{Verb::starttls, accepted, Phases{2}, false, Phase::connected, clear, clear, clear, clear, grow,
               "RFC 3207 4.2"},
    Transition{Verb::starttls, refused, Phases{2}, true, kStay, keep, keep, keep, keep, keep, "RFC 3207 4"},
    Transition{Verb::etrn, accepted, Phases{2}, true, kStay, keep, keep, keep, keep, keep, "RFC 1985 5.1"},
    Transition{Verb::etrn, refused, Phases{2}, true, kStay, keep, keep, keep, keep, keep, "RFC 1985 5.1"},

    // Another client begins here; the TLS is that of the proxy and stays.
    Transition{Verb::xclient, accepted, Phase::connected | Phase::ready, false, Phase::connected, clear, clear, clear,
               clear, keep, "Postfix XCLIENT_README"},
    Transition{Verb::xclient, refused, Phase::connected | Phase::ready, true, kStay, keep, keep, keep, keep, keep,
               "Postfix XCLIENT_README"},
    Transition{Verb::xclient_login, accepted, Phase::connected | Phase::ready, false, Phase::connected, clear, clear,
               clear, grow, keep, "Postfix XCLIENT_README"},
    Transition{Verb::xclient_login, refused, Phase::connected | Phase::ready, true, kStay, keep, keep, keep, keep, keep,
               "Postfix XCLIENT_README"},

    Transition{Verb::auth, accepted, Phases{2}, true, kStay, keep, keep, keep, grow, keep, "RFC 4954 4"},
    Transition{Verb::auth, refused, Phases{2}, true, kStay, keep, keep, keep, keep, keep, "RFC 4954 4"},
};
}  // namespace transitions

/// All rows.
inline constexpr const auto& kTransitions = transitions::kRows;

/// The row for a verb that came to an outcome in a phase, or null: then nothing changes.
[[nodiscard]] constexpr const Transition* transition(Verb verb, Outcome outcome, Phase from) {
  for (const Transition& row : kTransitions) {
    if (row.verb == verb && row.outcome == outcome && holds(row.from, from)) return &row;
  }
  return nullptr;
}

/// The state after a command. @param octets  of the chunk, for BDAT. @param announced  by MAIL
[[nodiscard]] constexpr State after(State state, Verb verb, Outcome outcome, std::uint64_t octets = 0,
                                    const Announced& announced = {}) {
  const Transition* row = transition(verb, outcome, state.phase);
  if (row == nullptr) return state;
  const auto flag = [](bool old, Change change) { return change == Change::keep ? old : change == Change::grow; };
  if (!row->stays) state.phase = row->to;
  state.mail = flag(state.mail, row->mail);
  if (row->mail != Change::keep) state.announced = row->mail == Change::grow ? announced : Announced{};
  state.login = flag(state.login, row->login);
  state.tls = flag(state.tls, row->tls);
  if (row->recipients == Change::clear) state.recipients = 0;
  if (row->recipients == Change::grow) ++state.recipients;
  if (row->offset == Change::clear) state.offset = 0;
  if (row->offset == Change::grow) state.offset += octets;
  return state;
}

}  // namespace posthorn::smtp
