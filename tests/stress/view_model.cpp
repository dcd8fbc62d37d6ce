#include "stress/view_model.h"

#include <algorithm>
#include <set>
#include <sstream>

namespace posthorn::stress {

namespace response = imap::response;

namespace {

std::set<std::string> split(const std::string& words) {
  std::istringstream in(words);
  std::set<std::string> out;
  for (std::string word; in >> word;) out.insert(word);
  return out;
}

std::string join(const std::set<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

/// The flags as a client computes them that sent STORE with .SILENT.
std::string changed(const std::string& flags, const FlagPlan& plan) {
  const std::set<std::string> named = split(plan.words);
  if (plan.change == imap::FlagChange::replace) return join(named);
  std::set<std::string> out = split(flags);
  for (const std::string& word : named) {
    if (plan.change == imap::FlagChange::add) {
      out.insert(word);
    } else {
      out.erase(word);
    }
  }
  return join(out);
}

bool names(const Pending& pending, std::uint32_t uid) {
  return uid != 0 && std::ranges::find(pending.uids, uid) != pending.uids.end();
}

}  // namespace

std::string words_of(const imap::Flags& flags) {
  constexpr View kWords[] = {"\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft"};  // the bits of SystemFlag
  std::set<std::string> words(flags.keywords.begin(), flags.keywords.end());
  for (std::size_t bit = 0; bit < std::size(kWords); ++bit) {
    if ((flags.system & (1U << bit)) != 0) words.insert(own(kWords[bit]));
  }
  return join(words);
}

std::string words_of(const response::FlagList& flags) { return words_of(flags.flags); }

ViewModel::ViewModel(Shared shared, std::size_t box, Manner manner, const Floor& sent)
    : shared_(std::move(shared)), box_(box), manner_(manner), sent_(sent) {}

void ViewModel::complain(const std::string& what) const { shared_.complain(own(kMailboxes.at(box_)) + ": " + what); }

void ViewModel::resume(Saved saved, bool listed) { resumed_ = Resumed{std::move(saved.messages), listed}; }

bool ViewModel::complete() const {
  return std::ranges::all_of(messages_, [](const SeenMessage& m) { return m.uid != 0; });
}

bool ViewModel::knows_all() const {
  return std::ranges::all_of(messages_, [](const SeenMessage& m) { return m.uid != 0 && m.flags; });
}

std::optional<Saved> ViewModel::save() const {
  const auto told = [](const SeenMessage& m) { return m.modseq != 0; };
  const bool knows = knows_all() && std::ranges::all_of(messages_, told) && synced_ > 0 && uid_validity_ != 0;
  if (!knows || resumed_) return std::nullopt;
  return Saved{uid_validity_, synced_, messages_};
}

void ViewModel::hear(const response::Data& data, const Pending* running) {
  if (const auto* state = std::get_if<response::State>(&data)) hear(state->code);
  if (const auto* count = std::get_if<response::Exists>(&data)) exists(count->messages);
  if (const auto* gone = std::get_if<response::Expunge>(&data)) expunge(gone->number.value(), running);
  if (const auto* gone = std::get_if<response::Vanished>(&data)) vanished(*gone, running);
  if (const auto* told = std::get_if<response::Fetch>(&data)) fetch(*told);
}

void ViewModel::hear(const response::Code& code) {
  Ledger& ledger = shared_.ledger;
  if (const auto* validity = std::get_if<response::UidValidityCode>(&code)) {
    uid_validity_ = validity->value.value();
    ledger.hear_validity(box_, uid_validity_, shared_.complain);
  }
  if (const auto* next = std::get_if<response::UidNextCode>(&code)) {
    ledger.hear_uid_next(box_, next->uid.value(), sent_, shared_.complain);
  }
  if (const auto* highest = std::get_if<response::HighestModSeq>(&code)) {
    ledger.hear_highest(box_, highest->value.value(), sent_, shared_.complain);
    if (highest->value.value() < synced_) complain("HIGHESTMODSEQ went back");
    // RFC 7162 section 3.2.7: whoever is told it has heard of all changes up to it. MODSEQ of a message says no such
    // thing: that message may have been read a moment later than the others.
    if (manner_.modseqs) synced_ = std::max(synced_, highest->value.value());
  }
}

void ViewModel::opened() {
  if (resumed_) merge();
  resumed_.reset();
}

void ViewModel::exists(std::uint32_t count) {
  if (count < messages_.size()) return complain("EXISTS " + std::to_string(count) + " without an EXPUNGE");
  messages_.resize(count);
}

void ViewModel::forbid_removal(const Pending* running) const {
  if (running == nullptr) complain("a removal was told although no command runs");
  if (running != nullptr && running->keeps_numbers()) {
    complain("a removal was told while " + own(name_of(running->act)) + " runs");
  }
}

void ViewModel::expunge(std::uint32_t number, const Pending* running) {
  if (manner_.vanishes) return complain("EXPUNGE instead of VANISHED");
  forbid_removal(running);
  if (number == 0 || number > messages_.size()) {
    return complain("EXPUNGE " + std::to_string(number) + " of " + std::to_string(messages_.size()));
  }
  const auto at = messages_.begin() + (number - 1);
  if (at->uid != 0) shared_.ledger.hear_removed({box_, at->uid});
  messages_.erase(at);
}

void ViewModel::vanished(const response::Vanished& vanished, const Pending* running) {
  if (vanished.earlier) return vanished_earlier(vanished.uids);
  if (!manner_.vanishes) return complain("VANISHED, which was not enabled");
  forbid_removal(running);
  for (const imap::Range& range : vanished.uids) {
    for (std::uint64_t uid = range.first; uid <= range.last; ++uid) vanish(static_cast<std::uint32_t>(uid));
  }
}

void ViewModel::vanished_earlier(const std::vector<imap::Range>& uids) {
  const auto is_in = [&](const SeenMessage& message) {
    return std::ranges::any_of(uids,
                               [&](const imap::Range& r) { return message.uid >= r.first && message.uid <= r.last; });
  };
  if (resumed_) {
    for (const SeenMessage& message : resumed_->left) {
      if (is_in(message)) shared_.ledger.hear_removed({box_, message.uid});
    }
    std::erase_if(resumed_->left, is_in);
  }
  for (const SeenMessage& message : messages_) {
    if (message.uid != 0 && is_in(message)) complain("VANISHED (EARLIER) " + std::to_string(message.uid) + " is here");
  }
}

// A message of which only the count was told may vanish too: it is one of those whose neighbours leave room for it.
// Without numbers those that are not known stand at the end.
void ViewModel::vanish(std::uint32_t uid) {
  auto at = std::ranges::find(messages_, uid, &SeenMessage::uid);
  if (at == messages_.end() && !manner_.numbers) at = std::ranges::find(messages_, 0U, &SeenMessage::uid);
  if (at == messages_.end()) {
    for (auto i = messages_.begin(); i != messages_.end() && i->uid < uid; ++i) at = i->uid == 0 ? i : messages_.end();
  }
  if (at == messages_.end()) return complain("VANISHED " + std::to_string(uid) + " is not here");
  shared_.ledger.hear_removed({box_, uid});
  messages_.erase(at);
}

SeenMessage* ViewModel::by_uid(std::uint32_t uid) {
  const auto found = std::ranges::find(messages_, uid, &SeenMessage::uid);
  return found == messages_.end() ? nullptr : &*found;
}

void ViewModel::learn_uid(std::size_t index, std::uint32_t uid) {
  SeenMessage& message = messages_[index];
  if (message.uid == uid) return;
  if (message.uid != 0) {
    return complain("message " + std::to_string(index + 1) + " was UID " + std::to_string(message.uid) +
                    " and is now UID " + std::to_string(uid));
  }
  for (std::size_t i = 0; i < messages_.size(); ++i) {
    const std::uint32_t other = messages_[i].uid;
    if (other == 0 || (i < index ? other < uid : other > uid)) continue;
    return complain("UID " + std::to_string(uid) + " at " + std::to_string(index + 1) + " and UID " +
                    std::to_string(other) + " at " + std::to_string(i + 1));
  }
  message.uid = uid;
}

SeenMessage* ViewModel::find(const response::Fetch& fetch) {
  if (fetch.number.value() == 0) {
    if (manner_.numbers || !fetch.uid) complain("UIDFETCH, which was not enabled");
    if (!fetch.uid) return nullptr;
    const std::uint32_t uid = fetch.uid->value();
    if (SeenMessage* known = by_uid(uid)) return known;
    // Without numbers nobody tells which of the unknown ones it is: the order is that of the UIDs.
    const auto unknown = std::ranges::find(messages_, 0U, &SeenMessage::uid);
    if (unknown == messages_.end()) {
      complain("UIDFETCH " + std::to_string(uid) + " is not here");
      return nullptr;
    }
    messages_.erase(unknown);
    const auto after = std::ranges::find_if(messages_, [&](const SeenMessage& m) { return m.uid == 0 || m.uid > uid; });
    return &*messages_.insert(after, SeenMessage{uid});
  }
  if (!manner_.numbers) complain("FETCH with a message number after ENABLE UIDONLY");
  if (fetch.number.value() > messages_.size()) {
    complain("FETCH of message " + std::to_string(fetch.number.value()) + " of " + std::to_string(messages_.size()));
    return nullptr;
  }
  if (fetch.uid) learn_uid(fetch.number.value() - 1, fetch.uid->value());
  return &messages_[fetch.number.value() - 1];
}

void ViewModel::fetch(const response::Fetch& fetch) {
  SeenMessage* message = find(fetch);
  if (message == nullptr) return;
  if (message->uid != 0) shared_.ledger.hear_message({box_, message->uid}, sent_, shared_.complain);
  if (fetch.flags || fetch.modseq) learn_flags(*message, fetch);
  if (message->uid != 0) learn_content({box_, message->uid}, fetch);
}

void ViewModel::learn_flags(SeenMessage& message, const response::Fetch& fetch) {
  const Place place{box_, message.uid};
  if (manner_.modseqs && !fetch.modseq) complain("FETCH of flags without MODSEQ after CONDSTORE");
  const std::string flags = fetch.flags ? words_of(*fetch.flags) : message.flags.value_or("");
  const bool knows = fetch.flags || message.flags;
  const std::uint64_t modseq = fetch.modseq ? fetch.modseq->value() : 0;
  const std::string what = name_of(place) + " with MODSEQ " + std::to_string(modseq) + " (" + flags + ") after " +
                           std::to_string(message.modseq) + " (" + message.flags.value_or("?") + ")";
  if (modseq != 0 && message.modseq != 0 && !resumed_) {
    if (modseq < message.modseq) complain("went back: " + what);
    if (modseq == message.modseq && message.flags && *message.flags != flags && !message.assumed) {
      shared_.ledger.doubt(place, "changed in silence: " + what, shared_.complain);
    }
    if (modseq > message.modseq && modseq <= synced_) {
      complain("not told, although all was told up to " + std::to_string(synced_) + ": " + what);
    }
  }
  if (modseq != 0 && place.uid != 0 && fetch.flags) {
    shared_.ledger.hear_flags(place, modseq, flags, shared_.complain);
  }
  if (knows) message.flags = flags;
  if (fetch.flags) message.assumed = false;
  if (modseq != 0) message.modseq = modseq;
  if (fetch.flags && place.uid != 0) shared_.keyword.check(place, flags, shared_.complain);
}

void ViewModel::learn_content(Place place, const response::Fetch& fetch) {
  Ledger& ledger = shared_.ledger;
  const auto hear = [&](View text) {
    const std::optional<Letter> letter = letter_in(text);
    if (!letter) return complain(name_of(place) + " is no letter: " + own(text.substr(0, 80)));
    ledger.hear_letter(place, *letter, shared_.complain);
  };
  if (fetch.envelope) hear(fetch.envelope->subject.value_or(""));
  if (fetch.preview && !fetch.preview->empty()) hear(*fetch.preview);
  if (const response::Content* whole = fetch.content(""); whole != nullptr && whole->octets) {
    hear(*whole->octets);
    const std::optional<Letter> letter = letter_in(*whole->octets);
    if (letter && *whole->octets != content_of(*letter)) complain(name_of(place) + " is not whole");
  }
  const std::optional<Letter> letter = ledger.letter_at(place);
  if (fetch.size && letter && *fetch.size != content_of(*letter).size()) {
    complain(name_of(place) + " has RFC822.SIZE " + std::to_string(*fetch.size));
  }
}

void ViewModel::begin(const Pending& pending) {
  if (pending.act != Act::store || pending.flags.conditional || pending.read_only) return;
  for (SeenMessage& message : messages_) {
    if (!names(pending, message.uid) || !message.flags) continue;
    message.flags = changed(*message.flags, pending.flags);
    message.assumed = true;
  }
}

void ViewModel::settle() {
  for (SeenMessage& message : messages_) message.assumed = false;
}

void ViewModel::undo(const Pending& pending) {
  for (SeenMessage& message : messages_) {
    if (names(pending, message.uid)) message.flags.reset();
  }
}

// What the client knew and did not vanish, and what was told, must be all messages.
void ViewModel::merge() {
  std::map<std::uint32_t, SeenMessage> all;
  for (const SeenMessage& message : resumed_->left) all[message.uid] = message;
  for (const SeenMessage& message : messages_) {
    if (message.uid != 0) all[message.uid] = message;
  }
  const bool fits = resumed_->listed ? all.size() <= messages_.size() : all.size() == messages_.size();
  if (!fits) {
    complain("QRESYNC leaves " + std::to_string(all.size()) + " messages of " + std::to_string(messages_.size()));
    messages_.assign(messages_.size(), {});
    return;
  }
  std::size_t index = 0;
  for (const auto& [uid, message] : all) {
    const std::uint32_t told = messages_[index].uid;
    if (manner_.numbers && told != 0 && told != uid) {
      complain("QRESYNC told UID " + std::to_string(told) + " where UID " + std::to_string(uid) + " is");
    }
    messages_[index++] = message;
  }
  std::fill(messages_.begin() + static_cast<std::ptrdiff_t>(index), messages_.end(), SeenMessage());
}

void ViewModel::close(std::span<const Held> held) const {
  if (held.size() != messages_.size()) {
    return complain("the client sees " + std::to_string(messages_.size()) + " messages, the store has " +
                    std::to_string(held.size()));
  }
  for (std::size_t i = 0; i < held.size(); ++i) {
    const SeenMessage& seen = messages_[i];
    if (seen.uid != held[i].uid) {
      complain("message " + std::to_string(i + 1) + " is UID " + std::to_string(seen.uid) + " for the client and UID " +
               std::to_string(held[i].uid) + " in the store");
    }
    if (!seen.flags) complain("no flags of " + name_of(Place{box_, seen.uid}));
    if (seen.flags && *seen.flags != held[i].flags) {
      complain(name_of(Place{box_, seen.uid}) + " has (" + *seen.flags + ") for the client and (" + held[i].flags +
               ") in the store");
    }
  }
}

}  // namespace posthorn::stress
