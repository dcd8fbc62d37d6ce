#include "protocol/imap/commands/fetch_run.h"

#include <algorithm>
#include <array>
#include <utility>

#include "posthorn/grammar/mail/date.h"

#include "protocol/imap/body_structure.h"
#include "protocol/imap/envelope.h"
#include "protocol/imap/placeholder.h"

namespace posthorn::imap::commands::fetch {

namespace {
/// Messages that get \Seen in one batch, ahead of being sent.
constexpr std::uint32_t kSeenAhead = 32;
/// Messages of which nothing is told that are passed in one step: others of the process get their turn in between.
constexpr std::uint32_t kPassedPerStep = 1000;

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

/// Shows what the message says, not only what it is: no placeholder can stand for it.
bool is_contents(const Item& item) {
  if (item.kind == Item::Kind::rfc822 || item.kind == Item::Kind::rfc822_text) return true;
  if (item.kind != Item::Kind::octets) return false;
  const auto kind = item.section.kind;
  return !item.section.needs_only_header() || kind == Section::Kind::all || kind == Section::Kind::text;
}

/// What a body item says about the message's own header and text, under any of its names.
Section::Kind section_of(const Item& item) {
  if (item.kind == Item::Kind::rfc822_header) return Section::Kind::header;
  if (item.kind == Item::Kind::rfc822_text) return Section::Kind::text;
  return item.section.kind;
}

Extent part_of(Extent extent, const std::optional<Partial>& partial) {
  if (!partial) return extent;
  extent.begin += std::min(partial->from, extent.end - extent.begin);
  extent.end = extent.begin + std::min(partial->count, extent.end - extent.begin);
  return extent;
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
  wants_contents_ = std::ranges::any_of(items, is_contents);
}

Progress FetchRun::step(Responder& out) {
  if (state_.selected == nullptr) return fail_with(out, peer_error(Code::bad_state));
  if (!began_) {
    if (auto begun = begin(out); !begun) return fail_with(out, begun.error());
  }
  for (std::uint32_t passed = 0; !at_end();) {
    if (out.full() || passed == kPassedPerStep) return Progress::more;
    if (message_.item == 0) {
      const auto started = start_message(out);
      if (!started) return fail_with(out, started.error());
      if (!*started) {
        ++passed;
        next_message();
        continue;
      }
    }
    const auto written = write_items(out);
    if (!written) {
      // A response is cut short: only the end of the connection can tell the client.
      state_.request = Request::cut;
      return fail_with(out, written.error());
    }
    if (!*written) return Progress::more;
    end_message(out);
  }
  finish(out);
  return Progress::done;
}

void FetchRun::finish(Responder& out) const {
  const std::uint32_t unopened = left_out_.sealed + left_out_.damaged;
  if (unopened > 0 && wants_contents_) {
    out.finish(Status::no, "UNAVAILABLE",
               std::to_string(unopened) + (unopened == 1 ? " message" : " messages") + " could not be opened: " +
                   std::to_string(left_out_.sealed) + " sealed, " + std::to_string(left_out_.damaged) + " damaged");
  } else if (left_out_.expunged) {
    out.finish(Status::no, "EXPUNGEISSUED", "Some messages are gone");
  } else {
    out.ok("Fetched");
  }
}

Result<void> FetchRun::begin(Responder& /*out*/) {
  began_ = true;
  auto ranges = state_.messages(args_.messages);
  if (!ranges) return fail(std::move(ranges.error()));
  ranges_ = std::move(*ranges);
  if (!ranges_.empty()) number_ = SeqNum(ranges_.front().first);
  sets_seen_ = sets_seen_ && !state_.selected->read_only();
  return {};
}

/// Begins the response; false: there is nothing to tell of this message.
Result<bool> FetchRun::start_message(Responder& out) {
  auto opened = open_message();
  if (!opened && is_unopened(opened.error().code)) {
    if (!open_placeholder(opened.error().code)) return false;
    opened = {};
  } else if (opened && sets_seen_) {
    opened = mark_seen();
  }
  if (!opened && opened.error().code == Code::not_found) {
    left_out_.expunged = true;
    return false;
  }
  if (!opened) return fail(std::move(opened.error()));
  out.raw("* ").number(number_.value()).raw(" FETCH (");
  return true;
}

/// Reads what can fail before anything is written of the message: behind that, only a later piece of a literal can.
Result<void> FetchRun::open_message() {
  Need need = Need::nothing;
  for (const Item& item : args_.items) need = std::max(need, need_of(item));
  if (need == Need::nothing) return {};
  source_.open(*state_.selected, number_);
  auto first = source_.at(0, need == Need::header ? kHeaderPiece : kBodyPiece);
  if (!first) return fail(std::move(first.error()));
  for (const Item& item : args_.items) {
    if (auto tried = try_item(item); !tried) return tried;
  }
  return {};
}

Result<void> FetchRun::try_item(const Item& item) {
  const Need need = need_of(item);
  if (is_contents(item)) {
    const auto extent = extent_of_item(item);
    if (!extent) return fail(extent.error());
    if (!*extent || (*extent)->begin == (*extent)->end) return {};
    if (auto first = source_.at((*extent)->begin); !first) return fail(std::move(first.error()));
  } else if (need == Need::tree) {
    if (auto outline = source_.outline(); !outline) return fail(std::move(outline.error()));
  } else if (need == Need::header) {
    if (auto end = source_.header_end(); !end) return fail(std::move(end.error()));
  }
  return {};
}

/// A placeholder stands for the present message; false: it says nothing to what is asked.
bool FetchRun::open_placeholder(Code why) {
  ++(why == Code::sealed ? left_out_.sealed : left_out_.damaged);
  message_.opened = false;
  source_.open(placeholder(why, state_.selected->facts(number_)));
  return !std::ranges::all_of(args_.items, is_contents);
}

/// Sets \Seen ahead of what is sent, in batches. Not of what cannot be opened, as far as its first octet tells: nobody
/// can have seen it.
Result<void> FetchRun::mark_seen() {
  if (state_.selected->facts(number_).flags.has(SystemFlag::seen)) return {};
  const std::vector<SeqNum> unseen = unseen_ahead();
  const Flags seen{.system = static_cast<std::uint8_t>(SystemFlag::seen), .keywords = {}};
  auto stored = state_.selected->store_flags(unseen, FlagChange::add, seen, std::nullopt);
  if (!stored) return fail(std::move(stored.error()));
  return {};
}

std::vector<SeqNum> FetchRun::unseen_ahead() {
  std::vector<SeqNum> out{number_};
  if (number_.value() <= seen_until_) return out;
  const std::uint32_t last = ranges_[range_].last;
  seen_until_ = last - number_.value() < kSeenAhead ? last : number_.value() + kSeenAhead - 1;
  for (std::uint32_t n = number_.value() + 1; n <= seen_until_; ++n) {
    const SeqNum number(n);
    if (state_.selected->facts(number).flags.has(SystemFlag::seen)) continue;
    if (state_.selected->read(number, 0, 1)) out.push_back(number);
  }
  return out;
}

/// Goes on with the present message; false: the client must read first.
Result<bool> FetchRun::write_items(Responder& out) {
  Extent& stream_left = message_.stream;
  while (message_.item < args_.items.size() || stream_left.begin < stream_left.end) {
    if (stream_left.begin < stream_left.end) {
      if (out.full()) return false;
      if (auto written = stream(out); !written) return fail(std::move(written.error()));
      continue;
    }
    const Item& item = args_.items[message_.item++];
    if (!message_.opened && is_contents(item)) continue;
    if (message_.written++ > 0) out.raw(" ");
    if (auto written = write_item(out, item); !written) return fail(std::move(written.error()));
  }
  return true;
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

/// Octets of a body item, of the header that they are taken from for a field list; nullopt: no such part.
Result<std::optional<Extent>> FetchRun::extent_of_item(const Item& item) {
  std::optional<Extent> extent;
  const Section::Kind kind = section_of(item);
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
  if (extent && !item.section.is_field_list()) extent = part_of(*extent, item.partial);
  return extent;
}

Result<void> FetchRun::write_octets(Responder& out, const Item& item) {
  if (item.kind == Kind::octets) {
    out.raw("BODY");
    write_section(out, item.section);
    if (item.partial) out.raw("<").number(item.partial->from).raw(">");
  } else {
    out.raw(item.kind == Kind::rfc822 ? "RFC822" : item.kind == Kind::rfc822_header ? "RFC822.HEADER" : "RFC822.TEXT");
  }
  const auto extent = extent_of_item(item);
  if (!extent) return fail(extent.error());
  out.raw(" ");
  if (!*extent) {
    out.raw("NIL");
    return {};
  }
  if (!item.section.is_field_list()) return start_stream(out, **extent);
  const auto header = source_.text((*extent)->begin, (*extent)->end);
  if (!header) return fail(header.error());
  const std::string fields = matching_fields(*header, item.section);
  const Extent wanted = part_of({0, fields.size()}, item.partial);
  const View text = View(fields).substr(wanted.begin, wanted.end - wanted.begin);
  out.literal(text.size()).raw(text);
  return {};
}

Result<void> FetchRun::start_stream(Responder& out, Extent extent) {
  out.literal(extent.end - extent.begin);
  message_.stream = extent;
  return stream(out);
}

Result<void> FetchRun::stream(Responder& out) {
  if (message_.stream.begin == message_.stream.end) return {};
  const auto octets = source_.at(message_.stream.begin);
  if (!octets) return fail(octets.error());
  const View wanted = octets->substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(
                                            octets->size(), message_.stream.end - message_.stream.begin)));
  out.raw(wanted);
  message_.stream.begin += wanted.size();
  return {};
}

void FetchRun::end_message(Responder& out) {
  if (sets_seen_ && message_.opened && !has(args_.items, Kind::flags))
    out.raw(" FLAGS ").flags(state_.selected->facts(number_).flags);
  out.raw(")").end();
  next_message();
}

void FetchRun::next_message() {
  message_ = {};
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
