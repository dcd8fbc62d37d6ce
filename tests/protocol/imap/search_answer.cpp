#include "protocol/imap/search_answer.h"

#include <numeric>

#include <doctest/doctest.h>

#include "protocol/imap/listed_mailbox.h"

using namespace posthorn;
using namespace posthorn::imap;
using namespace posthorn::imap::search;

namespace {
std::string written(Answer answer, std::size_t mark = 65'536) {
  Buffer buffer;
  std::string out;
  Responder responder(buffer, mark);
  for (bool done = false; !done;) {
    done = answer.write(responder);
    out += buffer.view();
    buffer.clear();
  }
  return out;
}

ReturnOptions options(View text) {
  Cursor c(text);
  ReturnOptions out;
  REQUIRE(return_options(c, out));
  return out;
}

std::string extended(View tag, bool uid, View text, std::vector<std::uint32_t> ids,
                     std::optional<ModSeq> modseq = std::nullopt) {
  return written(Answer::extended({own(tag), std::nullopt, {}}, uid, options(text), std::move(ids), modseq));
}
}  // namespace

TEST_CASE("examples of RFC 9051 section 6.4.4 and 7.3.4") {
  CHECK(extended("A282", false, " RETURN (MIN COUNT)", {2, 84, 882}) == "* ESEARCH (TAG \"A282\") MIN 2 COUNT 3\r\n");
  CHECK(extended("A283", false, " RETURN ()", {2, 10, 11}) == "* ESEARCH (TAG \"A283\") ALL 2,10:11\r\n");
  CHECK(extended("A285", true, " RETURN (MIN MAX)", {7, 9, 3800}) == "* ESEARCH (TAG \"A285\") UID MIN 7 MAX 3800\r\n");
  CHECK(extended("A283", false, " RETURN (ALL)", {}) == "* ESEARCH (TAG \"A283\")\r\n");
  CHECK(extended("a567", true, " RETURN (COUNT ALL)", {}) == "* ESEARCH (TAG \"a567\") UID COUNT 0\r\n");
}

TEST_CASE("mod-sequences as in RFC 7162 sections 3.1.5 and 3.1.10") {
  CHECK(written(Answer::plain("SEARCH", {2, 5, 6, 7, 11, 12, 18, 19, 20, 23}, ModSeq(917162500))) ==
        "* SEARCH 2 5 6 7 11 12 18 19 20 23 (MODSEQ 917162500)\r\n");
  CHECK(written(Answer::plain("SEARCH", {}, ModSeq(5))) == "* SEARCH\r\n");
  CHECK(extended("a", false, " RETURN (ALL)", {1, 2, 3, 5}, ModSeq(1236)) ==
        "* ESEARCH (TAG \"a\") ALL 1:3,5 MODSEQ 1236\r\n");
  CHECK(extended("a", false, " RETURN (ALL)", {5, 3, 2, 1}, ModSeq(1236)) ==
        "* ESEARCH (TAG \"a\") ALL 5,3,2,1 MODSEQ 1236\r\n");
}

TEST_CASE("PARTIAL of RFC 9394") {
  std::vector<std::uint32_t> ids(120);
  std::iota(ids.begin(), ids.end(), 1000U);
  CHECK(extended("A01", true, " RETURN (PARTIAL -1:-100)", ids) ==
        "* ESEARCH (TAG \"A01\") UID PARTIAL (-1:-100 1020:1119)\r\n");
  CHECK(extended("A02", true, " RETURN (PARTIAL 23500:24000 COUNT)", ids) ==
        "* ESEARCH (TAG \"A02\") UID COUNT 120 PARTIAL (23500:24000 NIL)\r\n");
}

TEST_CASE("correlators of RFC 7377") {
  const Correlators correlators{"tag1", "folder2/banana", UidValidity(503)};
  CHECK(written(Answer::extended(correlators, true, options(" RETURN (ALL)"), {3002, 4004}, std::nullopt)) ==
        "* ESEARCH (TAG \"tag1\" MAILBOX \"folder2/banana\" UIDVALIDITY 503) UID ALL 3002,4004\r\n");
}

TEST_CASE("a long answer comes in pieces") {
  std::vector<std::uint32_t> ids;
  std::string expected = "* SEARCH";
  for (std::uint32_t i = 1; i < 3000; i += 2) {
    ids.push_back(i);
    expected += " " + std::to_string(i);
  }
  CHECK(written(Answer::plain("SEARCH", ids, std::nullopt), 100) == expected + "\r\n");
  CHECK(written(Answer::extended({"t", std::nullopt, {}}, false, options(" RETURN ()"), ids, std::nullopt), 100) ==
        "* ESEARCH (TAG \"t\") ALL " + id_set(ids) + "\r\n");
}

TEST_CASE("what SAVE keeps: RFC 5182 section 2.4, RFC 9394 section 3.2") {
  const auto kept = [](View text) {
    std::string out;
    for (const Slice& s : saved_slices(options(text), 10)) {
      for (std::size_t i = s.first; i < s.last; ++i) out += std::to_string(i) + ' ';
    }
    return out;
  };
  const View all = "0 1 2 3 4 5 6 7 8 9 ";
  CHECK(kept(" RETURN (SAVE)") == all);
  CHECK(kept(" RETURN (SAVE ALL MIN)") == all);
  CHECK(kept(" RETURN (SAVE COUNT MIN MAX)") == all);
  CHECK(kept(" RETURN (SAVE MIN)") == "0 ");
  CHECK(kept(" RETURN (SAVE MAX)") == "9 ");
  CHECK(kept(" RETURN (SAVE MIN MAX)") == "0 9 ");
  CHECK(kept(" RETURN (SAVE PARTIAL 3:4)") == "2 3 ");
  CHECK(kept(" RETURN (SAVE PARTIAL 3:4 MAX)") == "2 3 9 ");
  CHECK(kept(" RETURN (SAVE PARTIAL 3:4 COUNT)") == all);
  CHECK(saved_slices(options(" RETURN (SAVE MIN)"), 0).empty());
}

TEST_CASE("saved results are ranges of UIDs") {
  testing::ListedMailbox box;
  for (const std::uint32_t uid : {3U, 4U, 5U, 9U, 20U}) box.add("", uid);
  CHECK(uid_ranges(box, {5, 1, 2, 3}) == std::vector<Range>{{3, 5}, {20, 20}});
  CHECK(uid_ranges(box, {2, 2}) == std::vector<Range>{{4, 4}});
  CHECK(uid_ranges(box, {}).empty());
}
