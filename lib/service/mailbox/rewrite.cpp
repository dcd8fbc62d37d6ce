#include "service/mailbox/rewrite.h"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

namespace posthorn::mailbox {

namespace {

constexpr std::uint64_t kPiece = 256U << 10U;
constexpr std::size_t kRowsAtATime = 1024;
constexpr std::size_t kPlacesInBatch = 1024;  // each in another mailbox at worst, whose row and log the batch has too
constexpr int kRounds = 8;                    // through all mailboxes, until nothing is left

struct Place {
  MailboxId mailbox;
  Uid uid;
};
/// All messages by their bodies: those that share one are written anew together and share the new one.
using Places = std::map<BlobId, std::vector<Place>>;

/// A message sealed to an old key belongs to the present one when everything is gone through.
bool is_old(const MessageRow& row, const vault::Setting& setting) {
  if (row.capsule.empty() || setting.state != vault::State::on) return false;
  const Result<vault::CapsuleFacts> facts = vault::capsule_facts(row.capsule);
  return facts && facts->generation != setting.key->owner.generation;
}

Result<Places> places_of(Ledger& ledger, const vault::Setting& setting) {
  bool found = false;
  const Result<Snapshot> tables = read_snapshot(ledger.partition(), found);
  if (!tables) return fail(tables.error());
  Places places;
  for (const auto& [id, row] : tables->mailboxes) {
    const MailboxId mailbox = id;
    Result<void> scanned = scan_rows(ledger.partition(), mailbox, Uid{1}, std::numeric_limits<std::uint64_t>::max(),
                                     [&](Uid uid, const MessageRow& message) {
                                       if (!differs(message, setting) && !is_old(message, setting)) return;
                                       places[message.blob].push_back({mailbox, uid});
                                     });
    if (!scanned) return fail(std::move(scanned.error()));
  }
  return places;
}

Result<std::optional<MessageRow>> row_at(const store::Partition& partition, const Place& place) {
  const Result<std::vector<UidRow>> rows = read_rows(partition, place.mailbox, {place.uid});
  if (!rows) return fail(rows.error());
  if (rows->empty()) return std::nullopt;
  return std::optional(rows->front().row);
}

/// Names the new bodies in all places that still have the old ones. @returns in how many
Result<std::uint64_t> put_in_place(Ledger& ledger, Replacements& replacements, Places::const_iterator first,
                                   Places::const_iterator last) {
  std::vector<std::pair<BlobId, Place>> spots;
  for (; first != last; ++first) {
    if (replacements.find(first->first) == nullptr) continue;
    for (const Place& place : first->second) spots.emplace_back(first->first, place);
  }
  std::uint64_t changed = 0;
  std::uint64_t part = 0;
  const auto step = [&](Draft& draft, std::size_t at) -> Result<std::size_t> {
    part = 0;
    replacements.begin_batch();
    for (; at < spots.size() && part < kPlacesInBatch; ++at) {
      const auto& [old, place] = spots[at];
      if (draft.mailbox(place.mailbox) == nullptr) continue;
      const Result<std::optional<MessageRow>> row = row_at(draft.partition(), place);
      if (!row) return fail(row.error());
      if (!*row || (*row)->blob != old) continue;
      const Body& body = *replacements.find(old);
      if (!draft.has_room(2 * cost_of(**row) + body.capsule.size() + body.summary.size())) break;
      if (Result<void> named = replacements.name(draft, body); !named) return fail(std::move(named.error()));
      if (Result<void> released = draft.release(old); !released) return fail(std::move(released.error()));
      Result<void> stored = draft.change_body(place.mailbox, place.uid, **row, body);
      if (!stored) return fail(std::move(stored.error()));
      ++part;
    }
    return at;
  };
  Result<void> written = in_batches(ledger, spots.size(), step, [&] {
    replacements.committed();
    changed += part;
  });
  if (!written) return fail(std::move(written.error()));
  return changed;
}

/// The row of a message in the first of its places that has this body; none: it was removed everywhere, or stored anew.
Result<std::optional<MessageRow>> row_with(const store::Partition& partition, const std::vector<Place>& places,
                                           BlobId blob) {
  for (const Place& place : places) {
    Result<std::optional<MessageRow>> row = row_at(partition, place);
    if (!row || (*row && (*row)->blob == blob)) return row;
  }
  return std::nullopt;
}

/// Of `uids` from `at` on.
std::vector<Uid> slice(const std::vector<Uid>& uids, std::size_t at, std::size_t end) {
  return {uids.begin() + static_cast<std::ptrdiff_t>(at), uids.begin() + static_cast<std::ptrdiff_t>(end)};
}

/// Writes those of `uids` from `at` on anew that need it, until one batch has enough. @returns how far it came
Result<std::size_t> fill(const store::Partition& partition, Rewriter& rewriter, MailboxId source,
                         const std::vector<Uid>& uids, std::size_t at) {
  for (std::size_t end = at; at < uids.size(); at = end) {
    end = std::min(uids.size(), at + kRowsAtATime);
    const Result<std::vector<UidRow>> rows = read_rows(partition, source, slice(uids, at, end));
    if (!rows) return fail(rows.error());
    for (const auto& [uid, row] : *rows) {
      const Result<bool> wanted = rewriter.wants(row);
      if (!wanted) return fail(wanted.error());
      if (!*wanted) continue;
      const std::size_t written = rewriter.replacements().size();
      const bool full = rewriter.octets() + row.octets > kRewriteOctets || written >= kRewriteMessages;
      if (written > 0 && full) {
        return static_cast<std::size_t>(std::lower_bound(uids.begin(), uids.end(), uid) - uids.begin());
      }
      // Without its body it is gone by now, or was stored anew since the row was read: the transfer looks again. One
      // that is damaged goes as it is.
      const Result<void> done = rewriter.rewrite(row);
      const bool stays = !done && (done.error().code == Code::not_found || done.error().code == Code::corrupt);
      if (!done && !stays) return fail(done.error());
    }
  }
  return at;
}

/// Whether copies of all these messages fit. @errors over_quota
Result<void> check_room_for_all(Ledger& ledger, MailboxId source, const std::vector<Uid>& uids, const Quota& quota) {
  if (quota.octets == 0 && quota.messages == 0) return {};
  return ledger.write([&](Draft& draft) -> Result<void> {
    std::uint64_t messages = 0;
    std::uint64_t octets = 0;
    for (std::size_t at = 0, end = 0; at < uids.size(); at = end) {
      end = std::min(uids.size(), at + kRowsAtATime);
      const Result<std::vector<UidRow>> rows = read_rows(draft.partition(), source, slice(uids, at, end));
      if (!rows) return fail(rows.error());
      messages += rows->size();
      for (const UidRow& found : *rows) octets += found.row.octets;
    }
    return check_room(draft.account(), quota, messages, octets);
  });
}

/// Writes what comes next in `places` anew, until one batch has enough. @returns how far it came
Result<Places::const_iterator> rewrite_some(const store::Partition& partition, Rewriter& rewriter, const Places& places,
                                            Places::const_iterator next, std::set<BlobId>& closed) {
  const auto full = [&] {
    return rewriter.octets() > kRewriteOctets || rewriter.replacements().size() >= kRewriteMessages;
  };
  for (; next != places.end() && !full(); ++next) {
    const auto& [blob, at] = *next;
    const Result<std::optional<MessageRow>> row = row_with(partition, at, blob);
    if (!row) return fail(row.error());
    if (!*row) continue;
    const Result<bool> opens = rewriter.wants(**row);
    if (!opens) return fail(opens.error());
    const Result<void> written = *opens ? rewriter.rewrite(**row) : Result<void>();
    if (*opens && written) continue;
    const Result<std::optional<MessageRow>> still = row_with(partition, at, blob);
    if (!still) return fail(still.error());
    if (!*still) continue;  // somebody else was faster
    if (!written && written.error().code != Code::corrupt) return fail(written.error());
    closed.insert(blob);
  }
  return next;
}

std::uint64_t count(Places::const_iterator first, Places::const_iterator last) {
  std::uint64_t all = 0;
  for (; first != last; ++first) all += first->second.size();
  return all;
}

}  // namespace

Result<bool> Rewriter::is_current() const {
  return map(bodies_.setting(), [&](const vault::Setting& now) { return same_storage(now, setting_); });
}

Result<void> Rewriter::begin() {
  clear();
  Result<vault::Setting> now = bodies_.setting();
  if (!now) return fail(std::move(now.error()));
  setting_ = std::move(*now);
  return {};
}

Result<bool> Rewriter::wants(const MessageRow& row) {
  const bool other = differs(row, setting_);
  if (!other && !is_old(row, setting_)) return false;
  if (row.capsule.empty()) return true;
  // The first octets say whether it opens at all; what is damaged further behind shows when it is copied.
  const Result<std::string> first = reader_.read(body_of(row), 0, 1);
  if (first) return true;
  const Code code = first.error().code;
  if (code == Code::sealed || code == Code::corrupt || code == Code::unsupported || code == Code::not_found)
    return false;
  return fail(first.error());
}

Result<void> Rewriter::rewrite(const MessageRow& row) {
  if (replacements_.find(row.blob) != nullptr) return {};
  const Body old = body_of(row);
  std::uint64_t octets = row.octets;
  if (!row.capsule.empty()) {
    if (Result<void> opened = reader_.open(old); !opened) return opened;
    octets = reader_.octets_of_open();
  }
  Result<std::unique_ptr<BodyWriter>> writer = bodies_.write(setting_);
  if (!writer) return fail(std::move(writer.error()));
  for (std::uint64_t at = 0; at < octets; at += kPiece) {
    const Result<std::string> piece = reader_.read(old, at, std::min(kPiece, octets - at));
    if (!piece) return fail(piece.error());
    if (piece->size() != std::min(kPiece, octets - at)) return fail(environment_error(Code::corrupt, "a short body"));
    if (Result<void> written = (*writer)->append(*piece); !written) return written;
  }
  Result<Body> body = (*writer)->finish();
  if (!body) return fail(std::move(body.error()));
  replacements_.add(row.blob, std::move(*body));
  octets_ += octets;
  return {};
}

void Rewriter::clear() {
  bodies_.forget_unkept(replacements_.unkept());
  replacements_ = {};
  octets_ = 0;
}

Result<imap::CopyOutcome> transfer_as_set(Ledger& ledger, Rewriter& rewriter, MailboxId source,
                                          const std::vector<Uid>& uids, MailboxId target, Transfer kind,
                                          const Quota& quota) {
  // A mailbox without any key has nothing sealed and seals nothing.
  if (!rewriter.setting().key) return transfer(ledger, source, uids, target, kind, quota);
  if (kind == Transfer::copy) {
    Result<void> room = check_room_for_all(ledger, source, uids, quota);
    if (!room) return fail(std::move(room.error()));
  }
  imap::CopyOutcome whole;
  // @returns how far it came: nowhere when the mailbox is set in another way meanwhile
  const auto transfer_some = [&](std::size_t at) -> Result<std::size_t> {
    if (Result<void> begun = rewriter.begin(); !begun) return fail(std::move(begun.error()));
    const Result<std::size_t> end = fill(ledger.partition(), rewriter, source, uids, at);
    if (!end) return end;
    const Result<bool> current = rewriter.is_current();
    if (!current) return fail(current.error());
    if (!*current) return at;
    const Result<imap::CopyOutcome> part =
        transfer(ledger, source, slice(uids, at, *end), target, kind, quota, &rewriter.replacements());
    if (!part) return fail(part.error());
    whole.uid_validity = part->uid_validity;
    whole.source.insert(whole.source.end(), part->source.begin(), part->source.end());
    whole.target.insert(whole.target.end(), part->target.begin(), part->target.end());
    return end;
  };
  for (std::size_t at = 0; at < uids.size();) {
    const Result<std::size_t> reached = transfer_some(at);
    if (!reached) {
      // A copy is there whole or not at all (RFC 9051 section 6.4.7).
      if (kind == Transfer::copy) static_cast<void>(expunge(ledger, target, whole.target, false));
      return fail(reached.error());
    }
    at = *reached;
  }
  return whole;
}

Result<Reprocessed> reprocess(Ledger& ledger, Rewriter& rewriter,
                              const std::function<bool(std::uint64_t, std::uint64_t)>& go_on) {
  Reprocessed outcome;
  if (rewriter.setting().state == vault::State::pending) return outcome;
  std::uint64_t done = 0;
  std::set<BlobId> closed;
  // Others move messages meanwhile: again until nothing is found that can be written anew.
  for (int round = 0; round < kRounds; ++round) {
    Result<Places> places = places_of(ledger, rewriter.setting());
    if (!places) return fail(std::move(places.error()));
    std::erase_if(*places, [&](const auto& at) { return closed.contains(at.first); });
    const std::uint64_t all = done + count(places->begin(), places->end());
    outcome.left = all - done;
    if (places->empty()) break;
    for (auto next = places->cbegin(); next != places->cend();) {
      if (!go_on(done, all)) return outcome;
      rewriter.clear();
      const auto end = rewrite_some(ledger.partition(), rewriter, *places, next, closed);
      if (!end) return fail(end.error());
      const Result<bool> current = rewriter.is_current();
      if (!current) return fail(current.error());
      if (!*current) return outcome;
      const Result<std::uint64_t> changed = put_in_place(ledger, rewriter.replacements(), next, *end);
      if (!changed) return fail(changed.error());
      outcome.rewritten += *changed;
      for (; next != *end; ++next) {
        done += next->second.size();
        if (closed.contains(next->first)) outcome.closed += next->second.size();
      }
      outcome.left = all - done;
    }
  }
  if (outcome.left == 0) static_cast<void>(go_on(done, done));
  return outcome;
}

}  // namespace posthorn::mailbox
