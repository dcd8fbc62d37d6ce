// The states of a POP3 session as a table (RFC 1939 sections 3 to 6).
#pragma once

#include <array>
#include <cstdint>

#include "posthorn/bytes/view.h"

namespace posthorn::pop3 {

enum class State : std::uint8_t {
  authorization = 1,
  named = 2,  ///< USER was accepted, PASS may come
  transaction = 4,
  update = 8,  ///< QUIT was said, the marked messages are being removed
  closed = 16,
};

/// A set of states.
class States {
 public:
  constexpr States(State one) : bits_(static_cast<std::uint8_t>(one)) {}  // NOLINT(google-explicit-constructor)
  constexpr States operator|(States other) const {
    States r = *this;
    r.bits_ = static_cast<std::uint8_t>(bits_ | other.bits_);
    return r;
  }
  [[nodiscard]] constexpr bool has(State one) const { return (bits_ & static_cast<std::uint8_t>(one)) != 0; }

 private:
  std::uint8_t bits_;
};
constexpr States operator|(State a, State b) { return States(a) | States(b); }

inline constexpr States kBeforeLogin = State::authorization | State::named;
inline constexpr States kOpen = kBeforeLogin | State::transaction;

/// What can change the state.
enum class Change : std::uint8_t { named, refused, logged_in, protected_by_tls, left, finished, broken };

struct Transition {
  States from;
  Change change;
  State to;
};

/// All of them; a change that has no row in a state leaves the state as it is.
inline constexpr std::array kTransitions = {
    Transition{kBeforeLogin, Change::named, State::named},
    Transition{kBeforeLogin, Change::refused, State::authorization},
    Transition{kBeforeLogin, Change::logged_in, State::transaction},
    Transition{kBeforeLogin, Change::protected_by_tls, State::authorization},
    Transition{kBeforeLogin, Change::left, State::closed},
    Transition{State::transaction, Change::left, State::update},
    Transition{State::update, Change::finished, State::closed},
    Transition{kOpen | State::update, Change::broken, State::closed},
};

[[nodiscard]] constexpr State after(State state, Change change) {
  for (const Transition& row : kTransitions) {
    if (row.change == change && row.from.has(state)) return row.to;
  }
  return state;
}

}  // namespace posthorn::pop3
