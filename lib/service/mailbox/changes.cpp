#include "service/mailbox/changes.h"

#include <algorithm>
#include <iterator>

#include "service/mailbox/names.h"
#include "service/mailbox/seen.h"

namespace posthorn::mailbox {
namespace {

constexpr std::size_t kRowOctets = 96;       // key and value of a message row without keywords, rounded up
constexpr std::size_t kLoadReferences = 32;  // messages from which on one scan for references beats single reads

}  // namespace

std::size_t cost_of(const MessageRow& row) { return kRowOctets + 2 * row.keywords.size() + row.capsule.size(); }

Result<void> in_batches(Ledger& ledger, std::size_t count,
                        const std::function<Result<std::size_t>(Draft&, std::size_t)>& step,
                        const std::function<void()>& committed) {
  for (std::size_t done = 0; done < count;) {
    std::size_t reached = done;
    Result<void> written = ledger.write([&](Draft& draft) -> Result<void> {
      const Result<std::size_t> next = step(draft, done);
      if (!next) return fail(next.error());
      reached = *next;
      return {};
    });
    if (!written) return written;
    committed();
    done = reached;
  }
  return {};
}

namespace {

/// The rows of the next uids. The number is bounded so that a retry does not read everything again.
constexpr std::size_t kRowsAtATime = 200'000;
Result<std::vector<UidRow>> next_rows(const Draft& draft, MailboxId mailbox, const std::vector<Uid>& uids,
                                      std::size_t at, std::size_t& end) {
  end = std::min(uids.size(), at + kRowsAtATime);
  const auto first = uids.begin() + static_cast<std::ptrdiff_t>(at);
  return read_rows(draft.partition(), mailbox, {first, uids.begin() + static_cast<std::ptrdiff_t>(end)});
}

Result<void> load_references(Draft& draft, const std::vector<UidRow>& rows) {
  if (rows.size() < kLoadReferences) return {};
  const auto [low, high] = std::minmax_element(
      rows.begin(), rows.end(), [](const UidRow& a, const UidRow& b) { return a.row.blob < b.row.blob; });
  return draft.load_references(low->row.blob, high->row.blob);
}

/// Where in `uids` to go on when `stopped` did not fit any more.
std::size_t position_of(const std::vector<Uid>& uids, Uid stopped) {
  return static_cast<std::size_t>(std::lower_bound(uids.begin(), uids.end(), stopped) - uids.begin());
}

/// The keywords of the request as indices; one that shall go and was never used is no keyword yet and stays none.
Result<std::vector<std::uint16_t>> requested_keywords(Draft& draft, MailboxId mailbox, const FlagRequest& request) {
  if (!request.keywords) return std::vector<std::uint16_t>();
  if (request.change != imap::FlagChange::remove) return draft.keyword_indices(mailbox, request.flags.keywords);
  const std::vector<std::string> known = draft.keywords(mailbox);
  std::vector<std::uint16_t> indices;
  for (std::size_t i = 0; i < known.size(); ++i) {
    const auto& words = request.flags.keywords;
    const auto same = [&](const std::string& word) { return same_word(word, known[i]); };
    if (std::any_of(words.begin(), words.end(), same)) indices.push_back(static_cast<std::uint16_t>(i));
  }
  return indices;
}

bool is_deleted(const MessageRow& row) {
  return (row.system & static_cast<std::uint8_t>(imap::SystemFlag::deleted)) != 0;
}

Error no_mailbox() { return peer_error(Code::not_found, "mailbox"); }

}  // namespace

FlagState apply_flags(FlagState flags, const FlagRequest& request, const std::vector<std::uint16_t>& keywords) {
  std::vector<std::uint16_t> merged;
  const auto out = std::back_inserter(merged);
  const auto& old = flags.keywords;
  const auto named = static_cast<std::uint8_t>(request.flags.system & request.system_mask);
  switch (request.change) {
    case imap::FlagChange::replace:
      flags.system = static_cast<std::uint8_t>((flags.system & ~request.system_mask) | named);
      merged = keywords;
      break;
    case imap::FlagChange::add:
      flags.system |= named;
      std::set_union(old.begin(), old.end(), keywords.begin(), keywords.end(), out);
      break;
    case imap::FlagChange::remove:
      flags.system &= static_cast<std::uint8_t>(~named);
      std::set_difference(old.begin(), old.end(), keywords.begin(), keywords.end(), out);
      break;
  }
  if (request.keywords) flags.keywords = std::move(merged);
  return flags;
}

namespace {

/// What a visitor has seen, changed beside the messages of a batch.
class OwnSeen {
 public:
  OwnSeen(Draft& draft, MailboxId mailbox, const FlagRequest& request)
      : draft_(draft), mailbox_(mailbox), request_(request), named_(request.flags.has(imap::SystemFlag::seen)) {}
  Result<void> load() {
    if (!request_.seen_of) return {};
    Result<SeenSet> seen = read_seen(draft_.partition(), mailbox_, *request_.seen_of);
    if (!seen) return fail(std::move(seen.error()));
    seen_ = std::move(*seen);
    return {};
  }
  [[nodiscard]] bool would_change(Uid uid) const {
    if (!request_.seen_of || (!named_ && request_.change != imap::FlagChange::replace)) return false;
    return seen_.contains(uid) != wanted();
  }
  void change(Uid uid) {
    changed_ = true;
    if (wanted()) {
      seen_.insert(uid);
    } else {
      seen_.erase(uid);
    }
  }
  /// What the row costs the batch, at worst.
  [[nodiscard]] std::size_t cost() const { return request_.seen_of ? 8 * (seen_.ranges().size() + 1) + 64 : 0; }
  void write() {
    if (changed_) draft_.put_beside(keys::seen(mailbox_, *request_.seen_of), encode_seen(seen_.ranges()));
  }

 private:
  [[nodiscard]] bool wanted() const { return named_ && request_.change != imap::FlagChange::remove; }

  Draft& draft_;
  const MailboxId mailbox_;
  const FlagRequest& request_;
  const bool named_;
  SeenSet seen_;
  bool changed_ = false;
};

/// What a message was before a STORE.
struct Old {
  Uid uid;
  std::uint64_t octets = 0;
  FlagState flags;
};

/// Takes a message; false: no further one.
using Taker = std::function<bool(Old)>;

/// Gives those of the next uids that exist, from the store.
Result<void> take_stored(const Draft& draft, MailboxId mailbox, const std::vector<Uid>& uids, std::size_t at,
                         const Taker& take) {
  std::size_t end = 0;
  Result<std::vector<UidRow>> rows = next_rows(draft, mailbox, uids, at, end);
  if (!rows) return fail(std::move(rows.error()));
  for (UidRow& found : *rows) {
    if (!take({found.uid, found.row.octets, std::move(found.row)})) break;
  }
  return {};
}

/// The same from what the session knows, when that is how it is.
void take_known(const Records& records, std::span<const Uid> uids, const Taker& take) {
  std::size_t index = records.lower_bound(uids.front());
  for (const Uid uid : uids) {
    // Neighbours mostly; else it is searched for.
    if (index >= records.size() || records.at(index).uid != uid) index = records.lower_bound(uid);
    if (index >= records.size()) break;
    const Records::Record& record = records.at(index);
    if (record.uid != uid || record.gone) continue;
    if (!take({uid, record.octets, {record.modseq, record.system, records.keywords(record)}})) break;
    ++index;
  }
}

/// One STORE, batch by batch.
class FlagChanger {
 public:
  FlagChanger(MailboxId mailbox, const std::vector<Uid>& uids, const FlagRequest& request, const Known& known)
      : mailbox_(mailbox), uids_(uids), request_(request), known_(known), known_modseq_(known.modseq) {}

  /// As in_batches() wants it.
  Result<std::size_t> step(Draft& draft, std::size_t at) {
    part_ = {};
    const MailboxRow* row = draft.mailbox(mailbox_);
    if (row == nullptr) return fail(no_mailbox());
    // Sizes of sealed messages are others to who can open them than in their rows.
    const bool undisturbed = row->modseq == known_modseq_ && known_.records.totals().sealed == 0;
    const Result<std::vector<std::uint16_t>> keywords = requested_keywords(draft, mailbox_, request_);
    if (!keywords) return fail(keywords.error());
    part_.keywords = draft.keywords(mailbox_);
    const std::size_t end = std::min(uids_.size(), at + kRowsAtATime);
    const std::span<const Uid> next = std::span(uids_).subspan(at, end - at);
    if (Result<void> loaded = draft.load_flags(mailbox_, next); !loaded) return fail(std::move(loaded.error()));
    OwnSeen seen(draft, mailbox_, request_);
    if (Result<void> loaded = seen.load(); !loaded) return fail(std::move(loaded.error()));
    part_.states.reserve(next.size());
    Uid stopped{};
    std::optional<Error> broken;
    const Taker take = [&](Old message) {
      const Uid uid = message.uid;
      const Result<bool> changed = change(draft, std::move(message), *keywords, seen);
      if (!changed) broken = changed.error();
      if (changed && !*changed) stopped = uid;
      return changed && *changed;
    };
    Result<void> taken;
    if (undisturbed) {
      take_known(known_.records, next, take);
    } else {
      taken = take_stored(draft, mailbox_, uids_, at, take);
    }
    if (!taken || broken) return fail(broken ? std::move(*broken) : std::move(taken.error()));
    seen.write();
    if (undisturbed) part_.undisturbed = draft.has_changes() ? draft.modseq() : known_modseq_;
    return stopped == Uid{} ? end : position_of(uids_, stopped);
  }

  void committed() {
    if (outcome_.states.empty()) {
      outcome_.states = std::move(part_.states);
    } else {
      std::move(part_.states.begin(), part_.states.end(), std::back_inserter(outcome_.states));
    }
    outcome_.keywords = part_.keywords;
    outcome_.left_alone.insert(outcome_.left_alone.end(), part_.left_alone.begin(), part_.left_alone.end());
    outcome_.undisturbed = part_.undisturbed;
    known_modseq_ = part_.undisturbed.value_or(0);
  }
  FlagOutcome take() { return std::move(outcome_); }

 private:
  /// @returns false when it does not fit any more
  Result<bool> change(Draft& draft, Old message, const std::vector<std::uint16_t>& keywords, OwnSeen& seen) {
    if (request_.unchanged_since && message.flags.modseq > request_.unchanged_since->value()) {
      part_.left_alone.push_back(message.uid);
      return true;
    }
    FlagState changed = apply_flags(message.flags, request_, keywords);
    const bool own = seen.would_change(message.uid);
    if (own || changed != message.flags) {
      if (!draft.has_room(kRowOctets + 2 * changed.keywords.size() + seen.cost())) return false;
      if (own) seen.change(message.uid);
      Result<void> kept = draft.change_flags(mailbox_, message.uid, message.octets, message.flags, changed);
      if (!kept) return fail(std::move(kept.error()));
    }
    part_.states.push_back({message.uid, std::move(changed)});
    return true;
  }

  const MailboxId mailbox_;
  const std::vector<Uid>& uids_;
  const FlagRequest& request_;
  const Known& known_;
  std::uint64_t known_modseq_;
  FlagOutcome outcome_;
  FlagOutcome part_;
};

}  // namespace

Result<FlagOutcome> change_flags(Ledger& ledger, MailboxId mailbox, const std::vector<Uid>& uids,
                                 const FlagRequest& request, const Known& known) {
  FlagChanger changer(mailbox, uids, request, known);
  Result<void> written = in_batches(
      ledger, uids.size(), [&](Draft& draft, std::size_t at) { return changer.step(draft, at); },
      [&] { changer.committed(); });
  if (!written) return fail(std::move(written.error()));
  return changer.take();
}

Result<std::vector<Uid>> expunge(Ledger& ledger, MailboxId mailbox, const std::vector<Uid>& uids, bool only_deleted) {
  std::vector<Uid> removed;
  std::vector<Uid> part;
  const auto step = [&](Draft& draft, std::size_t at) -> Result<std::size_t> {
    part.clear();
    if (draft.mailbox(mailbox) == nullptr) return fail(no_mailbox());
    std::size_t end = 0;
    Result<std::vector<UidRow>> rows = next_rows(draft, mailbox, uids, at, end);
    if (!rows) return fail(std::move(rows.error()));
    if (only_deleted) std::erase_if(*rows, [](const UidRow& found) { return !is_deleted(found.row); });
    if (Result<void> loaded = load_references(draft, *rows); !loaded) return fail(std::move(loaded.error()));
    if (Result<void> loaded = draft.load_flags(mailbox, std::span(uids).subspan(at, end - at)); !loaded)
      return fail(std::move(loaded.error()));
    for (const UidRow& found : *rows) {
      if (!draft.has_room(kRowOctets)) return position_of(uids, found.uid);
      if (Result<void> released = draft.release(found.row.blob); !released) return fail(std::move(released.error()));
      Result<void> gone = draft.remove_message(mailbox, found.uid, found.row);
      if (!gone) return fail(std::move(gone.error()));
      part.push_back(found.uid);
    }
    return end;
  };
  Result<void> written =
      in_batches(ledger, uids.size(), step, [&] { removed.insert(removed.end(), part.begin(), part.end()); });
  if (!written) return fail(std::move(written.error()));
  return removed;
}

namespace {

/// The keywords of one mailbox as indices of another.
class KeywordMap {
 public:
  KeywordMap(Draft& draft, MailboxId from, MailboxId to) : draft_(draft), from_(from), to_(to) {}
  Result<std::vector<std::uint16_t>> translate(const std::vector<std::uint16_t>& indices) {
    if (from_ == to_ || indices.empty()) return indices;
    const auto known = known_.find(indices);
    if (known != known_.end()) return known->second;
    std::vector<std::string> words;
    for (const std::uint16_t index : indices) {
      if (index < draft_.keywords(from_).size()) words.push_back(draft_.keywords(from_)[index]);
    }
    Result<std::vector<std::uint16_t>> translated = draft_.keyword_indices(to_, words);
    if (translated) known_.emplace(indices, *translated);
    return translated;
  }

 private:
  Draft& draft_;
  MailboxId from_;
  MailboxId to_;
  std::map<std::vector<std::uint16_t>, std::vector<std::uint16_t>> known_;
};

/// Gives a row the new body that there is for its old one. @returns whether there is one
Result<bool> exchange_body(Draft& draft, Replacements* replacements, MessageRow& row) {
  const Body* body = replacements == nullptr ? nullptr : replacements->find(row.blob);
  if (body == nullptr) return false;
  if (Result<void> named = replacements->name(draft, *body); !named) return fail(std::move(named.error()));
  set_body(row, *body);
  return true;
}

Result<Uid> transfer_one(Draft& draft, MailboxId source, MailboxId target, const UidRow& found, Transfer kind,
                         KeywordMap& keywords, Replacements* replacements) {
  MessageRow row = found.row;
  const Result<bool> exchanged = exchange_body(draft, replacements, row);
  if (!exchanged) return fail(exchanged.error());
  Result<std::vector<std::uint16_t>> translated = keywords.translate(row.keywords);
  if (!translated) return fail(std::move(translated.error()));
  row.keywords = std::move(*translated);
  Result<Uid> uid = draft.add_message(target, std::move(row));
  if (!uid) return uid;
  if (kind == Transfer::move) {
    if (Result<void> gone = draft.remove_message(source, found.uid, found.row); !gone)
      return fail(std::move(gone.error()));
    if (*exchanged) {
      if (Result<void> released = draft.release(found.row.blob); !released) return fail(std::move(released.error()));
    }
  } else if (*exchanged) {
    return uid;
  } else if (Result<void> shared = draft.share(found.row.blob); !shared) {
    return fail(std::move(shared.error()));
  }
  return uid;
}

Result<void> check_room_for(const Draft& draft, const std::vector<UidRow>& rows, const Quota& quota,
                            const Replacements* replacements) {
  std::uint64_t octets = 0;
  for (const UidRow& found : rows) {
    const Body* body = replacements == nullptr ? nullptr : replacements->find(found.row.blob);
    octets += body == nullptr ? found.row.octets : body->octets;
  }
  return check_room(draft.account(), quota, rows.size(), octets);
}

/// What a new row with a new body costs beyond one with the old body.
std::size_t cost_of_exchange(const Replacements* replacements, const MessageRow& row) {
  const Body* body = replacements == nullptr ? nullptr : replacements->find(row.blob);
  return body == nullptr ? 0 : kRowOctets + body->capsule.size() + body->summary.size();
}

}  // namespace

const Body* Replacements::find(BlobId old) const {
  const auto found = bodies_.find(old);
  return found == bodies_.end() ? nullptr : &found->second;
}

Result<void> Replacements::name(Draft& draft, const Body& body) {
  const bool first = named_.insert(body.blob).second;
  if (!first) return draft.share(body.blob);
  if (!kept_.contains(body.blob)) {
    draft.keep(body);
    return {};
  }
  // Between two batches others may have removed every message that has it, and so the body.
  const Result<std::string> there = draft.partition().read_blob(body.blob, 0, 1);
  if (there) return draft.share(body.blob);
  if (there.error().code != Code::not_found) return fail(there.error());
  return fail(environment_error(Code::conflict, "others removed what was copied"));
}

std::vector<BlobId> Replacements::unkept() const {
  std::vector<BlobId> blobs;
  for (const auto& [old, body] : bodies_) {
    if (!kept_.contains(body.blob)) blobs.push_back(body.blob);
  }
  return blobs;
}

Result<void> check_room(const AccountRow& account, const Quota& quota, std::uint64_t messages, std::uint64_t octets) {
  const bool full = (quota.octets != 0 && account.octets + octets > quota.octets) ||
                    (quota.messages != 0 && account.messages + messages > quota.messages);
  if (full) return fail(environment_error(Code::over_quota));
  return {};
}

Result<imap::CopyOutcome> transfer(Ledger& ledger, MailboxId source, const std::vector<Uid>& uids, MailboxId target,
                                   Transfer kind, const Quota& quota, Replacements* replacements) {
  imap::CopyOutcome outcome;
  imap::CopyOutcome part;
  const auto step = [&](Draft& draft, std::size_t at) -> Result<std::size_t> {
    part = {};
    if (replacements != nullptr) replacements->begin_batch();
    if (draft.mailbox(target) == nullptr || draft.mailbox(source) == nullptr) return fail(no_mailbox());
    part.uid_validity = imap::UidValidity{draft.mailbox(target)->uid_validity};
    std::size_t end = 0;
    Result<std::vector<UidRow>> rows = next_rows(draft, source, uids, at, end);
    if (!rows) return fail(std::move(rows.error()));
    if (kind == Transfer::copy) {
      Result<void> room = check_room_for(draft, *rows, quota, replacements);
      if (!room) return fail(std::move(room.error()));
      if (Result<void> loaded = load_references(draft, *rows); !loaded) return fail(std::move(loaded.error()));
    }
    if (kind == Transfer::move) {
      Result<void> loaded = draft.load_flags(source, std::span(uids).subspan(at, end - at));
      if (!loaded) return fail(std::move(loaded.error()));
    }
    KeywordMap keywords(draft, source, target);
    for (const UidRow& found : *rows) {
      if (!draft.has_room(2 * cost_of(found.row) + cost_of_exchange(replacements, found.row))) {
        return position_of(uids, found.uid);
      }
      const Result<Uid> uid = transfer_one(draft, source, target, found, kind, keywords, replacements);
      if (!uid) return fail(uid.error());
      part.source.push_back(found.uid);
      part.target.push_back(*uid);
    }
    return end;
  };
  Result<void> written = in_batches(ledger, uids.size(), step, [&] {
    if (replacements != nullptr) replacements->committed();
    outcome.uid_validity = part.uid_validity;
    outcome.source.insert(outcome.source.end(), part.source.begin(), part.source.end());
    outcome.target.insert(outcome.target.end(), part.target.begin(), part.target.end());
  });
  if (!written) return fail(std::move(written.error()));
  return outcome;
}

}  // namespace posthorn::mailbox
