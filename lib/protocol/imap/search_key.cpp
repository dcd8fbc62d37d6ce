#include "protocol/imap/search_key.h"

#include <algorithm>
#include <utility>

#include "posthorn/bytes/codec/fold.h"
#include "posthorn/bytes/codec/utf8.h"

namespace posthorn::imap::search {

namespace {

/// What follows the word of a key.
enum class Takes : std::uint8_t { nothing, text, name_and_text, keyword, day, octets, uids, key, two_keys };

/// One row per word.
struct Row {
  View word;
  Ask ask;
  Takes takes = Takes::nothing;
  bool negated = false;
  SystemFlag flag = SystemFlag::seen;
  View field = {};
};

constexpr Row kRows[] = {
    {"ALL", Ask::everything},
    {"ANSWERED", Ask::flag, Takes::nothing, false, SystemFlag::answered},
    {"BCC", Ask::header, Takes::text, false, {}, "Bcc"},
    {"BEFORE", Ask::before, Takes::day},
    {"BODY", Ask::body, Takes::text},
    {"CC", Ask::header, Takes::text, false, {}, "Cc"},
    {"DELETED", Ask::flag, Takes::nothing, false, SystemFlag::deleted},
    {"DRAFT", Ask::flag, Takes::nothing, false, SystemFlag::draft},
    {"FLAGGED", Ask::flag, Takes::nothing, false, SystemFlag::flagged},
    {"FROM", Ask::header, Takes::text, false, {}, "From"},
    {"HEADER", Ask::header, Takes::name_and_text},
    {"KEYWORD", Ask::keyword, Takes::keyword},
    {"LARGER", Ask::larger, Takes::octets},
    {"NEW", Ask::nothing},
    {"NOT", Ask::all_of, Takes::key, true},
    {"OLD", Ask::everything},
    {"ON", Ask::on, Takes::day},
    {"OR", Ask::any_of, Takes::two_keys},
    {"RECENT", Ask::nothing},
    {"SEEN", Ask::flag, Takes::nothing, false, SystemFlag::seen},
    {"SENTBEFORE", Ask::sent_before, Takes::day},
    {"SENTON", Ask::sent_on, Takes::day},
    {"SENTSINCE", Ask::sent_since, Takes::day},
    {"SINCE", Ask::since, Takes::day},
    {"SMALLER", Ask::smaller, Takes::octets},
    {"SUBJECT", Ask::header, Takes::text, false, {}, "Subject"},
    {"TEXT", Ask::text, Takes::text},
    {"TO", Ask::header, Takes::text, false, {}, "To"},
    {"UID", Ask::uids, Takes::uids},
    {"UNANSWERED", Ask::flag, Takes::nothing, true, SystemFlag::answered},
    {"UNDELETED", Ask::flag, Takes::nothing, true, SystemFlag::deleted},
    {"UNDRAFT", Ask::flag, Takes::nothing, true, SystemFlag::draft},
    {"UNFLAGGED", Ask::flag, Takes::nothing, true, SystemFlag::flagged},
    {"UNKEYWORD", Ask::keyword, Takes::keyword, true},
    {"UNSEEN", Ask::flag, Takes::nothing, true, SystemFlag::seen},
};

/// Reads keys and counts them.
class Parser {
 public:
  explicit Parser(Cursor& c) : c_(c) {}

  bool key(Key& out, int depth) {
    if (++count_ > kMaxKeys) return c_.fail(Code::too_many, "search keys");
    if (depth > kMaxNesting) return c_.fail(Code::too_many, "nested search keys");
    if (c_.try_octet('(')) return list(out, depth);
    if (chars::kDigit[c_.peek()] || c_.peek() == '*') {
      out.ask = Ask::numbers;
      return sequence_set(c_, out.set);
    }
    View word;
    if (!c_.run(chars::kAlpha, word)) return false;
    const auto* row =
        std::find_if(std::begin(kRows), std::end(kRows), [&](const Row& r) { return same_word(r.word, word); });
    if (row == std::end(kRows)) return c_.fail(Code::syntax, "an unknown search key");
    out.ask = row->ask;
    out.negated = row->negated;
    out.flag = row->flag;
    out.name = row->field;
    return argument(row->takes, out, depth);
  }

 private:
  bool list(Key& out, int depth) {
    out.ask = Ask::all_of;
    do {
      if (!key(out.keys.emplace_back(), depth + 1)) return false;
    } while (c_.try_sp());
    return c_.octet(')');
  }

  bool argument(Takes takes, Key& out, int depth) {
    switch (takes) {
      case Takes::nothing: return true;
      case Takes::text: return c_.sp() && text(out.text);
      case Takes::name_and_text: return c_.sp() && astring(c_, out.name) && c_.sp() && text(out.text);
      case Takes::keyword: {
        View word;
        if (!(c_.sp() && atom(c_, word))) return false;
        out.name = word;
        return true;
      }
      case Takes::day: return c_.sp() && date(c_, out.day);
      case Takes::octets: return c_.sp() && c_.number(out.octets);
      case Takes::uids: return c_.sp() && sequence_set(c_, out.set);
      case Takes::key: return c_.sp() && key(out.keys.emplace_back(), depth + 1);
      case Takes::two_keys:
        return c_.sp() && key(out.keys.emplace_back(), depth + 1) && c_.sp() && key(out.keys.emplace_back(), depth + 1);
    }
    return false;
  }

  bool text(std::string& out) {
    std::string raw;
    if (!astring(c_, raw)) return false;
    if (raw.size() > kMaxString) return c_.fail(Code::too_long, "a search string");
    out = codec::fold_case(raw);
    return true;
  }

  Cursor& c_;
  std::size_t count_ = 0;
};

}  // namespace

bool program(Cursor& c, Program& out) {
  if (!c.sp()) return false;
  if (c.try_word("CHARSET ")) {
    std::string charset;
    if (!(astring(c, charset) && c.sp())) return false;
    out.charset_ok = same_word(charset, "UTF-8") || same_word(charset, "US-ASCII");
  }
  out.root.ask = Ask::all_of;
  Parser parser(c);
  do {
    if (!parser.key(out.root.keys.emplace_back(), 0)) return false;
  } while (c.try_sp());
  return c.ok();
}

}  // namespace posthorn::imap::search
