#include "stress/keyword.h"

namespace posthorn::stress {

bool has_word(const std::string& flags, const std::string& word) {
  return (" " + flags + " ").find(" " + word + " ") != std::string::npos;
}

void OwnKeyword::sending(std::size_t box, std::span<const std::uint32_t> uids) {
  for (const std::uint32_t uid : uids) ++states_[{box, uid}].under_way;
}

void OwnKeyword::settled(Place place, bool on) {
  State& state = states_[place];
  state = {true, on, state.under_way - 1};
}

void OwnKeyword::unsettled(Place place) {
  State& state = states_[place];
  state = {false, false, state.under_way - 1};
}

void OwnKeyword::check(Place place, const std::string& flags, const Complain& complain) const {
  const auto found = states_.find(place);
  if (found == states_.end() || !found->second.known || found->second.under_way > 0) return;
  if (has_word(flags, word_) == found->second.on || ledger_.is_removed(place)) return;
  const std::string what = found->second.on ? " is lost from " : " is back in ";
  ledger_.doubt(place, word_ + what + name_of(place) + " (" + flags + ")", complain);
}

void OwnKeyword::close(std::size_t box, std::span<const Held> held, const Complain& complain) const {
  for (const Held& message : held) {
    const auto found = states_.find({box, message.uid});
    if (found == states_.end() || !found->second.known) continue;
    if (has_word(message.flags, word_) == found->second.on) continue;
    complain(word_ + " was acknowledged as " + (found->second.on ? "set" : "removed") + " in " +
             name_of(Place{box, message.uid}) + " and the store has (" + message.flags + ")");
  }
}

}  // namespace posthorn::stress
