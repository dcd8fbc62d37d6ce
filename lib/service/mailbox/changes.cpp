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

MessageRow apply_flags(MessageRow row, const FlagRequest& request, const std::vector<std::uint16_t>& keywords) {
  std::vector<std::uint16_t> merged;
  const auto out = std::back_inserter(merged);
  const auto& old = row.keywords;
  const auto named = static_cast<std::uint8_t>(request.flags.system & request.system_mask);
  switch (request.change) {
    case imap::FlagChange::replace:
      row.system = static_cast<std::uint8_t>((row.system & ~request.system_mask) | named);
      merged = keywords;
      break;
    case imap::FlagChange::add:
      row.system |= named;
      std::set_union(old.begin(), old.end(), keywords.begin(), keywords.end(), out);
      break;
    case imap::FlagChange::remove:
      row.system &= static_cast<std::uint8_t>(~named);
      std::set_difference(old.begin(), old.end(), keywords.begin(), keywords.end(), out);
      break;
  }
  if (request.keywords) row.keywords = std::move(merged);
  return row;
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

}  // namespace

Result<FlagOutcome> change_flags(Ledger& ledger, MailboxId mailbox, const std::vector<Uid>& uids,
                                 const FlagRequest& request) {
  FlagOutcome outcome;
  FlagOutcome part;
  const auto step = [&](Draft& draft, std::size_t at) -> Result<std::size_t> {
    part = {};
    if (draft.mailbox(mailbox) == nullptr) return fail(no_mailbox());
    const Result<std::vector<std::uint16_t>> keywords = requested_keywords(draft, mailbox, request);
    if (!keywords) return fail(keywords.error());
    part.keywords = draft.keywords(mailbox);
    std::size_t end = 0;
    Result<std::vector<UidRow>> rows = next_rows(draft, mailbox, uids, at, end);
    if (!rows) return fail(std::move(rows.error()));
    OwnSeen seen(draft, mailbox, request);
    if (Result<void> loaded = seen.load(); !loaded) return fail(std::move(loaded.error()));
    for (UidRow& old : *rows) {
      if (request.unchanged_since && old.row.modseq > request.unchanged_since->value()) {
        part.left_alone.push_back(old.uid);
        continue;
      }
      MessageRow changed = apply_flags(old.row, request, *keywords);
      const bool own = seen.would_change(old.uid);
      if (own || changed != old.row) {
        if (!draft.has_room(cost_of(changed) + seen.cost())) {
          end = position_of(uids, old.uid);
          break;
        }
        if (own) seen.change(old.uid);
        draft.change_message(mailbox, old.uid, old.row, changed);
      }
      part.rows.push_back({old.uid, std::move(changed)});
    }
    seen.write();
    return end;
  };
  Result<void> written = in_batches(ledger, uids.size(), step, [&] {
    std::move(part.rows.begin(), part.rows.end(), std::back_inserter(outcome.rows));
    outcome.keywords = part.keywords;
    outcome.left_alone.insert(outcome.left_alone.end(), part.left_alone.begin(), part.left_alone.end());
  });
  if (!written) return fail(std::move(written.error()));
  return outcome;
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
    for (const UidRow& found : *rows) {
      if (!draft.has_room(kRowOctets)) return position_of(uids, found.uid);
      if (Result<void> released = draft.release(found.row.blob); !released) return fail(std::move(released.error()));
      draft.remove_message(mailbox, found.uid, found.row);
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
    draft.remove_message(source, found.uid, found.row);
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
