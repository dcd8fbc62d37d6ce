#include "protocol/imap/commands/search.h"

#include <doctest/doctest.h>

#include "protocol/imap/listed_mailbox.h"

using namespace posthorn;
using imap::commands::search::spec;

namespace {
WallTime day(int y, unsigned m, unsigned d) {
  using namespace std::chrono;
  return WallTime(sys_days(year(y) / month(m) / std::chrono::day(d))) + hours(13);
}

struct Fixture {
  imap::State state;
  testing::ListedMailbox* box = nullptr;
  Fixture() {
    auto owned = std::make_unique<testing::ListedMailbox>();
    box = owned.get();
    box->add(
        "From: Fred Smith <fred@x.test>\r\nTo: ann@y.test\r\nSubject: Hello World\r\nDate: Thu, 1 Jan 2026 00:30:00 "
        "+0200\r\n\r\nplain text\r\n",
        11, 1, day(2026, 1, 1));
    box->add(
        "From: =?utf-8?q?J=C3=BCrgen?= <j@x.test>\r\nCc: bob@z.test\r\nDate: "
        "junk\r\nX-Empty:\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        "SGlkZGVuIEfDnFRFIHRleHQ=\r\n",
        12, 4 | 8, day(2026, 1, 2));
    box->add(
        "Subject: parts\r\nDate: 5 Jan 2026 10:00:00 +0000\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
        "Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: "
        "quoted-printable\r\n\r\ngr=FC=\r\n=DFe\r\n--b\r\n"
        "Content-Type: image/png\r\n\r\nplain pixels\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: "
        "Inner\r\n\r\ndeep\r\n--b--\r\n",
        20, 2, day(2026, 1, 3));
    box->messages[2].facts.flags.keywords = {"$Forwarded"};
    state.selected = std::move(owned);
  }
  /// Only the numbers.
  std::string find(const std::string& keys) {
    const std::string text = testing::dialogue(spec, " " + keys, state);
    const View tail = "\r\nA OK Done\r\n";
    if (!text.starts_with("* SEARCH") || !text.ends_with(tail)) return text;
    const std::string numbers = text.substr(8, text.size() - 8 - tail.size());
    return numbers.empty() ? "none" : numbers.substr(1);
  }
};
}  // namespace

TEST_CASE_FIXTURE(Fixture, "search: facts, without a look at the octets") {
  CHECK(find("ALL") == "1 2 3");
  CHECK(find("SEEN") == "1");
  CHECK(find("UNSEEN") == "2 3");
  CHECK(find("FLAGGED DELETED") == "2");
  CHECK(find("UNDELETED ANSWERED") == "3");
  CHECK(find("DRAFT") == "none");
  CHECK(find("UNDRAFT UNFLAGGED UNANSWERED") == "1");
  CHECK(find("KEYWORD $forwarded") == "3");
  CHECK(find("UNKEYWORD $Forwarded") == "1 2");
  CHECK(find("NEW") == "none");
  CHECK(find("OLD") == "1 2 3");
  CHECK(find("LARGER 300") == "3");
  CHECK(find("SMALLER 300") == "1 2");
  CHECK(find("SMALLER 1") == "none");
  CHECK(find("BEFORE 2-Jan-2026") == "1");
  CHECK(find("ON \"2-Jan-2026\"") == "2");
  CHECK(find("SINCE 02-Jan-2026") == "2 3");
  CHECK(find("2:9") == "2 3");
  CHECK(find("*") == "3");
  CHECK(find("1,3") == "1 3");
  CHECK(find("UID 12:*") == "2 3");
  CHECK(find("UID 13:19") == "none");
  CHECK(find("7") == "none");
  CHECK(box->reads == 0);
}

TEST_CASE_FIXTURE(Fixture, "search: combinations") {
  CHECK(find("OR SEEN FLAGGED") == "1 2");
  CHECK(find("NOT SEEN") == "2 3");
  CHECK(find("NOT (OR SEEN FLAGGED)") == "3");
  CHECK(find("(1:2 (FLAGGED))") == "2");
  CHECK(find("NOT NOT SEEN") == "1");
  CHECK(find("OR (SEEN 2) NOT OR 1 2") == "3");
}

TEST_CASE_FIXTURE(Fixture, "search: header fields") {
  CHECK(find("FROM smith") == "1");
  CHECK(find("SUBJECT \"LO wor\"") == "1");
  CHECK(find("TO ANN") == "1");
  CHECK(find("CC bob") == "2");
  CHECK(find("BCC x") == "none");
  CHECK(find("HEADER X-EMPTY \"\"") == "2");
  CHECK(find("HEADER Subject \"\"") == "1 3");
  CHECK(find("CHARSET UTF-8 FROM {7+}\r\nj\xC3\x9CRGEN") == "2");
  CHECK(find("SENTON 1-Jan-2026") == "1");
  CHECK(find("SENTBEFORE 5-Jan-2026") == "1");
  CHECK(find("SENTSINCE 1-Jan-2026") == "1 3");
  CHECK(box->largest_read <= 8'192);
}

TEST_CASE_FIXTURE(Fixture, "search: decoded bodies") {
  CHECK(find("BODY plain") == "1");
  CHECK(find("BODY hello") == "none");
  CHECK(find("TEXT hello") == "1");
  CHECK(find("CHARSET UTF-8 BODY {6}\r\ng\xC3\xBCte ") == "2");
  CHECK(find("CHARSET UTF-8 BODY {7}\r\nGR\xC3\x9C\xC3\x9F"
             "e") == "3");
  CHECK(find("BODY inner") == "3");
  CHECK(find("BODY deep BODY parts") == "none");
  CHECK(find("BODY deep TEXT parts") == "3");
  CHECK(find("OR BODY deep BODY hidden") == "2 3");
  CHECK(find("BODY \"\"") == "1 2 3");
}

TEST_CASE_FIXTURE(Fixture, "search: a text over the edge of what is read at once") {
  box->add("\r\n" + std::string(65'530, 'x') + "needle" + std::string(100'000, 'y') + "\nend", 30);
  CHECK(find("BODY xneedley") == "4");
  CHECK(find("BODY yend") == "none");
  CHECK(find("BODY end") == "4");
}

TEST_CASE_FIXTURE(Fixture, "search: cheap keys are asked first") {
  CHECK(find("BODY plain FLAGGED SUBJECT x DRAFT") == "none");
  CHECK(find("OR BODY plain ALL") == "1 2 3");
  CHECK(box->reads == 0);
}

TEST_CASE_FIXTURE(Fixture, "search: UID SEARCH gives UIDs; numbers in it are still numbers") {
  state.by_uid = true;
  CHECK(find("1:2") == "11 12");
  CHECK(find("UID 20") == "20");
}

TEST_CASE_FIXTURE(Fixture, "search: charsets") {
  CHECK(find("CHARSET us-ascii SEEN") == "1");
  CHECK(find("CHARSET KOI8-R SUBJECT hello") == "1");
  CHECK(find("CHARSET X-NONE SUBJECT x").starts_with("A NO [BADCHARSET (US-ASCII UTF-8 "));
  state.enabled.utf8 = true;
  CHECK(find("CHARSET UTF-8 SUBJECT x").starts_with("A BAD "));
}

TEST_CASE_FIXTURE(Fixture, "search: expunged elsewhere, an empty mailbox, and many messages") {
  box->gone = {1};
  CHECK(find("TEXT plain") == "none");
  CHECK(find("OR SEEN SUBJECT parts") == "1 3");
  box->gone = {};
  box->messages.clear();
  CHECK(find("ALL") == "none");
  CHECK(find("1:* UID 1:*") == "none");
  for (std::uint32_t i = 1; i <= 5000; ++i) box->add("Subject: n\r\n\r\n", i);
  std::string expected = "1";
  for (int i = 2; i <= 5000; ++i) expected += " " + std::to_string(i);
  CHECK(find("ALL") == expected);
  CHECK(find("SUBJECT n") == expected);
  const std::string narrow = testing::dialogue(spec, " ALL", state, 100);
  CHECK(narrow == "* SEARCH " + expected + "\r\nA OK Done\r\n");
}

TEST_CASE_FIXTURE(Fixture, "search: messages that cannot be opened do not hide the others") {
  const std::string before = find("OR SEEN SUBJECT parts");
  CHECK(before == "1 3");
  box->refused[3] = Code::sealed;
  CHECK(find("OR SEEN SUBJECT parts") == "1");
  CHECK(find("NOT TEXT plain") == "2 3");
  CHECK(find("UID 20") == "3");
  box->refused[3] = Code::unavailable;
  CHECK(find("SUBJECT parts").starts_with("A NO [UNAVAILABLE]"));
}

TEST_CASE_FIXTURE(Fixture, "search: RETURN, and what IMAP4rev2 answers") {
  state.tag = "A285";
  const auto said = [&](const std::string& arguments) { return testing::dialogue(spec, " " + arguments, state); };
  CHECK(said("RETURN (MIN COUNT) UNSEEN") == "* ESEARCH (TAG \"A285\") MIN 2 COUNT 2\r\nA OK Done\r\n");
  CHECK(said("RETURN () CHARSET UTF-8 ALL") == "* ESEARCH (TAG \"A285\") ALL 1:3\r\nA OK Done\r\n");
  state.enabled.rev2 = true;
  CHECK(said("UNSEEN") == "* ESEARCH (TAG \"A285\") ALL 2:3\r\nA OK Done\r\n");
  state.by_uid = true;
  CHECK(said("UNSEEN") == "* ESEARCH (TAG \"A285\") UID ALL 12,20\r\nA OK Done\r\n");
  CHECK(said("RETURN (MIN MAX) ALL") == "* ESEARCH (TAG \"A285\") UID MIN 11 MAX 20\r\nA OK Done\r\n");
  CHECK(said("DRAFT") == "* ESEARCH (TAG \"A285\") UID\r\nA OK Done\r\n");
}

TEST_CASE_FIXTURE(Fixture, "search: the saved result (RFC 9051 sections 6.4.4.1 to 6.4.4.4)") {
  state.tag = "s";
  const auto said = [&](const std::string& arguments) { return testing::dialogue(spec, " " + arguments, state); };
  CHECK(find("$") == "none");
  CHECK(said("RETURN (SAVE) UNSEEN") == "A OK Done\r\n");
  CHECK(state.saved == std::vector<imap::Range>{{12, 12}, {20, 20}});
  CHECK(find("$") == "2 3");
  CHECK(find("UID $ FLAGGED") == "2");
  CHECK(find("NOT $") == "1");
  CHECK(said("RETURN (SAVE MAX) $") == "* ESEARCH (TAG \"s\") MAX 3\r\nA OK Done\r\n");
  CHECK(find("$") == "3");
  // A search without SAVE changes nothing, and neither does one that is refused for what it is.
  find("ALL");
  CHECK(said("RETURN (SAVE) FOO").starts_with("refused"));
  CHECK(find("$") == "3");
  CHECK(said("CHARSET X-NONE ALL").starts_with("A NO "));
  CHECK(find("$") == "3");
  // One with SAVE that fails empties it.
  CHECK(said("RETURN (SAVE) CHARSET X-NONE ALL").starts_with("A NO "));
  CHECK(find("$") == "none");
  state.saved = {{11, 20}};
  box->refused[3] = Code::unavailable;
  CHECK(said("RETURN (SAVE) SUBJECT parts").starts_with("A NO "));
  CHECK(find("$") == "none");
  // It is of UIDs: what is expunged is no part of it.
  state.saved = {{11, 20}};
  box->messages.erase(box->messages.begin());
  CHECK(find("$") == "1 2");
}

TEST_CASE_FIXTURE(Fixture, "search: mod-sequences") {
  state.tag = "t";
  CHECK(find("MODSEQ 121") == "3 (MODSEQ 200)");
  CHECK(state.enabled.condstore);
  CHECK(find("MODSEQ 500") == "none");
  CHECK(find("OR NOT MODSEQ 120 2") == "1 2 (MODSEQ 120)");
  const auto said = [&](const std::string& arguments) { return testing::dialogue(spec, " " + arguments, state); };
  CHECK(said("RETURN (MIN) MODSEQ 1") == "* ESEARCH (TAG \"t\") MIN 1 MODSEQ 110\r\nA OK Done\r\n");
  CHECK(said("RETURN (MIN MAX) MODSEQ 1") == "* ESEARCH (TAG \"t\") MIN 1 MAX 3 MODSEQ 200\r\nA OK Done\r\n");
  CHECK(said("RETURN (COUNT) MODSEQ 1") == "* ESEARCH (TAG \"t\") COUNT 3 MODSEQ 200\r\nA OK Done\r\n");
}

TEST_CASE_FIXTURE(Fixture, "search: age, save dates, objectids") {
  state.wall = day(2026, 1, 3);
  CHECK(find("OLDER 86400") == "1 2");
  CHECK(find("YOUNGER 86400") == "2 3");
  CHECK(find("YOUNGER 86399") == "3");
  CHECK(find("OLDER 4294967295") == "none");
  CHECK(find("SAVEDATESUPPORTED") == "none");
  CHECK(find("SAVEDSINCE 2-Jan-2026") == "2 3");
  for (auto& m : box->messages) m.facts.save_date = day(2026, 2, 1);
  box->messages[1].facts.email_id = "M1";
  box->messages[2].facts.thread_id = "T1";
  CHECK(find("SAVEDATESUPPORTED") == "1 2 3");
  CHECK(find("SAVEDON 1-Feb-2026 SAVEDBEFORE 2-Feb-2026") == "1 2 3");
  CHECK(find("SAVEDBEFORE 1-Feb-2026") == "none");
  CHECK(find("EMAILID M1") == "2");
  CHECK(find("EMAILID m1") == "none");
  CHECK(find("THREADID T1") == "3");
}

TEST_CASE_FIXTURE(Fixture, "search: comparators") {
  const std::string name = "CHARSET UTF-8 FROM {7+}\r\nj\xC3\x9CRGEN";
  state.comparator = imap::Comparator::ascii_casemap;
  CHECK(find(name) == "none");
  CHECK(find("SUBJECT HELLO") == "1");
  CHECK(find("TEXT HELLO") == "1");
  state.comparator = imap::Comparator::octet;
  CHECK(find("SUBJECT HELLO") == "none");
  CHECK(find("TEXT HELLO") == "none");
  CHECK(find("TEXT Hello") == "1");
  CHECK(find("BODY deep") == "3");
  CHECK(find("BODY Deep") == "none");
}

TEST_CASE_FIXTURE(Fixture, "search: small messages are read once; what is in none of the octets is not parsed") {
  CHECK(find("TEXT absent") == "none");
  CHECK(box->reads == 3);
  CHECK(find("TEXT world BODY plain") == "1");
  CHECK(box->reads == 6);
}

TEST_CASE("search: what the grammar does not allow") {
  for (View bad : {"",         " ",      " FOO",      " SEEN ",    " (SEEN",         " ()",
                   " OR SEEN", " NOT",   " FROM",     " FROM ",    " ON 1-Foo-2026", " LARGER x",
                   " UID",     " UID x", " HEADER a", " KEYWORD",  " CHARSET UTF-8", " SEEN  UNSEEN",
                   " 0",       " SEEN)", " ALLX",     " LARGER -1"}) {
    CAPTURE(bad);
    Cursor c(bad);
    CHECK_FALSE(spec.check(c));
  }
}

TEST_CASE("search: nesting and counting have limits") {
  for (View unit : {"(", "NOT ", "OR ALL "}) {
    std::string deep = " ";
    for (int i = 0; i < 100'000; ++i) deep += unit;
    Cursor c(deep);
    const auto checked = spec.check(c);
    REQUIRE_FALSE(checked);
    CHECK(checked.error().code == Code::too_many);
  }
  std::string wide;
  for (int i = 0; i < 3000; ++i) wide += " ALL";
  Cursor c(wide);
  CHECK(spec.check(c).error().code == Code::too_many);
}
