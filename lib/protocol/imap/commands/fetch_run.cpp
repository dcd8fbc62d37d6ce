#include "protocol/imap/commands/fetch_run.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "posthorn/grammar/mail/date.h"
#include "posthorn/grammar/mime/preview.h"

#include "protocol/imap/body_structure.h"
#include "protocol/imap/enabling.h"
#include "protocol/imap/envelope.h"
#include "protocol/imap/placeholder.h"

namespace posthorn::imap::commands::fetch {

namespace {
/// Messages that get \Seen in one batch, ahead of being sent.
constexpr std::uint32_t kSeenAhead = 32;
/// Messages of which nothing is told that are passed in one step: others of the process get their turn in between.
constexpr std::uint32_t kPassedPerStep = 1000;
/// Octets of a message in which a preview is looked for.
constexpr std::size_t kPreviewHead = 262'144;
}  // namespace

FetchRun::FetchRun(Args args, State& state) : args_(std::move(args)), state_(state) {
  auto& items = args_.items;
  const auto imply = [&](Kind kind) {
    if (!has(items, kind)) items.insert(items.begin(), {.kind = kind, .section = {}, .partial = {}});
  };
  if (args_.modifiers.changed_since) imply(Kind::modseq);  // RFC 7162 section 3.1.4.1
  // RFC 9051 section 6.4.9; not where it stands in front of the response (RFC 9586 section 3.3).
  if (state.by_uid && !state.enabled.uidonly) imply(Kind::uid);
  wants_.seen = std::ranges::any_of(items, is_reading);
  wants_.contents = std::ranges::any_of(items, is_contents);
  wants_.summary = std::ranges::any_of(items, wants_summary);
  wants_.octets =
      wants_.summary || std::ranges::any_of(items, [](const Item& i) { return need_of(i) != Need::nothing; });
}

Progress FetchRun::step(Responder& out) {
  if (state_.selected == nullptr) return fail_with(out, peer_error(Code::bad_state));
  if (!began_) {
    if (auto begun = begin(out); !begun) return fail_with(out, begun.error());
  }
  for (std::uint32_t passed = 0; !walk_.at_end();) {
    if (out.full() || passed == kPassedPerStep) return Progress::more;
    if (!message_.begun) {
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

void FetchRun::finish(Responder& out) {
  tell_marked(out);
  const std::uint32_t unopened = left_out_.sealed + left_out_.damaged;
  if (left_out_.undecodable) {
    out.finish(Status::no, "UNKNOWN-CTE", "A part has an encoding that is not known");
  } else if (unopened > 0 && wants_.contents) {
    out.finish(Status::no, "UNAVAILABLE",
               std::to_string(unopened) + (unopened == 1 ? " message" : " messages") + " could not be opened: " +
                   std::to_string(left_out_.sealed) + " sealed, " + std::to_string(left_out_.damaged) + " damaged");
  } else if (left_out_.expunged) {
    out.finish(Status::no, "EXPUNGEISSUED", "Some messages are gone");
  } else {
    out.ok("Fetched");
  }
}

Result<void> FetchRun::begin(Responder& out) {
  began_ = true;
  if (has(args_.items, Kind::modseq)) state_.enabled.condstore = true;  // RFC 7162 section 3.1
  auto ranges = state_.messages(args_.messages);
  if (!ranges) return fail(std::move(ranges.error()));
  const Modifiers& modifiers = args_.modifiers;
  walk_ = MessageWalk(selected_by(modifiers, std::move(*ranges), *state_.selected));
  wants_.seen = wants_.seen && !state_.selected->read_only() && state_.selected->rights().has(Right::seen);
  if (has(args_.items, Kind::modseq) || modifiers.changed_since) enable_condstore(state_, out);
  if (!modifiers.vanished) return {};
  return tell_vanished(out, *state_.selected, args_.messages, ModSeq(*modifiers.changed_since));
}

/// Begins the response; false: there is nothing to tell of this message.
Result<bool> FetchRun::start_message(Responder& out) {
  const auto left_out = [&](const Item& item) { return is_left_out(item); };
  auto opened = open_message();
  if (!opened && is_unopened(opened.error().code)) {
    if (!open_placeholder(opened.error().code)) return false;
    opened = {};
  } else if (opened && message_.undecodable && std::ranges::all_of(args_.items, left_out)) {
    left_out_.undecodable = true;
    return false;
  } else if (opened && wants_.seen) {
    opened = mark_seen();
  }
  if (!opened && opened.error().code == Code::not_found) {
    left_out_.expunged = true;
    return false;
  }
  if (!opened) return fail(std::move(opened.error()));
  message_.begun = true;
  if (state_.enabled.uidonly) {
    out.raw("* ").number(state_.selected->uid_at(number()).value()).raw(" UIDFETCH (");
  } else {
    out.raw("* ").number(number().value()).raw(" FETCH (");
  }
  return true;
}

bool FetchRun::is_answered(const Item& item) const {
  if (source_.summary() == nullptr) return need_of(item) == Need::nothing;
  return fetch::is_answered(item, *source_.summary(), state_.enabled);
}

/// Reads what can fail before anything is written of the message: behind that, only a later piece of a literal can.
Result<void> FetchRun::open_message() {
  if (!wants_.octets) return {};
  source_.open(*state_.selected, number());
  if (wants_.summary) source_.look_up_summary();
  if (source_.summary() == nullptr) {
    Need need = Need::nothing;
    for (const Item& item : args_.items) need = std::max(need, need_of(item));
    if (need == Need::nothing) return {};
    auto first = source_.at(0, need == Need::header ? kHeaderPiece : kBodyPiece);
    if (!first) return fail(std::move(first.error()));
  }
  for (const Item& item : args_.items) {
    if (is_answered(item)) continue;
    if (auto tried = try_item(item); !tried) return tried;
  }
  return {};
}

Result<void> FetchRun::try_item(const Item& item) {
  if (item.kind == Kind::preview) return try_preview();
  if (item.kind == Kind::binary || item.kind == Kind::binary_size) return try_binary(item);
  if (item.kind == Kind::body || item.kind == Kind::body_structure) {
    const auto outline = source_.outline();
    if (!outline) return fail(outline.error());
    return {};
  }
  std::optional<Extent> extent;
  if (item.kind == Kind::envelope) {
    const auto end = source_.header_end();
    if (!end) return fail(end.error());
    extent = Extent{0, *end};
  } else {
    const auto found = extent_of_item(item);
    if (!found) return fail(found.error());
    extent = *found;
  }
  if (!extent || extent->begin == extent->end) return {};
  const auto octets = std::min<std::uint64_t>(kBodyPiece, extent->end - extent->begin);
  if (auto first = source_.at(extent->begin, static_cast<std::size_t>(octets)); !first) {
    return fail(std::move(first.error()));
  }
  return {};
}

Result<void> FetchRun::try_preview() {
  const auto head = source_.text(0, kPreviewHead);
  if (!head) return fail(head.error());
  message_.preview = mime::preview(mime::Message::index(*head));
  return {};
}

/// Measures the part, which reads it once: its size comes before its octets.
Result<void> FetchRun::try_binary(const Item& item) {
  const auto tree = source_.tree();
  if (!tree) return fail(tree.error());
  const mime::Part* part = part_of(item.section.path, **tree);
  if (part == nullptr) return {};
  const auto extent = extent_of_item({.kind = Kind::octets, .section = item.section, .partial = {}});
  if (!extent) return fail(extent.error());
  // What holds other parts is in no encoding of its own; neither is the whole message.
  const bool holds_parts = item.section.path.empty() || part->is_multipart() || part->is_message();
  const auto transfer = holds_parts ? codec::Transfer::identity : binary_transfer(part->encoding);
  if (!transfer) {
    message_.undecodable = true;
    return {};
  }
  const Partial range = item.partial.value_or(Partial{0, std::numeric_limits<std::uint64_t>::max()});
  const BinaryReader reader(source_, **extent, *transfer);
  const auto facts = measure(reader, range.from, range.count);
  if (!facts) return fail(facts.error());
  message_.binaries.emplace(&item, Binary{reader, *facts});
  return {};
}

/// A placeholder stands for the present message; false: it says nothing to what is asked.
bool FetchRun::open_placeholder(Code why) {
  ++(why == Code::sealed ? left_out_.sealed : left_out_.damaged);
  message_ = {};
  message_.opened = false;
  source_.open(placeholder(why, state_.selected->facts(number())));
  if (has(args_.items, Kind::preview)) static_cast<void>(try_preview());
  return !std::ranges::all_of(args_.items, is_contents);
}

/// Sets \Seen ahead of what is sent, in batches. Not of what cannot be opened, as far as its first octet tells: nobody
/// can have seen it.
Result<void> FetchRun::mark_seen() {
  if (state_.selected->facts(number()).flags.has(SystemFlag::seen)) return {};
  const std::vector<SeqNum> unseen = unseen_ahead();
  const Flags seen{.system = static_cast<std::uint8_t>(SystemFlag::seen), .keywords = {}};
  auto stored = state_.selected->store_flags(unseen, FlagChange::add, seen, std::nullopt);
  if (!stored) return fail(std::move(stored.error()));
  marked_.insert(marked_.end(), unseen.begin(), unseen.end());
  return {};
}

void FetchRun::tell_marked(Responder& out) {
  for (const SeqNum marked : marked_) out.flags_of(marked, state_.selected->facts(marked));
  marked_.clear();
}

std::vector<SeqNum> FetchRun::unseen_ahead() {
  std::vector<SeqNum> out{number()};
  if (number().value() <= seen_until_) return out;
  const std::uint32_t last = walk_.last_of_range();
  seen_until_ = last - number().value() < kSeenAhead ? last : number().value() + kSeenAhead - 1;
  for (std::uint32_t n = number().value() + 1; n <= seen_until_; ++n) {
    const SeqNum ahead(n);
    if (state_.selected->facts(ahead).flags.has(SystemFlag::seen)) continue;
    if (state_.selected->read(ahead, 0, 1)) out.push_back(ahead);
  }
  return out;
}

bool FetchRun::is_left_out(const Item& item) const {
  if (!message_.opened) return is_contents(item);
  // RFC 3516 section 4.3: the command fails, and the part is not sent.
  const bool binary = item.kind == Kind::binary || item.kind == Kind::binary_size;
  return binary && message_.undecodable && !message_.binaries.contains(&item);
}

/// Goes on with the present message; false: the client must read first.
Result<bool> FetchRun::write_items(Responder& out) {
  while (message_.item < args_.items.size() || is_streaming()) {
    if (is_streaming()) {
      if (out.full()) return false;
      if (auto written = stream(out); !written) return fail(std::move(written.error()));
      continue;
    }
    const Item& item = args_.items[message_.item++];
    if (is_left_out(item)) continue;
    if (message_.written++ > 0) out.raw(" ");
    if (auto written = write_item(out, item); !written) return fail(std::move(written.error()));
  }
  return true;
}

void FetchRun::write_fact(Responder& out, const Item& item) {
  const MessageFacts& facts = state_.selected->facts(number());
  const auto id = [&](View word, View value) {
    out.raw(word).raw(value.empty() ? "NIL" : "(");
    if (!value.empty()) out.raw(value).raw(")");
  };
  const auto date = [&](View word, WallTime when) {
    out.raw(word).raw("\"").raw(mail::format_internal_date(when)).raw("\"");
  };
  switch (item.kind) {
    case Kind::flags: out.raw("FLAGS ").raw(flag_text_.of(facts.flags)); break;
    case Kind::internal_date: date("INTERNALDATE ", facts.internal_date); break;
    case Kind::size: out.raw("RFC822.SIZE ").number(facts.octets); break;
    case Kind::uid: out.raw("UID ").number(facts.uid.value()); break;
    case Kind::modseq: out.raw("MODSEQ (").number(facts.modseq.value()).raw(")"); break;
    case Kind::email_id: id("EMAILID ", facts.email_id); break;
    case Kind::thread_id: id("THREADID ", facts.thread_id); break;
    case Kind::save_date:
      if (facts.save_date) {
        date("SAVEDATE ", *facts.save_date);
      } else {
        out.raw("SAVEDATE NIL");
      }
      break;
    case Kind::envelope:
    case Kind::body:
    case Kind::body_structure:
    case Kind::preview:
    case Kind::rfc822:
    case Kind::rfc822_header:
    case Kind::rfc822_text:
    case Kind::octets:
    case Kind::binary:
    case Kind::binary_size: break;
  }
}

Result<void> FetchRun::write_item(Responder& out, const Item& item) {
  switch (item.kind) {
    case Kind::envelope: return write_envelope_item(out, item);
    case Kind::body:
    case Kind::body_structure: return write_structure(out, item);
    case Kind::preview: write_preview(out, item); return {};
    case Kind::rfc822:
    case Kind::rfc822_header:
    case Kind::rfc822_text:
    case Kind::octets: return write_octets(out, item);
    case Kind::binary:
    case Kind::binary_size: return write_binary(out, item);
    case Kind::flags:
    case Kind::internal_date:
    case Kind::size:
    case Kind::uid:
    case Kind::modseq:
    case Kind::email_id:
    case Kind::thread_id:
    case Kind::save_date: break;
  }
  write_fact(out, item);
  return {};
}

Result<void> FetchRun::write_envelope_item(Responder& out, const Item& item) {
  out.raw("ENVELOPE ");
  if (is_answered(item)) {
    out.raw(source_.summary()->envelope());
    return {};
  }
  const auto end = source_.header_end();
  if (!end) return fail(end.error());
  const auto header = source_.text(0, *end);
  if (!header) return fail(header.error());
  write_envelope(out, *header);
  return {};
}

Result<void> FetchRun::write_structure(Responder& out, const Item& item) {
  const bool extensions = item.kind == Kind::body_structure;
  out.raw(extensions ? "BODYSTRUCTURE " : "BODY ");
  if (is_answered(item)) {
    const Summary& summary = *source_.summary();
    if (extensions) {
      out.raw(summary.structure());
    } else {
      out.raw(summary.body());
    }
    return {};
  }
  const auto outline = source_.outline();
  if (!outline) return fail(outline.error());
  write_body_structure(out, **outline, {.extensions = extensions, .global = state_.enabled.rev2});
  return {};
}

void FetchRun::write_preview(Responder& out, const Item& item) {
  const std::optional<View> kept = source_.summary() == nullptr ? std::nullopt : source_.summary()->preview();
  out.raw("PREVIEW ");
  if (kept) {
    write_text(out, *kept);
  } else if (item.lazy && message_.opened) {
    out.raw("NIL");
  } else {
    write_text(out, message_.preview);
  }
}

/// Octets of a body item, of the header that they are taken from for a field list; nullopt: no such part.
Result<std::optional<Extent>> FetchRun::extent_of_item(const Item& item) {
  auto extent = source_.extent(section_of(item), item.section);
  if (!extent || !*extent || item.section.is_field_list()) return extent;
  return narrowed(**extent, item.partial);
}

Result<void> FetchRun::write_fields(Responder& out, const Item& item) {
  std::string fields;
  if (is_answered(item)) {
    fields = matching_fields(source_.summary()->fields(), item.section);
  } else {
    const auto extent = extent_of_item(item);
    if (!extent) return fail(extent.error());
    if (!*extent) {
      out.raw("NIL");
      return {};
    }
    const auto header = source_.text((*extent)->begin, (*extent)->end);
    if (!header) return fail(header.error());
    fields = matching_fields(*header, item.section);
  }
  const Extent wanted = narrowed({0, fields.size()}, item.partial);
  const View text = View(fields).substr(wanted.begin, wanted.end - wanted.begin);
  out.literal(text.size()).raw(text);
  return {};
}

Result<void> FetchRun::write_octets(Responder& out, const Item& item) {
  if (item.kind == Kind::octets) {
    out.raw("BODY");
    write_section(out, item.section);
    if (item.partial) out.raw("<").number(item.partial->from).raw(">");
  } else {
    out.raw(item.kind == Kind::rfc822 ? "RFC822" : item.kind == Kind::rfc822_header ? "RFC822.HEADER" : "RFC822.TEXT");
  }
  out.raw(" ");
  if (item.section.is_field_list()) return write_fields(out, item);
  const auto extent = extent_of_item(item);
  if (!extent) return fail(extent.error());
  if (!*extent) {
    out.raw("NIL");
    return {};
  }
  out.literal((*extent)->end - (*extent)->begin);
  message_.stream = **extent;
  return {};
}

Result<void> FetchRun::write_binary(Responder& out, const Item& item) {
  const auto found = message_.binaries.find(&item);
  out.raw(item.kind == Kind::binary ? "BINARY" : "BINARY.SIZE");
  write_section(out, item.section);
  if (item.partial) out.raw("<").number(item.partial->from).raw(">");
  out.raw(" ");
  if (item.kind == Kind::binary_size) {
    out.number(found == message_.binaries.end() ? 0 : found->second.facts.octets);
    return {};
  }
  if (found == message_.binaries.end()) {
    out.raw("NIL");
    return {};
  }
  const Extent range = narrowed({0, found->second.facts.octets}, item.partial);
  // A string can hold everything but NUL (RFC 3516 section 4.3).
  if (found->second.facts.has_nul) out.raw("~");
  out.literal(range.end - range.begin);
  if (range.begin < range.end) message_.binary.emplace(found->second.reader, range);
  return {};
}

Result<void> FetchRun::stream(Responder& out) {
  if (message_.binary) {
    const auto octets = message_.binary->next();
    if (!octets) return fail(octets.error());
    out.raw(*octets);
    if (octets->empty()) message_.binary.reset();
    return {};
  }
  const std::uint64_t left = message_.stream.end - message_.stream.begin;
  const auto octets =
      source_.at(message_.stream.begin, static_cast<std::size_t>(std::min<std::uint64_t>(left, kBodyPiece)));
  if (!octets) return fail(octets.error());
  const View wanted = octets->substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(octets->size(), left)));
  out.raw(wanted);
  message_.stream.begin += wanted.size();
  return {};
}

void FetchRun::end_message(Responder& out) {
  if (wants_.seen && message_.opened) {
    const MessageFacts& facts = state_.selected->facts(number());
    if (!has(args_.items, Kind::flags)) out.raw(" FLAGS ").raw(flag_text_.of(facts.flags));
    // RFC 7162 section 3.1: what is told of flags that changed has the new modseq.
    const bool modseq = state_.enabled.condstore && !has(args_.items, Kind::modseq);
    if (modseq) out.raw(" MODSEQ (").number(facts.modseq.value()).raw(")");
    std::erase(marked_, number());
  }
  out.raw(")").end();
  left_out_.undecodable = left_out_.undecodable || message_.undecodable;
  next_message();
}

void FetchRun::next_message() {
  message_ = {};
  walk_.advance();
}

Progress FetchRun::fail_with(Responder& out, const Error& error) {
  if (state_.request != Request::cut) tell_marked(out);
  out.refuse(error);
  return Progress::done;
}

}  // namespace posthorn::imap::commands::fetch
