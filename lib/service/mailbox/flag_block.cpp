#include "service/mailbox/flag_block.h"

#include <algorithm>
#include <utility>

namespace posthorn::mailbox {

namespace {
constexpr std::size_t kMostStates = 255;
}  // namespace

void FlagBlock::set(Uid uid, const FlagState& state) {
  erase(uid);
  // Messages that change together come one after the other.
  auto known = std::find(states_.rbegin(), states_.rend(), state);
  if (known == states_.rend()) {
    if (states_.size() == kMostStates) forget_unused();
    states_.push_back(state);
    known = states_.rbegin();
  }
  state_of_[uid.value() % kUids] = static_cast<std::uint8_t>(states_.rend() - known);
}

bool FlagBlock::empty() const {
  return std::all_of(state_of_.begin(), state_of_.end(), [](std::uint8_t state) { return state == 0; });
}

std::size_t FlagBlock::octets() const {
  std::size_t all = 4 + kUids * 3;
  for (const FlagState& state : states_) all += 11 + 2 * state.keywords.size();
  return all;
}

FlagBlock::Parts FlagBlock::parts() const {
  Parts parts;
  std::array<std::uint8_t, kMostStates + 1> renumbered{};
  for (std::size_t i = 0; i < kUids; ++i) {
    const std::uint8_t state = state_of_[i];
    if (state == 0) continue;
    if (renumbered[state] == 0) {
      parts.states.push_back(states_[state - 1U]);
      renumbered[state] = static_cast<std::uint8_t>(parts.states.size());
    }
    parts.state_of[i] = renumbered[state];
  }
  return parts;
}

void FlagBlock::forget_unused() { *this = FlagBlock(parts()); }

}  // namespace posthorn::mailbox
