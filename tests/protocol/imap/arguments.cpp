#include "posthorn/protocol/imap/arguments.h"

#include <string>

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::imap;

namespace {

// What `rule` reads from the whole of `text`, or "error".
template <class T = std::string, class Rule>
std::string read(Rule rule, View text) {
  Cursor c(text);
  T out;
  return rule(c, out) && c.end() ? std::string(View(out)) : "error";
}

std::string show(const std::vector<Range>& ranges) {
  std::string out;
  for (const Range& r : ranges) out += std::to_string(r.first) + "-" + std::to_string(r.last) + " ";
  return out;
}

std::string resolved(View text, std::uint32_t highest) {
  Cursor c(text);
  SequenceSet set;
  return sequence_set(c, set) && c.end() ? show(set.resolve(highest)) : "error";
}

}  // namespace

TEST_CASE("astring takes the three spellings of RFC 9051 section 9") {
  CHECK(read(astring, "INBOX") == "INBOX");
  CHECK(read(astring, "a]b") == "a]b");
  CHECK(read(astring, "\"a b\\\"c\\\\\"") == "a b\"c\\");
  CHECK(read(astring, "\"\"") == "");
  CHECK(read(astring, "{3}\r\na\r\n") == "a\r\n");
  CHECK(read(astring, "{3+}\r\na b") == "a b");
  CHECK(read(astring, "{0}\r\n") == "");
  for (View bad : {View(""), View("a b"), View("\"a"), View("\"a\\b\""), View("(a"), View("a%"), View("{3}\r\nab"),
                   View("{3}abc"), View("{x}\r\nabc"), View("{18446744073709551616}\r\n"), View("{1}\r\n\0", 6)}) {
    CHECK_MESSAGE(read(astring, bad) == "error", bad);
  }
}

TEST_CASE("nstring tells NIL from a string that says NIL") {
  for (auto [text, is_nil] :
       {std::pair<View, bool>{"NIL", true}, {"nil", true}, {"\"NIL\"", false}, {"{3}\r\nNIL", false}}) {
    Cursor c(text);
    std::optional<std::string> out = "x";
    CHECK(nstring(c, out));
    CHECK(out.has_value() != is_nil);
  }
}

TEST_CASE("mailbox names become UTF-8") {
  CHECK(read(mailbox, "inbox") == "INBOX");
  CHECK(read(mailbox, "\"iNbOx\"") == "INBOX");
  CHECK(read(mailbox, "inbox/a") == "inbox/a");
  // RFC 3501 section 5.1.3's own example.
  CHECK(read(mailbox, "~peter/mail/&U,BTFw-/&ZeVnLIqe-") == "~peter/mail/\u53f0\u5317/\u65e5\u672c\u8a9e");
  CHECK(read(mailbox, "A&-B") == "A&B");
  CHECK(read(mailbox, "\"caf\xC3\xA9\"") == "caf\xC3\xA9");
  CHECK(read(mailbox, "A&B") == "error");
  CHECK(read(mailbox, "\"caf\xE9\"") == "error");
  CHECK(read(list_mailbox, "a/%/*") == "a/%/*");
  CHECK(read(list_mailbox, "\"\"") == "");
}

TEST_CASE("flag lists") {
  Cursor c("(\\seen $Junk \\FLAGGED work $junk)");
  Flags flags;
  REQUIRE(flag_list(c, flags));
  CHECK(flags.system == 5);
  CHECK(flags.keywords == std::vector<std::string>{"$Junk", "work"});
  Cursor bare("\\Deleted a");
  REQUIRE(store_flags(bare, flags));
  CHECK(flags.system == 8);
  CHECK(flags.keywords.size() == 1);
  Cursor empty("()");
  CHECK(flag_list(empty, flags));
  CHECK(flags == Flags{});
  for (View bad : {"(\\Bogus)", "(a", "( a)", "(a )", "(a  b)", "(\\)", "(a]b)", "(%)"}) {
    Cursor b(bad);
    CHECK_MESSAGE(!(flag_list(b, flags) && b.end()), bad);
  }
  std::string many = "(";
  for (std::size_t i = 0; i <= kMaxKeywords; ++i) many += (i == 0 ? "k" : " k") + std::to_string(i);
  many += ')';
  Cursor m(many);
  CHECK_FALSE(flag_list(m, flags));
  CHECK(m.error().code == Code::too_many);
}

TEST_CASE("sequence sets merge and know the star") {
  CHECK(resolved("2,4:7,9,12:*", 15) == "2-2 4-7 9-9 12-15 ");  // RFC 9051 section 9
  CHECK(resolved("*:4,5:7", 10) == "4-10 ");
  CHECK(resolved("7:4", 10) == "4-7 ");
  CHECK(resolved("3:*", 2) == "2-3 ");
  CHECK(resolved("1:4294967295,2", 9) == "1-4294967295 ");
  CHECK(resolved("1,2,3", 9) == "1-3 ");
  for (View bad : {"", "0", "1,", ",1", "1:", ":1", "1:2:3", "a", "4294967296", "1,0", "**"}) {
    CHECK_MESSAGE(resolved(bad, 9) == "error", bad);
  }
  std::string many = "1";
  for (std::size_t i = 0; i < kMaxRanges; ++i) many += ",1";
  Cursor c(many);
  SequenceSet set;
  CHECK_FALSE(sequence_set(c, set));
  CHECK(c.error().code == Code::too_many);
}

TEST_CASE("dates") {
  WallTime when;
  Cursor day("1-Feb-1994");
  CHECK(date(day, when));
  CHECK(when == WallTime(std::chrono::seconds(760'060'800)));
  Cursor in_quotes("\"1-Feb-1994\"");
  CHECK(date(in_quotes, when));
  Cursor full("\"17-Jul-1996 02:44:25 -0700\"");  // RFC 9051 section 7.5.2
  CHECK(date_time(full, when));
  CHECK(when == WallTime(std::chrono::seconds(837'596'665)));
  for (View bad : {"32-Jan-2000", "\"1-Feb-1994", "x"}) {
    Cursor b(bad);
    CHECK_MESSAGE(!date(b, when), bad);
  }
}
