#include "service/mailbox/rewrite.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace posthorn::mailbox {

namespace {

constexpr std::uint64_t kPiece = 256U << 10U;

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

/// Names the new bodies in all places that still have the old ones.
Result<void> put_in_place(Ledger& ledger, const Replacements& replacements, const Places& places) {
  return ledger.write([&](Draft& draft) -> Result<void> {
    for (const auto& [old, body] : replacements) {
      bool kept = false;
      for (const Place& place : places.at(old)) {
        if (draft.mailbox(place.mailbox) == nullptr) continue;
        const Result<std::optional<MessageRow>> row = row_at(draft.partition(), place);
        if (!row) return fail(row.error());
        if (!*row || (*row)->blob != old) continue;
        if (!kept) draft.keep(body.blob);
        if (kept) {
          if (Result<void> shared = draft.share(body.blob); !shared) return shared;
        }
        kept = true;
        if (Result<void> released = draft.release((*row)->blob); !released) return released;
        draft.change_body(place.mailbox, place.uid, **row, body);
      }
      if (!kept) draft.forget(body.blob);
    }
    return {};
  });
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

/// The uids from `rows[at]` on whose new bodies are written now; all that follow and need none.
Result<std::size_t> fill(Rewriter& rewriter, const std::vector<UidRow>& rows, std::size_t at) {
  std::size_t end = at;
  for (; end < rows.size(); ++end) {
    const MessageRow& row = rows[end].row;
    const Result<bool> wanted = rewriter.wants(row);
    if (!wanted) return fail(wanted.error());
    if (!*wanted) continue;
    const std::size_t written = rewriter.replacements().size();
    const bool full = rewriter.octets() + row.octets > kRewriteOctets || written >= kRewriteMessages;
    if (written > 0 && full) break;
    Result<void> done = rewriter.rewrite(row);
    // Without its body it is gone by now, or was stored anew since the row was read: the transfer looks again.
    if (!done && done.error().code != Code::not_found) return fail(std::move(done.error()));
  }
  return end;
}

std::vector<Uid> uids_between(const std::vector<UidRow>& rows, std::size_t at, std::size_t end) {
  std::vector<Uid> uids;
  uids.reserve(end - at);
  for (; at < end; ++at) uids.push_back(rows[at].uid);
  return uids;
}

}  // namespace

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
  if (replacements_.contains(row.blob)) return {};
  const std::uint64_t octets = exact_octets(row, reader_.keys());
  Result<std::unique_ptr<BodyWriter>> writer = bodies_.write(setting_);
  if (!writer) return fail(std::move(writer.error()));
  const Body old = body_of(row);
  for (std::uint64_t at = 0; at < octets; at += kPiece) {
    const Result<std::string> piece = reader_.read(old, at, std::min(kPiece, octets - at));
    if (!piece) return fail(piece.error());
    if (piece->size() != std::min(kPiece, octets - at)) return fail(environment_error(Code::corrupt, "a short body"));
    if (Result<void> written = (*writer)->append(*piece); !written) return written;
  }
  Result<Body> body = (*writer)->finish();
  if (!body) return fail(std::move(body.error()));
  replacements_.emplace(row.blob, std::move(*body));
  writers_.push_back(std::move(*writer));
  octets_ += octets;
  return {};
}

void Rewriter::clear() {
  replacements_.clear();
  writers_.clear();
  octets_ = 0;
}

Result<imap::CopyOutcome> transfer_as_set(Ledger& ledger, Rewriter& rewriter, MailboxId source,
                                          const std::vector<Uid>& uids, View target, Transfer kind,
                                          const Quota& quota) {
  // A mailbox without any key has nothing sealed and seals nothing.
  if (!rewriter.setting().key) return transfer(ledger, source, uids, target, kind, quota);
  imap::CopyOutcome whole;
  std::vector<Uid> left = uids;
  do {
    const Result<std::vector<UidRow>> rows = read_rows(ledger.partition(), source, left);
    if (!rows) return fail(rows.error());
    rewriter.clear();
    const Result<std::size_t> end = fill(rewriter, *rows, 0);
    if (!end) return fail(end.error());
    const bool last = *end == rows->size();
    const std::vector<Uid> some = last ? left : uids_between(*rows, 0, *end);
    const Result<imap::CopyOutcome> part =
        transfer(ledger, source, some, target, kind, quota, &rewriter.replacements());
    if (!part) return fail(part.error());
    whole.uid_validity = part->uid_validity;
    whole.source.insert(whole.source.end(), part->source.begin(), part->source.end());
    whole.target.insert(whole.target.end(), part->target.begin(), part->target.end());
    left = last ? std::vector<Uid>() : uids_between(*rows, *end, rows->size());
  } while (!left.empty());
  return whole;
}

Result<Reprocessed> reprocess(Ledger& ledger, Rewriter& rewriter,
                              const std::function<bool(std::uint64_t, std::uint64_t)>& go_on) {
  Reprocessed outcome;
  if (rewriter.setting().state == vault::State::pending) return outcome;
  const Result<Places> places = places_of(ledger, rewriter.setting());
  if (!places) return fail(places.error());
  std::uint64_t all = 0;
  for (const auto& [blob, at] : *places) all += at.size();
  std::uint64_t done = 0;
  for (auto next = places->begin(); next != places->end();) {
    if (!go_on(done, all)) break;
    rewriter.clear();
    for (; next != places->end() && rewriter.replacements().size() < kRewriteMessages; ++next) {
      const auto& [blob, at] = *next;
      const Result<std::optional<MessageRow>> row = row_with(ledger.partition(), at, blob);
      if (!row) return fail(row.error());
      if (rewriter.octets() > kRewriteOctets) break;
      done += at.size();
      if (!*row) continue;
      const Result<bool> opens = rewriter.wants(**row);
      if (!opens) return fail(opens.error());
      const Result<void> written = *opens ? rewriter.rewrite(**row) : Result<void>();
      if (!*opens || !written) {
        const Result<std::optional<MessageRow>> still = row_with(ledger.partition(), at, blob);
        if (!still) return fail(still.error());
        if (!*still) continue;  // somebody else was faster
      }
      if (!written && written.error().code != Code::corrupt) return fail(written.error());
      if (*opens && written) {
        outcome.rewritten += at.size();
      } else {
        outcome.closed += at.size();
      }
    }
    if (Result<void> put = put_in_place(ledger, rewriter.replacements(), *places); !put) {
      return fail(std::move(put.error()));
    }
  }
  outcome.left = all - done;
  if (outcome.left == 0) static_cast<void>(go_on(all, all));
  return outcome;
}

}  // namespace posthorn::mailbox
