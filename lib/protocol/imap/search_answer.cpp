#include "protocol/imap/search_answer.h"

#include <algorithm>
#include <utility>

#include "protocol/imap/replies.h"
#include "protocol/imap/search_scan.h"

namespace posthorn::imap::search {

namespace {

/// Where the ascending run ends that begins at `from`.
std::size_t run_end(const std::vector<std::uint32_t>& ids, std::size_t from, std::size_t last) {
  std::size_t end = from + 1;
  while (end < last && ids[end] == ids[end - 1] + 1) ++end;
  return end;
}

}  // namespace

void Answer::add(std::string text) { pieces_.push_back({Piece::Kind::text, std::move(text), {}}); }

Answer Answer::plain(View word, std::vector<std::uint32_t> ids, std::optional<ModSeq> modseq) {
  Answer out;
  out.ids_ = std::move(ids);
  out.add("* " + own(word));
  out.pieces_.push_back({Piece::Kind::list, {}, {0, out.ids_.size()}});
  if (modseq && !out.ids_.empty()) out.add(" (MODSEQ " + std::to_string(modseq->value()) + ")");
  out.add("\r\n");
  return out;
}

Answer Answer::extended(const Correlators& correlators, bool uid, const ReturnOptions& options,
                        std::vector<std::uint32_t> ids, std::optional<ModSeq> modseq) {
  Answer out;
  out.ids_ = std::move(ids);
  const std::vector<std::uint32_t>& found = out.ids_;
  out.add("* ESEARCH (TAG \"" + correlators.tag + '"');
  if (correlators.mailbox) {
    out.add(" MAILBOX ");
    out.pieces_.push_back({Piece::Kind::mailbox, *correlators.mailbox, {}});
    out.add(" UIDVALIDITY " + std::to_string(correlators.uid_validity.value()));
  }
  out.add(uid ? ") UID" : ")");
  if (options.has(Return::min) && !found.empty()) out.add(" MIN " + std::to_string(found.front()));
  if (options.has(Return::max) && !found.empty()) out.add(" MAX " + std::to_string(found.back()));
  if (options.has(Return::count)) out.add(" COUNT " + std::to_string(found.size()));
  if (options.has(Return::all) && !found.empty()) {
    out.add(" ALL ");
    out.pieces_.push_back({Piece::Kind::set, {}, {0, found.size()}});
  }
  if (options.has(Return::partial)) {
    const PartialRange& range = options.partial;
    const View sign = range.from_end ? "-" : "";
    out.add(" PARTIAL (" + own(sign) + std::to_string(range.first) + ':' + own(sign) + std::to_string(range.last) +
            ' ');
    const Slice slice = slice_of(range, found.size());
    if (slice.first == slice.last) out.add("NIL");
    out.pieces_.push_back({Piece::Kind::set, {}, slice});
    out.add(")");
  }
  if (modseq && !found.empty()) out.add(" MODSEQ " + std::to_string(modseq->value()));
  out.add("\r\n");
  return out;
}

bool Answer::write_ids(Piece& piece, Responder& responder) {
  const bool as_set = piece.kind == Piece::Kind::set;
  for (bool first = piece.text.empty(); piece.ids.first < piece.ids.last; first = false) {
    if (responder.full()) return false;
    if (!as_set || !first) responder.raw(as_set ? "," : " ");
    const std::size_t end = as_set ? run_end(ids_, piece.ids.first, piece.ids.last) : piece.ids.first + 1;
    responder.number(ids_[piece.ids.first]);
    if (end - piece.ids.first > 1) responder.raw(":").number(ids_[end - 1]);
    piece.ids.first = end;
    piece.text = "begun";
  }
  return true;
}

bool Answer::write(Responder& responder) {
  for (; at_ < pieces_.size(); ++at_) {
    Piece& piece = pieces_[at_];
    switch (piece.kind) {
      case Piece::Kind::text: responder.raw(piece.text); break;
      case Piece::Kind::mailbox: responder.mailbox(piece.text); break;
      case Piece::Kind::list:
      case Piece::Kind::set:
        if (!write_ids(piece, responder)) return false;
    }
  }
  return true;
}

std::string id_set(const std::vector<std::uint32_t>& ids) {
  std::string out;
  for (std::size_t i = 0; i < ids.size();) {
    const std::size_t end = run_end(ids, i, ids.size());
    if (!out.empty()) out += ',';
    out += std::to_string(ids[i]);
    if (end - i > 1) out += ':' + std::to_string(ids[end - 1]);
    i = end;
  }
  return out;
}

std::vector<Slice> saved_slices(const ReturnOptions& options, std::size_t count) {
  if (count == 0) return {};
  const bool ends = options.has(Return::min) || options.has(Return::max);
  const bool partial = options.has(Return::partial);
  if (options.has(Return::all) || options.has(Return::count) || !(ends || partial)) return {{0, count}};
  std::vector<Slice> out;
  if (options.has(Return::min)) out.push_back({0, 1});
  if (partial) out.push_back(slice_of(options.partial, count));
  if (options.has(Return::max)) out.push_back({count - 1, count});
  return out;
}

std::vector<Range> uid_ranges(const SelectedMailbox& view, std::vector<std::uint32_t> numbers) {
  std::sort(numbers.begin(), numbers.end());
  std::vector<Range> out;
  for (const std::uint32_t n : numbers) {
    const std::uint32_t uid = view.uid_at(SeqNum(n)).value();
    if (!out.empty() && uid <= out.back().last + 1) {
      out.back().last = uid;
    } else {
      out.push_back({uid, uid});
    }
  }
  return out;
}

std::optional<Reply> refusal_of(State& state, const Program& program, const ReturnOptions& options) {
  if (options.has(Return::update) && state.contexts.has(state.tag)) return kTagInUse;
  if (asks(program.root, Ask::modseq)) state.enabled.condstore = true;
  if (program.charset_ok) return std::nullopt;
  if (options.has(Return::save)) state.saved.clear();
  return kBadCharset;
}

Surroundings surroundings(const State& state) { return {state.saved, state.wall, state.comparator}; }

void refuse(State& state, const ReturnOptions& options, const Error& error, Responder& responder) {
  if (options.has(Return::save)) state.saved.clear();
  responder.refuse(error);
}

Answer conclude(State& state, View word, const ReturnOptions& options, const std::vector<std::uint32_t>& numbers,
                bool with_modseq) {
  const SelectedMailbox& view = *state.selected;
  if (options.has(Return::save)) {
    std::vector<std::uint32_t> kept;
    for (const Slice& slice : saved_slices(options, numbers.size())) {
      for (std::size_t i = slice.first; i < slice.last; ++i) kept.push_back(numbers[i]);
    }
    state.saved = uid_ranges(view, std::move(kept));
  }
  std::optional<ModSeq> modseq;
  if (with_modseq) {
    // Of MIN and MAX alone, only what they tell counts (RFC 7162 section 3.1.10).
    const bool ends = !options.needs_all() && !numbers.empty();
    std::vector<std::uint32_t> told;
    if (ends && options.has(Return::min)) told.push_back(numbers.front());
    if (ends && options.has(Return::max)) told.push_back(numbers.back());
    modseq = highest_modseq(view, ends ? told : numbers);
  }
  std::vector<std::uint32_t> ids = numbers;
  if (state.by_uid) {
    for (std::uint32_t& id : ids) id = view.uid_at(SeqNum(id)).value();
  }
  ReturnOptions shown = options;
  // IMAP4rev2 knows no SEARCH response (RFC 9051 section 6.4.4).
  if (!shown.given && state.enabled.rev2 && word == "SEARCH") {
    shown.given = true;
    shown.what = Return::all;
  }
  if (!shown.given) return Answer::plain(word, std::move(ids), modseq);
  if (!shown.tells()) return {};
  return Answer::extended({state.tag, std::nullopt, {}}, state.by_uid, shown, std::move(ids), modseq);
}

}  // namespace posthorn::imap::search
