#include "protocol/imap/commands/fetch_run.h"

#include <algorithm>
#include <array>
#include <utility>

#include "posthorn/grammar/mail/date.h"

#include "protocol/imap/body_structure.h"
#include "protocol/imap/envelope.h"

namespace posthorn::imap::commands::fetch {

namespace {
/// Messages that get \Seen in one batch, ahead of being sent.
constexpr std::uint32_t kSeenAhead = 32;

/// What an item reads of a message.
enum class Need : std::uint8_t { nothing, header, body, tree };

Need need_of(const Item& item) {
  switch (item.kind) {
    case Item::Kind::flags:
    case Item::Kind::internal_date:
    case Item::Kind::size:
    case Item::Kind::uid:
    case Item::Kind::modseq: return Need::nothing;
    case Item::Kind::envelope:
    case Item::Kind::rfc822_header: return Need::header;
    case Item::Kind::rfc822:
    case Item::Kind::rfc822_text: return Need::body;
    case Item::Kind::body:
    case Item::Kind::body_structure: return Need::tree;
    case Item::Kind::octets: break;
  }
  if (!item.section.needs_only_header()) return Need::tree;
  const bool has_body = item.section.kind == Section::Kind::all || item.section.kind == Section::Kind::text;
  return has_body ? Need::body : Need::header;
}

bool is_reading(const Item& item) {
  const bool octets = item.kind == Item::Kind::octets && !item.peek;
  return octets || item.kind == Item::Kind::rfc822 || item.kind == Item::Kind::rfc822_text;
}

bool has(const std::vector<Item>& items, Item::Kind kind) {
  return std::ranges::any_of(items, [&](const Item& i) { return i.kind == kind; });
}
}  // namespace

FetchRun::FetchRun(Args args, State& state) : args_(std::move(args)), state_(state) {
  auto& items = args_.items;
  if (state.by_uid && !has(items, Kind::uid)) {
    items.insert(items.begin(), {.kind = Kind::uid, .section = {}, .partial = {}});  // RFC 9051 section 6.4.9
  }
  sets_seen_ = std::ranges::any_of(items, is_reading);
}

Progress FetchRun::step(Responder& out) {
  if (state_.selected == nullptr) return fail_with(out, peer_error(Code::bad_state));
  if (!began_) {
    if (auto begun = begin(out); !begun) return fail_with(out, begun.error());
  }
  while (!at_end()) {
    if (out.full()) return Progress::more;
    if (item_ == 0) {
      const auto started = start_message();
      if (!started && started.error().code == Code::not_found) {
        missing_ = true;
        next_message();
        continue;
      }
      if (!started) return fail_with(out, started.error());
      out.raw("* ").number(number_.value()).raw(" FETCH (");
    }
    while (item_ < args_.items.size() || stream_.begin < stream_.end) {
      auto written = Result<void>();
      if (stream_.begin < stream_.end) {
        if (out.full()) return Progress::more;
        written = stream(out);
      } else {
        if (item_ > 0) out.raw(" ");
        written = write_item(out, args_.items[item_++]);
      }
      if (!written) {
        // A response is cut short: only the end of the connection can tell the client.
        state_.request = Request::close;
        return fail_with(out, written.error());
      }
    }
    end_message(out);
  }
  if (missing_) {
    out.finish(Status::no, "EXPUNGEISSUED", "Some messages are gone");
  } else {
    out.ok("Fetched");
  }
  return Progress::done;
}

Result<void> FetchRun::begin(Responder& /*out*/) {
  began_ = true;
  auto ranges = messages_of(args_.messages, *state_.selected, state_.by_uid);
  if (!ranges) return fail(std::move(ranges.error()));
  ranges_ = std::move(*ranges);
  if (!ranges_.empty()) number_ = SeqNum(ranges_.front().first);
  sets_seen_ = sets_seen_ && !state_.selected->read_only();
  return {};
}

/// Reads what can be missing before anything is written of the message.
Result<void> FetchRun::start_message() {
  Need need = Need::nothing;
  for (const Item& item : args_.items) need = std::max(need, need_of(item));
  if (need != Need::nothing) {
    source_.open(*state_.selected, number_);
    auto first = source_.at(0, need == Need::header ? kHeaderPiece : kBodyPiece);
    if (!first) return fail(std::move(first.error()));
  }
  if (need == Need::tree) {
    auto outline = source_.outline();
    if (!outline) return fail(std::move(outline.error()));
  }
  return sets_seen_ ? mark_seen() : Result<void>();
}

Result<void> FetchRun::mark_seen() {
  if (number_.value() <= seen_until_) return {};
  std::vector<SeqNum> unseen;
  const std::uint32_t last = ranges_[range_].last;
  seen_until_ = last - number_.value() < kSeenAhead ? last : number_.value() + kSeenAhead - 1;
  for (std::uint32_t n = number_.value(); n <= seen_until_; ++n) {
    if (!state_.selected->facts(SeqNum(n)).flags.has(SystemFlag::seen)) unseen.emplace_back(n);
  }
  if (unseen.empty()) return {};
  const Flags seen{.system = static_cast<std::uint8_t>(SystemFlag::seen), .keywords = {}};
  auto stored = state_.selected->store_flags(unseen, FlagChange::add, seen, std::nullopt);
  if (!stored) return fail(std::move(stored.error()));
  return {};
}

Result<void> FetchRun::write_item(Responder& out, const Item& item) {
  const MessageFacts& facts = state_.selected->facts(number_);
  switch (item.kind) {
    case Kind::flags: out.raw("FLAGS ").flags(facts.flags); return {};
    case Kind::internal_date:
      out.raw("INTERNALDATE \"").raw(mail::format_internal_date(facts.internal_date)).raw("\"");
      return {};
    case Kind::size: out.raw("RFC822.SIZE ").number(facts.octets); return {};
    case Kind::uid: out.raw("UID ").number(facts.uid.value()); return {};
    case Kind::modseq: out.raw("MODSEQ (").number(facts.modseq.value()).raw(")"); return {};
    case Kind::envelope: {
      const auto end = source_.header_end();
      if (!end) return fail(end.error());
      const auto header = source_.text(0, *end);
      if (!header) return fail(header.error());
      out.raw("ENVELOPE ");
      write_envelope(out, *header);
      return {};
    }
    case Kind::body:
    case Kind::body_structure: {
      const auto outline = source_.outline();
      if (!outline) return fail(outline.error());
      out.raw(item.kind == Kind::body ? "BODY " : "BODYSTRUCTURE ");
      write_body_structure(out, **outline, item.kind == Kind::body_structure);
      return {};
    }
    case Kind::rfc822:
    case Kind::rfc822_header:
    case Kind::rfc822_text:
    case Kind::octets: break;
  }
  return write_octets(out, item);
}

Result<void> FetchRun::write_octets(Responder& out, const Item& item) {
  auto kind = item.section.kind;
  if (item.kind == Kind::octets) {
    out.raw("BODY");
    write_section(out, item.section);
    if (item.partial) out.raw("<").number(item.partial->from).raw(">");
  } else {
    out.raw(item.kind == Kind::rfc822 ? "RFC822" : item.kind == Kind::rfc822_header ? "RFC822.HEADER" : "RFC822.TEXT");
    if (item.kind == Kind::rfc822_header) kind = Section::Kind::header;
    if (item.kind == Kind::rfc822_text) kind = Section::Kind::text;
  }
  std::optional<Extent> extent;
  if (!item.section.needs_only_header()) {
    const auto outline = source_.outline();
    if (!outline) return fail(outline.error());
    extent = extent_of(item.section, **outline);
  } else if (kind == Section::Kind::all) {
    extent = Extent{0, source_.size()};
  } else {
    const auto end = source_.header_end();
    if (!end) return fail(end.error());
    extent = extent_of(kind, *end, source_.size());
  }
  out.raw(" ");
  if (!extent) {
    out.raw("NIL");
    return {};
  }
  if (!item.section.is_field_list()) return start_stream(out, *extent, item.partial);
  const auto header = source_.text(extent->begin, extent->end);
  if (!header) return fail(header.error());
  const std::string fields = matching_fields(*header, item.section);
  const Partial all{0, fields.size()};
  const Partial wanted = item.partial.value_or(all);
  const View text = View(fields).substr(std::min<std::uint64_t>(wanted.from, fields.size()), wanted.count);
  out.literal(text.size()).raw(text);
  return {};
}

Result<void> FetchRun::start_stream(Responder& out, Extent extent, const std::optional<Partial>& partial) {
  if (partial) {
    const std::uint64_t length = extent.end - extent.begin;
    extent.begin += std::min(partial->from, length);
    extent.end = extent.begin + std::min(partial->count, extent.end - extent.begin);
  }
  out.literal(extent.end - extent.begin);
  stream_ = extent;
  return stream(out);
}

Result<void> FetchRun::stream(Responder& out) {
  if (stream_.begin == stream_.end) return {};
  const auto octets = source_.at(stream_.begin);
  if (!octets) return fail(octets.error());
  const View wanted =
      octets->substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(octets->size(), stream_.end - stream_.begin)));
  out.raw(wanted);
  stream_.begin += wanted.size();
  return {};
}

void FetchRun::end_message(Responder& out) {
  if (sets_seen_ && !has(args_.items, Kind::flags)) out.raw(" FLAGS ").flags(state_.selected->facts(number_).flags);
  out.raw(")").end();
  next_message();
}

void FetchRun::next_message() {
  item_ = 0;
  stream_ = {};
  if (number_.value() < ranges_[range_].last) {
    number_ = number_.next();
  } else if (++range_ < ranges_.size()) {
    number_ = SeqNum(ranges_[range_].first);
  }
}

Progress FetchRun::fail_with(Responder& out, const Error& error) {
  out.refuse(error);
  return Progress::done;
}

}  // namespace posthorn::imap::commands::fetch
