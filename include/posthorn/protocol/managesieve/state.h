// The states of a ManageSieve session as a table (RFC 5804 section 1.1).
#pragma once

#include <array>
#include <cstdint>

namespace posthorn::managesieve {

enum class State : std::uint8_t { unauthenticated = 1, authenticated = 2, closed = 4 };

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

inline constexpr States kOpen = State::unauthenticated | State::authenticated;

/// What can change the state.
enum class Change : std::uint8_t { logged_in, forgotten, left };

struct Transition {
  States from;
  Change change;
  State to;
};

/// All of them; a change that has no row in a state leaves the state as it is.
inline constexpr std::array kTransitions = {
    Transition{State::unauthenticated, Change::logged_in, State::authenticated},
    Transition{State::authenticated, Change::forgotten, State::unauthenticated},
    Transition{kOpen, Change::left, State::closed},
};

[[nodiscard]] constexpr State after(State state, Change change) {
  for (const Transition& row : kTransitions) {
    if (row.change == change && row.from.has(state)) return row.to;
  }
  return state;
}

}  // namespace posthorn::managesieve
