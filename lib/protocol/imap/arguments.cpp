#include "posthorn/protocol/imap/arguments.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

#include "posthorn/bytes/codec/utf7.h"
#include "posthorn/bytes/codec/utf8.h"
#include "posthorn/grammar/mail/date.h"

namespace posthorn::imap {

namespace {

constexpr CharSet kQuotedText = ~CharSet("\"\\").add('\r').add('\n').add('\0');

bool quoted(Cursor& c, std::string& out) {
  out.clear();
  if (!c.octet('"')) return false;
  for (;;) {
    out += c.try_run(kQuotedText);
    if (c.try_octet('"')) return true;
    if (!c.octet('\\')) return false;
    const char escaped = c.peek();
    if (escaped != '"' && escaped != '\\') return c.fail(Code::syntax, "a quoted octet that needs no quoting");
    c.octet(escaped);
    out += escaped;
  }
}

bool is_literal(const Cursor& c) { return c.peek() == '{'; }

// From the wire's spelling to UTF-8; the wire may also carry UTF-8 itself, which modified UTF-7 never contains. Once
// the client has switched to UTF-8, "&" is a character like any other (RFC 9755 section 3).
bool decode_name(Cursor& c, std::string& name) {
  if (c.utf8() || !codec::is_ascii(name))
    return codec::is_utf8(name) || c.fail(Code::syntax, "a mailbox name that is not UTF-8");
  if (name.find('&') == std::string::npos) return true;
  auto decoded = codec::utf7_decode(name);
  if (!decoded) return c.fail(Code::syntax, "a mailbox name that is not modified UTF-7");
  name = std::move(*decoded);
  return true;
}

struct SystemWord {
  View word;
  std::uint8_t bit;
};
constexpr SystemWord kSystemWords[] = {{"Seen", 1},    {"Answered", 2}, {"Flagged", 4},
                                       {"Deleted", 8}, {"Draft", 16},   {"Recent", 0}};

bool add_keyword(Cursor& c, View word, Flags& out) {
  if (word.size() > kMaxKeyword) return c.fail(Code::too_long, "a keyword");
  for (const std::string& k : out.keywords) {
    if (same_word(k, word)) return true;
  }
  if (out.keywords.size() == kMaxKeywords) return c.fail(Code::too_many, "keywords");
  out.keywords.emplace_back(word);
  return true;
}

bool one_flag(Cursor& c, Flags& out) {
  View word;
  if (!c.try_octet('\\')) return atom(c, word) && add_keyword(c, word, out);
  if (!atom(c, word)) return false;
  for (const SystemWord& s : kSystemWords) {
    if (!same_word(s.word, word)) continue;
    out.system = static_cast<std::uint8_t>(out.system | s.bit);
    return true;
  }
  return c.fail(Code::syntax, "an unknown system flag");
}

bool flags_until(Cursor& c, char closing, Flags& out) {
  out = {};
  if (closing == '\0' || c.peek() != closing) {
    do {
      if (!one_flag(c, out)) return false;
    } while (c.try_sp());
  }
  std::sort(out.keywords.begin(), out.keywords.end());
  return closing == '\0' || c.octet(closing);
}

bool set_number(Cursor& c, std::uint32_t& out) {
  if (c.try_octet('*')) {
    out = SequenceSet::kStar;
    return true;
  }
  return c.number(out) && (out != 0 || c.fail(Code::syntax, "message numbers start at 1"));
}

std::vector<Range> merged(std::vector<Range> ranges) {
  std::sort(ranges.begin(), ranges.end(), [](const Range& a, const Range& b) { return a.first < b.first; });
  std::vector<Range> out;
  for (const Range& r : ranges) {
    if (!out.empty() &&
        (out.back().last == std::numeric_limits<std::uint32_t>::max() || r.first <= out.back().last + 1)) {
      out.back().last = std::max(out.back().last, r.last);
    } else {
      out.push_back(r);
    }
  }
  return out;
}

}  // namespace

bool atom(Cursor& c, View& out) { return c.run(kAtomChar, out); }

bool literal(Cursor& c, View& out) {
  std::uint64_t count = 0;
  if (!c.octet('{') || !c.number(count)) return false;
  c.try_octet('+');
  if (!(c.octet('}') && c.octet('\r') && c.octet('\n') && c.octets(count, out))) return false;
  return out.find('\0') == View::npos || c.fail(Code::syntax, "NUL in a literal");
}

bool string(Cursor& c, std::string& out) {
  if (!is_literal(c)) return quoted(c, out);
  View octets;
  if (!literal(c, octets)) return false;
  out = octets;
  return true;
}

bool nstring(Cursor& c, std::optional<std::string>& out) {
  if (c.peek() != '"' && !is_literal(c)) {
    out.reset();
    return c.word("NIL");
  }
  out.emplace();
  return string(c, *out);
}

bool astring(Cursor& c, std::string& out) {
  if (c.peek() == '"' || is_literal(c)) return string(c, out);
  View octets;
  if (!c.run(kAstringChar, octets)) return false;
  out = octets;
  return true;
}

bool mailbox(Cursor& c, std::string& out) {
  if (!astring(c, out) || !decode_name(c, out)) return false;
  if (same_word(out, "INBOX")) out = "INBOX";
  return true;
}

bool list_mailbox(Cursor& c, std::string& out) {
  if (c.peek() == '"' || is_literal(c)) return string(c, out) && decode_name(c, out);
  View octets;
  if (!c.run(kListChar + chars::kEightBit, octets)) return false;
  out = octets;
  return decode_name(c, out);
}

bool flag_list(Cursor& c, Flags& out) { return c.octet('(') && flags_until(c, ')', out); }

bool store_flags(Cursor& c, Flags& out) { return c.peek() == '(' ? flag_list(c, out) : flags_until(c, '\0', out); }

bool date(Cursor& c, WallTime& out) {
  const bool in_quotes = c.try_octet('"');
  View text;
  if (!c.run(chars::kAlnum + CharSet("-"), text)) return false;
  const auto day = mail::parse_day(text);
  if (!day) return c.fail(Code::syntax, "a date");
  out = *day;
  return !in_quotes || c.octet('"');
}

bool date_time(Cursor& c, WallTime& out) {
  std::string text;
  if (!quoted(c, text)) return false;
  const auto when = mail::parse_internal_date(text);
  if (!when) return c.fail(Code::syntax, "a date-time");
  out = *when;
  return true;
}

std::vector<Range> SequenceSet::resolve(std::uint32_t highest) const {
  std::vector<Range> out;
  out.reserve(ranges_.size());
  for (const Range& r : ranges_) {
    const std::uint32_t a = r.first == kStar ? highest : r.first;
    const std::uint32_t b = r.last == kStar ? highest : r.last;
    out.push_back({std::min(a, b), std::max(a, b)});
  }
  return merged(std::move(out));
}

bool sequence_set(Cursor& c, SequenceSet& out) {
  out = {};
  if (c.try_octet('$')) {
    out = SequenceSet::saved_result();
    return true;
  }
  do {
    Range range;
    if (!set_number(c, range.first)) return false;
    range.last = range.first;
    if (c.try_octet(':') && !set_number(c, range.last)) return false;
    if (out.ranges().size() == kMaxRanges) return c.fail(Code::too_many, "ranges in a set");
    out.add(range);
  } while (c.try_octet(','));
  return true;
}

Result<std::vector<Range>> messages_of(const SequenceSet& set, const SelectedMailbox& view, bool by_uid,
                                       std::span<const Range> saved) {
  const std::uint32_t count = view.exists();
  if (set.is_saved_result()) {
    SequenceSet uids;
    for (const Range& r : saved) uids.add(r);
    return uids.ranges().empty() ? std::vector<Range>() : messages_of(uids, view, true);
  }
  if (!by_uid) {
    // `*` in an empty mailbox stands for nothing: clients that ask for 1:* without looking mean "all".
    if (count == 0 && std::ranges::all_of(set.ranges(), [](const Range& r) {
          return r.last == SequenceSet::kStar || r.first == SequenceSet::kStar;
        })) {
      return std::vector<Range>();
    }
    auto out = set.resolve(count);
    if (out.empty() || out.back().last > count || out.front().first == 0) {
      return fail(peer_error(Code::syntax, "a message number that does not exist"));
    }
    return out;
  }
  if (count == 0) return std::vector<Range>();
  std::vector<Range> out;
  for (const Range& r : set.resolve(view.uid_at(SeqNum(count)).value())) {
    const std::uint32_t from = view.lower_bound(Uid(r.first)).value();
    const bool to_the_top = r.last == std::numeric_limits<std::uint32_t>::max();
    const std::uint32_t after = to_the_top ? count + 1 : view.lower_bound(Uid(r.last + 1)).value();
    if (from < after) out.push_back({from, after - 1});
  }
  return merged(std::move(out));
}

std::vector<Range> common(const std::vector<Range>& a, const std::vector<Range>& b) {
  std::vector<Range> out;
  for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    const Range both{std::max(a[i].first, b[j].first), std::min(a[i].last, b[j].last)};
    if (both.first <= both.last) out.push_back(both);
    ++(a[i].last < b[j].last ? i : j);
  }
  return out;
}

std::vector<SeqNum> each_of(const std::vector<Range>& ranges) {
  std::vector<SeqNum> out;
  for (const Range& r : ranges) {
    for (std::uint32_t n = r.first; n <= r.last; ++n) out.emplace_back(n);
  }
  return out;
}

}  // namespace posthorn::imap
