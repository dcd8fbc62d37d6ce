#include "protocol/imap/commands/fetch.h"

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
constexpr std::array<Named, 11> kItems{{{"FLAGS", Kind::flags},
                                        {"UID", Kind::uid},
                                        {"INTERNALDATE", Kind::internal_date},
                                        {"RFC822.SIZE", Kind::size},
                                        {"ENVELOPE", Kind::envelope},
                                        {"BODYSTRUCTURE", Kind::body_structure},
                                        {"BODY", Kind::body},
                                        {"RFC822", Kind::rfc822},
                                        {"RFC822.HEADER", Kind::rfc822_header},
                                        {"RFC822.TEXT", Kind::rfc822_text},
                                        {"MODSEQ", Kind::modseq}}};

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

bool item(Cursor& c, View word, Item& out) {
  const bool peek = same_word(word, "BODY.PEEK");
  if ((peek || same_word(word, "BODY")) && (peek || c.peek() == '[')) {
    out.kind = Kind::octets;
    out.peek = peek;
    return section(c, out.section) && partial(c, out.partial);
  }
  for (const Named& n : kItems) {
    if (!same_word(word, n.word)) continue;
    out.kind = n.kind;
    return true;
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
}  // namespace

Result<Args> parse(Cursor& c) {
  Args args;
  (void)(c.sp() && sequence_set(c, args.messages) && c.sp() && items(c, args.items));
  return c.finish(std::move(args));
}

Result<std::unique_ptr<Execution>> run(Args args, State& state) {
  return std::make_unique<FetchRun>(std::move(args), state);
}

}  // namespace posthorn::imap::commands::fetch
