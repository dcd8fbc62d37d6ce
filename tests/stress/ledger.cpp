#include "stress/ledger.h"

#include <algorithm>
#include <set>

namespace posthorn::stress {

namespace {
constexpr std::size_t kStates = 64;  // of the flags of one message that are remembered
}

std::string name_of(Place place) { return own(kMailboxes.at(place.box)) + " UID " + std::to_string(place.uid); }

Floor Ledger::floor(std::size_t box) const {
  const std::lock_guard lock(mutex_);
  Floor floor = mailboxes_.at(box).floor;
  floor.stamp = stamp_;
  return floor;
}

std::optional<Letter> Ledger::letter_at(Place place) const {
  const std::lock_guard lock(mutex_);
  const auto found = messages_.find(place);
  return found == messages_.end() ? std::nullopt : found->second.letter;
}

bool Ledger::is_removed(Place place) const {
  const std::lock_guard lock(mutex_);
  const auto found = messages_.find(place);
  return found != messages_.end() && found->second.removed.has_value();
}

void Ledger::raise(Place place, std::uint64_t modseq) {
  Floor& floor = mailboxes_.at(place.box).floor;
  floor.uid_next = std::max(floor.uid_next, place.uid + 1);
  floor.modseq = std::max(floor.modseq, modseq);
}

void Ledger::hear_validity(std::size_t box, std::uint32_t value, const Complain& complain) {
  const std::lock_guard lock(mutex_);
  std::uint32_t& known = mailboxes_.at(box).uid_validity;
  if (known == 0) known = value;
  if (known != value) complain("UIDVALIDITY changed from " + std::to_string(known) + " to " + std::to_string(value));
}

void Ledger::hear_uid_next(std::size_t box, std::uint32_t value, const Floor& floor, const Complain& complain) {
  const std::lock_guard lock(mutex_);
  if (value < floor.uid_next) {
    complain("UIDNEXT " + std::to_string(value) + " after UID " + std::to_string(floor.uid_next - 1) + " was seen");
  }
  std::uint32_t& known = mailboxes_.at(box).floor.uid_next;
  known = std::max(known, value);
}

void Ledger::hear_highest(std::size_t box, std::uint64_t modseq, const Floor& floor, const Complain& complain) {
  const std::lock_guard lock(mutex_);
  if (modseq < floor.modseq) {
    complain("HIGHESTMODSEQ " + std::to_string(modseq) + " after " + std::to_string(floor.modseq) + " was seen");
  }
  std::uint64_t& known = mailboxes_.at(box).floor.modseq;
  known = std::max(known, modseq);
}

void Ledger::hear_message(Place place, const Floor& selected, const Complain& complain) {
  const std::lock_guard lock(mutex_);
  raise(place, 0);
  const auto& removed = messages_[place].removed;
  if (removed && *removed < selected.stamp) complain(name_of(place) + " is back after it was removed");
}

void Ledger::bind(Place place, Message& message, Letter letter, const Complain& complain) {
  if (message.letter && *message.letter != letter) {
    complain(name_of(place) + " was " + name_of(*message.letter) + " and is now " + name_of(letter));
  }
  message.letter = letter;
}

void Ledger::hear_letter(Place place, Letter letter, const Complain& complain) {
  const std::lock_guard lock(mutex_);
  bind(place, messages_[place], letter, complain);
}

void Ledger::hear_flags(Place place, std::uint64_t modseq, const std::string& flags, const Complain& complain) {
  const std::lock_guard lock(mutex_);
  raise(place, modseq);
  auto& states = messages_[place].flags;
  const auto [found, is_new] = states.insert({modseq, flags});
  if (!is_new && found->second != flags) {
    complain(name_of(place) + " has with MODSEQ " + std::to_string(modseq) + " the flags (" + flags +
             ") here and had (" + found->second + ") for another client");
  }
  if (states.size() > kStates) states.erase(states.begin());
}

void Ledger::hear_removed(Place place) {
  const std::lock_guard lock(mutex_);
  Message& message = messages_[place];
  if (!message.removed) message.removed = stamp_++;
}

void Ledger::doubt(Place place, const std::string& what, const Complain& complain) {
  const std::lock_guard lock(mutex_);
  Message& message = messages_[place];
  if (!message.acknowledged || message.may_be_deleted || message.may_be_moved) {
    message.doubts.push_back(what);
  } else {
    complain(what);
  }
}

void Ledger::sending(std::span<const Letter> letters) {
  const std::lock_guard lock(mutex_);
  for (const Letter letter : letters) ++under_way_[letter];
}

void Ledger::failed(std::span<const Letter> letters) {
  const std::lock_guard lock(mutex_);
  for (const Letter letter : letters) --under_way_[letter];
}

void Ledger::arrived(std::size_t box, std::span<const std::uint32_t> uids, std::span<const Letter> letters,
                     std::span<const Place> from, const Floor& floor, const Complain& complain) {
  const std::lock_guard lock(mutex_);
  if (uids.size() != letters.size()) return complain("not one UID for each message");
  for (std::size_t i = 0; i < uids.size(); ++i) {
    const Place place{box, uids[i]};
    if (place.uid < floor.uid_next) {
      complain(name_of(place) + " is new, although UID " + std::to_string(floor.uid_next - 1) + " was seen before");
    }
    if (i > 0 && uids[i] <= uids[i - 1]) complain("the UIDs of new messages do not ascend");
    Message& message = messages_[place];
    if (message.acknowledged) complain(name_of(place) + " was given twice");
    bind(place, message, letters[i], complain);
    message.acknowledged = true;
    // A copy has the flags of its source, \Deleted too.
    if (!from.empty()) message.may_be_deleted = message.may_be_deleted || messages_[from[i]].may_be_deleted;
    if (from.empty()) acknowledged_[letters[i]] = true;
    --under_way_[letters[i]];
    raise(place, 0);
  }
}

void Ledger::may_go(Place place, Removal how) {
  const std::lock_guard lock(mutex_);
  Message& message = messages_[place];
  (how == Removal::deleted ? message.may_be_deleted : message.may_be_moved) = true;
}

void Ledger::close(std::size_t box, std::span<const Held> held, const Complain& complain) {
  const std::lock_guard lock(mutex_);
  std::set<std::uint32_t> there;
  for (const Held& message : held) {
    const Place place{box, message.uid};
    there.insert(message.uid);
    const std::optional<Letter> letter = letter_in(message.content);
    if (!letter || message.content != content_of(*letter)) {
      complain(name_of(place) + " holds what nobody wrote");
      continue;
    }
    Message& known = messages_[place];
    bind(place, known, *letter, complain);
    ++held_[*letter];
    if (known.removed) complain(name_of(place) + " is there, although its removal was told");
    for (const std::string& doubt : known.doubts) complain(doubt);
    // What no answer told of must be one that was under way.
    if (!known.acknowledged && under_way_[*letter]-- == 0) {
      complain(name_of(place) + " is one " + name_of(*letter) + " too many");
    }
  }
  for (const auto& [place, known] : messages_) {
    if (place.box != box || !known.acknowledged || known.removed || there.contains(place.uid)) continue;
    if (known.may_be_deleted || known.may_be_moved) continue;
    complain(name_of(place) + " (" + name_of(*known.letter) + ") was acknowledged, nobody removed it, and it is lost");
  }
}

void Ledger::count(const Complain& complain) const {
  const std::lock_guard lock(mutex_);
  std::set<Letter> letters;
  for (const auto& [letter, copies] : held_) letters.insert(letter);
  for (const auto& [letter, yes] : acknowledged_) letters.insert(letter);
  for (const Letter letter : letters) {
    if (!letter.is_keeper()) continue;
    const auto held = held_.find(letter);
    const std::uint64_t copies = held == held_.end() ? 0 : held->second;
    if (copies > 1) complain(name_of(letter) + " was never copied and is there " + std::to_string(copies) + " times");
    if (copies == 0) complain(name_of(letter) + " was never deleted and is gone");
  }
}

std::string Ledger::summary() const {
  const std::lock_guard lock(mutex_);
  std::uint64_t removed = 0;
  std::uint64_t states = 0;
  for (const auto& [place, message] : messages_) {
    removed += message.removed ? 1 : 0;
    states += message.flags.size();
  }
  return std::to_string(messages_.size()) + " messages, " + std::to_string(removed) + " of them removed, " +
         std::to_string(states) + " states of flags, " + std::to_string(acknowledged_.size()) + " letters";
}

}  // namespace posthorn::stress
