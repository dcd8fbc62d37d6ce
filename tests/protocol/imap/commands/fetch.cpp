#include "protocol/imap/commands/fetch.h"

#include <doctest/doctest.h>

#include "protocol/imap/listed_mailbox.h"

using namespace posthorn;
using imap::commands::fetch::parse;
using imap::commands::fetch::spec;

namespace {
constexpr View kMail =
    "From: a@b.c\r\nSubject: s\r\nX-Long: folded\r\n line\r\n\r\nfirst line\r\nsecond line\r\n";  // 50 and 25 octets

struct Fixture {
  imap::State state;
  testing::ListedMailbox* box = nullptr;
  Fixture() {
    auto owned = std::make_unique<testing::ListedMailbox>();
    box = owned.get();
    box->add(std::string(kMail), 11, 1, WallTime(std::chrono::seconds(1'767'225'600)));
    box->add("\r\nsecond", 12);
    box->add("Subject: third\r\n\r\nthird", 20, 1);
    state.selected = std::move(owned);
  }
  std::string run(View arguments, std::size_t mark = 65'536) { return testing::dialogue(spec, arguments, state, mark); }
};
}  // namespace

TEST_CASE_FIXTURE(Fixture, "fetch: facts are given without a look at the octets") {
  CHECK(run(" 1:* (UID FLAGS RFC822.SIZE)") ==
        "* 1 FETCH (UID 11 FLAGS (\\Seen) RFC822.SIZE 75)\r\n* 2 FETCH (UID 12 FLAGS () RFC822.SIZE 8)\r\n"
        "* 3 FETCH (UID 20 FLAGS (\\Seen) RFC822.SIZE 23)\r\nA OK Fetched\r\n");
  CHECK(run(" 1 FAST") ==
        "* 1 FETCH (FLAGS (\\Seen) INTERNALDATE \"01-Jan-2026 00:00:00 +0000\" RFC822.SIZE 75)\r\nA OK Fetched\r\n");
  CHECK(run(" 3 MODSEQ") == "* 3 FETCH (MODSEQ (200))\r\nA OK Fetched\r\n");
  CHECK(box->reads == 0);
}

TEST_CASE_FIXTURE(Fixture, "fetch: ENVELOPE, BODY and the macros") {
  CHECK(run(" 1 ALL") ==
        "* 1 FETCH (FLAGS (\\Seen) INTERNALDATE \"01-Jan-2026 00:00:00 +0000\" RFC822.SIZE 75 ENVELOPE (NIL \"s\" "
        "((NIL NIL \"a\" \"b.c\")) ((NIL NIL \"a\" \"b.c\")) ((NIL NIL \"a\" \"b.c\")) NIL NIL NIL NIL NIL))\r\nA OK "
        "Fetched\r\n");
  CHECK(run(" 1 BODY") ==
        "* 1 FETCH (BODY (\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 25 2))\r\nA OK Fetched\r\n");
  CHECK(run(" 1 FULL").find(" BODY (") != std::string::npos);
  CHECK(run(" 1 BODYSTRUCTURE").find("25 2 NIL NIL NIL NIL") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "fetch: octets, whole and in part") {
  CHECK(run(" 3 BODY.PEEK[]") == "* 3 FETCH (BODY[] {23}\r\nSubject: third\r\n\r\nthird)\r\nA OK Fetched\r\n");
  CHECK(run(" 3 RFC822") ==
        "* 3 FETCH (RFC822 {23}\r\nSubject: third\r\n\r\nthird FLAGS (\\Seen))\r\nA OK Fetched\r\n");
  CHECK(run(" 3 RFC822.HEADER") == "* 3 FETCH (RFC822.HEADER {18}\r\nSubject: third\r\n\r\n)\r\nA OK Fetched\r\n");
  CHECK(run(" 3 (RFC822.TEXT FLAGS)") == "* 3 FETCH (RFC822.TEXT {5}\r\nthird FLAGS (\\Seen))\r\nA OK Fetched\r\n");
  CHECK(run(" 3 BODY.PEEK[TEXT]<1.2>") == "* 3 FETCH (BODY[TEXT]<1> {2}\r\nhi)\r\nA OK Fetched\r\n");
  CHECK(run(" 3 BODY.PEEK[TEXT]<3.2000>") == "* 3 FETCH (BODY[TEXT]<3> {2}\r\nrd)\r\nA OK Fetched\r\n");
  CHECK(run(" 3 BODY.PEEK[TEXT]<9.1>") == "* 3 FETCH (BODY[TEXT]<9> {0}\r\n)\r\nA OK Fetched\r\n");
  CHECK(run(" 3 BODY.PEEK[1]") == "* 3 FETCH (BODY[1] {5}\r\nthird)\r\nA OK Fetched\r\n");
  CHECK(run(" 3 BODY.PEEK[2]") == "* 3 FETCH (BODY[2] NIL)\r\nA OK Fetched\r\n");
  CHECK(run(" 2 BODY.PEEK[HEADER]") == "* 2 FETCH (BODY[HEADER] {2}\r\n\r\n)\r\nA OK Fetched\r\n");
  CHECK(run(" 1 BODY.PEEK[HEADER.FIELDS (x-long)]") ==
        "* 1 FETCH (BODY[HEADER.FIELDS (x-long)] {25}\r\nX-Long: folded\r\n line\r\n\r\n)\r\nA OK Fetched\r\n");
  CHECK(run(" 1 BODY.PEEK[HEADER.FIELDS.NOT (X-Long)]<0.4>") ==
        "* 1 FETCH (BODY[HEADER.FIELDS.NOT (X-Long)]<0> {4}\r\nFrom)\r\nA OK Fetched\r\n");
}

TEST_CASE_FIXTURE(Fixture, "fetch: reading sets \\Seen, once for many, and tells") {
  CHECK(run(" 2 BODY[TEXT]") == "* 2 FETCH (BODY[TEXT] {6}\r\nsecond FLAGS (\\Seen))\r\nA OK Fetched\r\n");
  CHECK(box->stores == 1);
  CHECK(run(" 2 BODY[TEXT]").find("FLAGS (\\Seen)") != std::string::npos);
  CHECK(box->stores == 1);
  box->messages[1].facts.flags = {};
  CHECK(run(" 2 BODY.PEEK[TEXT]") == "* 2 FETCH (BODY[TEXT] {6}\r\nsecond)\r\nA OK Fetched\r\n");
  box->writable = false;
  CHECK(run(" 2 BODY[TEXT]") == "* 2 FETCH (BODY[TEXT] {6}\r\nsecond)\r\nA OK Fetched\r\n");
  CHECK(box->stores == 1);
  box->writable = true;
  for (auto& m : box->messages) m.facts.flags = {};
  CHECK(run(" 1:3 BODY[]").find("A OK") != std::string::npos);
  CHECK(box->stores == 2);
}

TEST_CASE_FIXTURE(Fixture, "fetch: UID FETCH") {
  state.by_uid = true;
  CHECK(run(" 11,20:* FLAGS") ==
        "* 1 FETCH (UID 11 FLAGS (\\Seen))\r\n* 3 FETCH (UID 20 FLAGS (\\Seen))\r\nA OK Fetched\r\n");
  CHECK(run(" 15 (UID FLAGS)") == "A OK Fetched\r\n");
}

TEST_CASE_FIXTURE(Fixture, "fetch: sequence numbers must exist") { CHECK(run(" 4 FLAGS").starts_with("A BAD")); }

TEST_CASE_FIXTURE(Fixture, "fetch: a message that was expunged elsewhere is left out and told") {
  box->gone = {2};
  CHECK(run(" 1:3 BODY.PEEK[TEXT]<0.1>") ==
        "* 1 FETCH (BODY[TEXT]<0> {1}\r\nf)\r\n* 3 FETCH (BODY[TEXT]<0> {1}\r\nt)\r\nA NO [EXPUNGEISSUED] Some "
        "messages are gone\r\n");
  CHECK(run(" 2 FLAGS").starts_with("* 2 FETCH (FLAGS ()"));
}

TEST_CASE_FIXTURE(Fixture, "fetch: any mark of the output gives the same octets") {
  const View arguments = " 1:* (FLAGS ENVELOPE BODYSTRUCTURE BODY.PEEK[] BODY.PEEK[TEXT]<2.7> UID)";
  const std::string whole = run(arguments);
  for (std::size_t mark = 1; mark < 200; mark += 7) CHECK(run(arguments, mark) == whole);
}

TEST_CASE_FIXTURE(Fixture, "fetch: a large message passes through one buffer") {
  box->add("Subject: large\r\n\r\n" + std::string(20'000'000, 'x'), 30, 1);
  std::size_t largest = 0;
  const auto text = testing::dialogue(spec, " 4 BODY.PEEK[]", state, 65'536, &largest);
  CHECK(text.size() > 20'000'018);
  CHECK(largest < 200'000);
  CHECK(box->largest_read <= 65'536);
  box->octets_read = 0;
  CHECK(run(" 4 (ENVELOPE BODY.PEEK[HEADER])").find("large") != std::string::npos);
  CHECK(box->octets_read <= 8'192);
}

TEST_CASE("fetch: what the grammar does not allow") {
  for (View bad :
       {"", " 1", " 1 ", " 1 FOO", " 1 ()", " 1 (FLAGS", " 1 (FLAGS  UID)", " 1 (FAST)", " 1 BODY[", " 1 BODY.PEEK",
        " 1 BODY[]<0>", " 1 BODY[]<0.0>", " 1 BODY[]<.1>", " 0 FLAGS", " 1 FLAGS UID", " 1 BODYX", " 1 RFC822[]"}) {
    CAPTURE(bad);
    Cursor c(bad);
    CHECK_FALSE(spec.check(c));
  }
}
