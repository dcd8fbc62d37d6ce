#include "protocol/imap/search_key.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>

#include "posthorn/bytes/codec/charset.h"
#include "posthorn/bytes/codec/fold.h"

namespace posthorn::imap::search {

namespace {

/// What follows the word of a key.
enum class Takes : std::uint8_t {
  nothing,
  text,
  name_and_text,
  keyword,
  day,
  number,
  seconds,  ///< a number that is not 0
  modseq,
  objectid,
  uids,
  key,
  two_keys
};

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
    {"EMAILID", Ask::email_id, Takes::objectid},
    {"FLAGGED", Ask::flag, Takes::nothing, false, SystemFlag::flagged},
    {"FROM", Ask::header, Takes::text, false, {}, "From"},
    {"HEADER", Ask::header, Takes::name_and_text},
    {"KEYWORD", Ask::keyword, Takes::keyword},
    {"LARGER", Ask::larger, Takes::number},
    {"MODSEQ", Ask::modseq, Takes::modseq},
    {"NEW", Ask::nothing},
    {"NOT", Ask::all_of, Takes::key, true},
    {"OLD", Ask::everything},
    {"OLDER", Ask::older, Takes::seconds},
    {"ON", Ask::on, Takes::day},
    {"OR", Ask::any_of, Takes::two_keys},
    {"RECENT", Ask::nothing},
    {"SAVEDATESUPPORTED", Ask::has_save_date},
    {"SAVEDBEFORE", Ask::saved_before, Takes::day},
    {"SAVEDON", Ask::saved_on, Takes::day},
    {"SAVEDSINCE", Ask::saved_since, Takes::day},
    {"SEEN", Ask::flag, Takes::nothing, false, SystemFlag::seen},
    {"SENTBEFORE", Ask::sent_before, Takes::day},
    {"SENTON", Ask::sent_on, Takes::day},
    {"SENTSINCE", Ask::sent_since, Takes::day},
    {"SINCE", Ask::since, Takes::day},
    {"SMALLER", Ask::smaller, Takes::number},
    {"SUBJECT", Ask::header, Takes::text, false, {}, "Subject"},
    {"TEXT", Ask::text, Takes::text},
    {"THREADID", Ask::thread_id, Takes::objectid},
    {"TO", Ask::header, Takes::text, false, {}, "To"},
    {"UID", Ask::uids, Takes::uids},
    {"UNANSWERED", Ask::flag, Takes::nothing, true, SystemFlag::answered},
    {"UNDELETED", Ask::flag, Takes::nothing, true, SystemFlag::deleted},
    {"UNDRAFT", Ask::flag, Takes::nothing, true, SystemFlag::draft},
    {"UNFLAGGED", Ask::flag, Takes::nothing, true, SystemFlag::flagged},
    {"UNKEYWORD", Ask::keyword, Takes::keyword, true},
    {"UNSEEN", Ask::flag, Takes::nothing, true, SystemFlag::seen},
    {"YOUNGER", Ask::younger, Takes::seconds},
};

/// Reads keys and counts them.
class Parser {
 public:
  Parser(Cursor& c, View charset) : c_(c), charset_(charset) {}

  bool key(Key& out, int depth) {
    if (++count_ > kMaxKeys) return c_.fail(Code::too_many, "search keys");
    if (depth > kMaxNesting) return c_.fail(Code::too_many, "nested search keys");
    if (c_.try_octet('(')) return list(out, depth);
    if (chars::kDigit[c_.peek()] || c_.peek() == '*' || c_.peek() == '$') {
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
      case Takes::text: return c_.sp() && text(out);
      case Takes::name_and_text: return c_.sp() && astring(c_, out.name) && c_.sp() && text(out);
      case Takes::keyword: {
        View word;
        if (!(c_.sp() && atom(c_, word))) return false;
        out.name = word;
        return true;
      }
      case Takes::day: return c_.sp() && date(c_, out.day);
      case Takes::number: return c_.sp() && c_.number(out.number);
      case Takes::seconds: {
        std::uint32_t seconds = 0;
        if (!(c_.sp() && c_.number(seconds))) return false;
        out.number = seconds;
        return seconds != 0 || c_.fail(Code::syntax, "an interval of no time");
      }
      case Takes::modseq: return c_.sp() && modseq(out);
      case Takes::objectid: return c_.sp() && objectid(out.text);
      case Takes::uids: return c_.sp() && sequence_set(c_, out.set);
      case Takes::key: return c_.sp() && key(out.keys.emplace_back(), depth + 1);
      case Takes::two_keys:
        return c_.sp() && key(out.keys.emplace_back(), depth + 1) && c_.sp() && key(out.keys.emplace_back(), depth + 1);
    }
    return false;
  }

  bool text(Key& out) {
    std::string raw;
    if (!astring(c_, raw)) return false;
    if (raw.size() > kMaxString) return c_.fail(Code::too_long, "a search string");
    out.exact = codec::to_utf8(charset_, raw);
    out.text = codec::fold_case(out.exact);
    return true;
  }

  // [entry-name SP entry-type-req SP] mod-sequence-valzer. There is one mod-sequence for all flags of a message, so the
  // entry changes nothing (RFC 7162 section 3.1.5).
  bool modseq(Key& out) {
    if (c_.peek() == '"') {
      std::string entry;
      if (!(string(c_, entry) && c_.sp())) return false;
      if (!View(entry).starts_with("/flags/")) return c_.fail(Code::syntax, "an entry that is no flag");
      if (!(c_.try_word("priv ") || c_.try_word("shared ") || c_.word("all "))) return false;
    }
    constexpr std::uint64_t kHighest = std::numeric_limits<std::int64_t>::max();
    return c_.number(out.number, kHighest);
  }

  // 1*255(ALPHA / DIGIT / "_" / "-")
  bool objectid(std::string& out) {
    View id;
    if (!c_.run(chars::kAlnum + CharSet("_-"), id)) return false;
    out = id;
    return id.size() <= 255 || c_.fail(Code::too_long, "an objectid");
  }

  Cursor& c_;
  View charset_;
  std::size_t count_ = 0;
};

bool keys(Cursor& c, View charset, Program& out) {
  out.charset_ok = codec::knows_charset(charset);
  out.root.ask = Ask::all_of;
  Parser parser(c, charset);
  do {
    if (!parser.key(out.root.keys.emplace_back(), 0)) return false;
  } while (c.try_sp());
  return c.ok();
}

}  // namespace

bool program(Cursor& c, Program& out) {
  if (!c.sp()) return false;
  // Without CHARSET it is US-ASCII (section 6.4.4); more than that, which nobody may send, is read as UTF-8.
  std::string charset = "UTF-8";
  out.charset_named = c.try_word("CHARSET ");
  if (out.charset_named && !(astring(c, charset) && c.sp())) return false;
  return keys(c, charset, out);
}

bool charset_and_keys(Cursor& c, Program& out) {
  std::string charset;
  out.charset_named = true;
  return astring(c, charset) && c.sp() && keys(c, charset, out);
}

bool asks(const Key& root, Ask what) {
  return root.ask == what ||
         std::any_of(root.keys.begin(), root.keys.end(), [&](const Key& k) { return asks(k, what); });
}

}  // namespace posthorn::imap::search
