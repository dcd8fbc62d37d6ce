#include "protocol/imap/commands/fetch.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "protocol/imap/commands/fetch_run.h"

namespace posthorn::imap::commands::fetch {

namespace {
using Kind = Item::Kind;

struct Named {
  View word;
  Kind kind;
};
constexpr std::array<Named, 15> kItems{{{"FLAGS", Kind::flags},
                                        {"UID", Kind::uid},
                                        {"INTERNALDATE", Kind::internal_date},
                                        {"RFC822.SIZE", Kind::size},
                                        {"ENVELOPE", Kind::envelope},
                                        {"BODYSTRUCTURE", Kind::body_structure},
                                        {"BODY", Kind::body},
                                        {"RFC822", Kind::rfc822},
                                        {"RFC822.HEADER", Kind::rfc822_header},
                                        {"RFC822.TEXT", Kind::rfc822_text},
                                        {"MODSEQ", Kind::modseq},
                                        {"EMAILID", Kind::email_id},
                                        {"THREADID", Kind::thread_id},
                                        {"SAVEDATE", Kind::save_date},
                                        {"PREVIEW", Kind::preview}}};

/// Items that IMAP4rev2 has no more (RFC 9051 appendix E).
constexpr std::array<Kind, 3> kOnlyRev1{Kind::rfc822, Kind::rfc822_header, Kind::rfc822_text};

struct Macro {
  View word;
  std::size_t count;
};
/// FAST, ALL and FULL are beginnings of one list (RFC 9051 section 6.4.5).
constexpr std::array<Kind, 5> kFull{Kind::flags, Kind::internal_date, Kind::size, Kind::envelope, Kind::body};
constexpr std::array<Macro, 3> kMacros{{{"FAST", 3}, {"ALL", 4}, {"FULL", 5}}};

/// "<" number "." nz-number ">"
bool partial(Cursor& c, std::optional<Partial>& out) {
  if (!c.try_octet('<')) return true;
  Partial p;
  if (!(c.number(p.from) && c.octet('.') && c.number(p.count) && c.octet('>'))) return false;
  if (p.count == 0) return c.fail(Code::syntax, "a partial of no octets");
  out = p;
  return true;
}

/// What may follow PREVIEW: preview-mods = SP "(" "LAZY" ")" (RFC 8970 section 6). In a list other items follow SP.
bool preview(Cursor& c, Item& out) {
  if (!View(c.rest()).starts_with(" (")) return true;
  Cursor ahead = c;
  if (!(ahead.sp() && ahead.octet('(') && ahead.try_word("LAZY") && ahead.try_octet(')'))) return true;
  out.lazy = true;
  c = ahead;
  return true;
}

bool item(Cursor& c, View word, Item& out) {
  const bool peek = same_word(word, "BODY.PEEK");
  if ((peek || same_word(word, "BODY")) && (peek || c.peek() == '[')) {
    out.kind = Kind::octets;
    out.peek = peek;
    return section(c, out.section) && partial(c, out.partial);
  }
  if (same_word(word, "BINARY") || same_word(word, "BINARY.PEEK")) {
    out.kind = Kind::binary;
    out.peek = !same_word(word, "BINARY");
    return section_binary(c, out.section) && partial(c, out.partial);
  }
  if (same_word(word, "BINARY.SIZE")) {
    out.kind = Kind::binary_size;
    return section_binary(c, out.section);
  }
  for (const Named& n : kItems) {
    if (!same_word(word, n.word)) continue;
    out.kind = n.kind;
    return n.kind != Kind::preview || preview(c, out);
  }
  return c.fail(Code::syntax, "a FETCH item");
}

bool items(Cursor& c, std::vector<Item>& out) {
  constexpr CharSet kWord = chars::kAlnum + CharSet(".");
  const bool list = c.try_octet('(');
  do {
    if (out.size() == kMaxItems) return c.fail(Code::too_many, "FETCH items");
    View word;
    if (!c.run(kWord, word)) return false;
    for (const Macro& m : kMacros) {
      if (list || !same_word(word, m.word)) continue;
      for (const Kind kind : std::span(kFull).first(m.count))
        out.push_back({.kind = kind, .section = {}, .partial = {}});
      return true;
    }
    if (!item(c, word, out.emplace_back())) return false;
  } while (list && c.try_sp());
  return !list || c.octet(')');
}

/// partial-range = nz-number ":" nz-number / "-" nz-number ":" "-" nz-number (RFC 9394 section 4)
bool window(Cursor& c, std::optional<Window>& out) {
  Window w;
  w.from_end = c.try_octet('-');
  if (!(c.number(w.first) && c.octet(':') && (!w.from_end || c.octet('-')) && c.number(w.last))) return false;
  if (w.first == 0 || w.last == 0) return c.fail(Code::syntax, "places count from 1");
  if (w.first > w.last) std::swap(w.first, w.last);
  out = w;
  return true;
}

bool modifier(Cursor& c, Modifiers& out) {
  constexpr std::uint64_t kMaxModSeq = 0x7FFF'FFFF'FFFF'FFFF;  // RFC 7162 section 7: 63 bits
  View word;
  if (!c.run(chars::kAlpha, word)) return false;
  if (same_word(word, "CHANGEDSINCE") && !out.changed_since) {
    return c.sp() && c.number(out.changed_since.emplace(), kMaxModSeq);
  }
  if (same_word(word, "VANISHED") && !out.vanished) return out.vanished = true;
  if (same_word(word, "PARTIAL") && !out.partial) return c.sp() && window(c, out.partial);
  return c.fail(Code::syntax, "a FETCH modifier");
}

/// fetch-modifiers = SP "(" fetch-modifier *(SP fetch-modifier) ")" (RFC 4466 section 2.4)
bool modifiers(Cursor& c, Modifiers& out) {
  if (!c.try_sp()) return true;
  if (!c.octet('(')) return false;
  do {
    if (!modifier(c, out)) return false;
  } while (c.try_sp());
  return c.octet(')');
}

/// What the grammar of this session and command does not have.
bool is_out_of_place(const Args& args, const State& state) {
  const Modifiers& m = args.modifiers;
  // RFC 7162 section 3.2.6; RFC 9394 section 3.3.
  if (m.vanished && (!state.by_uid || !state.enabled.qresync || !m.changed_since)) return true;
  if (m.partial && !state.by_uid) return true;
  return state.enabled.rev2 && std::ranges::any_of(args.items, [](const Item& i) {
           return std::ranges::find(kOnlyRev1, i.kind) != kOnlyRev1.end();
         });
}
}  // namespace

Result<Args> parse(Cursor& c) {
  Args args;
  (void)(c.sp() && sequence_set(c, args.messages) && c.sp() && items(c, args.items) && modifiers(c, args.modifiers));
  return c.finish(std::move(args));
}

Result<std::unique_ptr<Execution>> run(Args args, State& state) {
  if (is_out_of_place(args, state)) return fail(peer_error(Code::syntax, "not in this session"));
  return std::make_unique<FetchRun>(std::move(args), state);
}

}  // namespace posthorn::imap::commands::fetch
