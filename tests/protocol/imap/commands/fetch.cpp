#include "protocol/imap/commands/fetch.h"

#include <doctest/doctest.h>

#include "posthorn/protocol/imap/summary.h"

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

namespace {
/// The second of three messages cannot be opened; the first and the third are as in Fixture.
struct Unopened : Fixture {
  Unopened() { box->refused[2] = Code::sealed; }
  std::string untagged(View arguments) {
    const std::string all = run(arguments);
    return all.substr(0, all.rfind("\r\nA ") == std::string::npos ? 0 : all.rfind("\r\nA ") + 2);
  }
};
constexpr View kOneSealed = "A NO [UNAVAILABLE] 1 message could not be opened: 1 sealed, 0 damaged\r\n";
}  // namespace

TEST_CASE_FIXTURE(Unopened, "fetch: facts of a sealed message are given") {
  CHECK(run(" 2 (UID FLAGS RFC822.SIZE INTERNALDATE MODSEQ)") ==
        "* 2 FETCH (UID 12 FLAGS () RFC822.SIZE 8 INTERNALDATE \"01-Jan-1970 00:00:00 +0000\" MODSEQ (120))\r\nA OK "
        "Fetched\r\n");
  CHECK(box->reads == 0);
}

TEST_CASE_FIXTURE(Unopened, "fetch: lists show a placeholder, and the command succeeds") {
  const std::string listed = run(" 1:3 (UID ENVELOPE RFC822.SIZE)");
  CHECK(listed.ends_with("A OK Fetched\r\n"));
  CHECK(listed.find("* 1 FETCH (UID 11 ENVELOPE (NIL \"s\" ") != std::string::npos);
  CHECK(
      listed.find("* 2 FETCH (UID 12 ENVELOPE (\"Thu, 01 Jan 1970 00:00:00 +0000\" \"This message is sealed: log in "
                  "with the mailbox password to read it\" ((\"Sealed message\" NIL \"sealed\" \"message.invalid\"))") !=
      std::string::npos);
  CHECK(listed.find(" RFC822.SIZE 8)\r\n") != std::string::npos);
  CHECK(listed.find("* 3 FETCH (UID 20 ENVELOPE (NIL \"third\" ") != std::string::npos);
  for (const View item : {"BODY.PEEK[HEADER]", "RFC822.HEADER", "BODY[HEADER]", "BODY.PEEK[HEADER.FIELDS (Subject)]",
                          "BODY.PEEK[HEADER.FIELDS.NOT (Date)]", "BODY.PEEK[HEADER]<0.200>"}) {
    CAPTURE(item);
    const std::string one = run(" 2 " + own(item));
    CHECK(one.find("Subject: This message is sealed") != std::string::npos);
    CHECK(one.ends_with(")\r\nA OK Fetched\r\n"));
  }
  CHECK(run(" 2 BODY").starts_with("* 2 FETCH (BODY (\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" "));
  CHECK(run(" 2 BODYSTRUCTURE").find("A OK") != std::string::npos);
  CHECK(box->stores == 0);
}

TEST_CASE_FIXTURE(Unopened, "fetch: contents of a sealed message are left out, the others are sent") {
  const std::string expected =
      "* 1 FETCH (BODY[TEXT]<0> {1}\r\nf)\r\n* 3 FETCH (BODY[TEXT]<0> {1}\r\nt)\r\n" + own(kOneSealed);
  CHECK(run(" 1:3 BODY.PEEK[TEXT]<0.1>") == expected);
  for (const View item : {"BODY[]", "BODY.PEEK[]", "BODY[TEXT]", "BODY[1]", "BODY[1.MIME]", "BODY[1.HEADER]", "RFC822",
                          "RFC822.TEXT", "BODY[]<0.10>", "BODY[TEXT]<2.1>"}) {
    CAPTURE(item);
    CHECK(run(" 2 " + own(item)) == kOneSealed);
    CHECK(run(" 2 (" + own(item) + " UID)") == "* 2 FETCH (UID 12)\r\n" + own(kOneSealed));
    CHECK(run(" 2 (FLAGS " + own(item) + " RFC822.SIZE)") ==
          "* 2 FETCH (FLAGS () RFC822.SIZE 8)\r\n" + own(kOneSealed));
  }
  state.by_uid = true;
  CHECK(run(" 12 BODY[]") == "* 2 FETCH (UID 12)\r\n" + own(kOneSealed));
}

TEST_CASE_FIXTURE(Unopened, "fetch: lists and contents together") {
  const std::string both = run(" 2 (ENVELOPE BODY.PEEK[] UID)");
  CHECK(both.find("This message is sealed") != std::string::npos);
  CHECK(both.find(" UID 12)\r\n") != std::string::npos);
  CHECK(both.find("BODY[]") == std::string::npos);
  CHECK(both.ends_with(kOneSealed));
}

TEST_CASE_FIXTURE(Unopened, "fetch: \\Seen is not set for what could not be opened") {
  for (auto& m : box->messages) m.facts.flags = {};
  CHECK(run(" 1:3 BODY[TEXT]<0.1>") ==
        "* 1 FETCH (BODY[TEXT]<0> {1}\r\nf FLAGS (\\Seen))\r\n* 3 FETCH (BODY[TEXT]<0> {1}\r\nt FLAGS (\\Seen))\r\n" +
            own(kOneSealed));
  CHECK(box->stores == 1);
  CHECK(box->messages[0].facts.flags.has(imap::SystemFlag::seen));
  CHECK_FALSE(box->messages[1].facts.flags.has(imap::SystemFlag::seen));
  CHECK(box->messages[2].facts.flags.has(imap::SystemFlag::seen));
  CHECK(run(" 2 BODY[HEADER]").find("\\Seen") == std::string::npos);
  CHECK(run(" 2 (FLAGS BODY[])") == "* 2 FETCH (FLAGS ())\r\n" + own(kOneSealed));
  CHECK_FALSE(box->messages[1].facts.flags.has(imap::SystemFlag::seen));
}

TEST_CASE_FIXTURE(Unopened, "fetch: how many, and why") {
  box->refused[1] = Code::sealed;
  box->refused[3] = Code::corrupt;
  CHECK(run(" 1:3 BODY.PEEK[]") == "A NO [UNAVAILABLE] 3 messages could not be opened: 2 sealed, 1 damaged\r\n");
  CHECK(run(" 3 ENVELOPE").find("This message is damaged") != std::string::npos);
  CHECK(run(" 3 ENVELOPE").ends_with("A OK Fetched\r\n"));
  // Expunged elsewhere is not the same as not to be opened.
  box->refused.erase(1);
  box->gone = {1};
  CHECK(run(" 1:3 BODY.PEEK[]") == "A NO [UNAVAILABLE] 2 messages could not be opened: 1 sealed, 1 damaged\r\n");
  CHECK(run(" 1:3 ENVELOPE").ends_with("A NO [EXPUNGEISSUED] Some messages are gone\r\n"));
}

TEST_CASE_FIXTURE(Unopened, "fetch: a mailbox full of sealed messages") {
  for (std::uint32_t uid = 100; uid < 3100; ++uid) {
    box->add("x", uid);
    box->refused[box->exists()] = Code::sealed;
  }
  CHECK(run(" 4:* BODY[]") == "A NO [UNAVAILABLE] 3000 messages could not be opened: 3000 sealed, 0 damaged\r\n");
  CHECK(box->stores == 0);
}

TEST_CASE_FIXTURE(Unopened, "fetch: any other failure is that of the command") {
  box->refused[2] = Code::unavailable;
  const std::string all = run(" 1:3 BODY.PEEK[TEXT]<0.1>");
  CHECK(all == "* 1 FETCH (BODY[TEXT]<0> {1}\r\nf)\r\nA NO [UNAVAILABLE] Not available now; try again later\r\n");
  CHECK(state.request == imap::Request::none);
}

TEST_CASE_FIXTURE(Unopened, "fetch: any mark of the output gives the same octets with placeholders too") {
  const View arguments = " 1:* (FLAGS ENVELOPE BODYSTRUCTURE BODY.PEEK[] BODY.PEEK[HEADER] UID)";
  const std::string whole = run(arguments);
  for (std::size_t mark = 1; mark < 200; mark += 7) CHECK(run(arguments, mark) == whole);
}

TEST_CASE_FIXTURE(Fixture, "fetch: a message that is damaged further behind") {
  box->add("Subject: large\r\n\r\n" + std::string(300'000, 'x'), 30, 1);
  box->damaged_from[4] = 200'000;
  // What does not reach the damage is given.
  CHECK(run(" 4 (BODY.PEEK[HEADER] BODY.PEEK[TEXT]<0.3>)") ==
        "* 4 FETCH (BODY[HEADER] {18}\r\nSubject: large\r\n\r\n BODY[TEXT]<0> {3}\r\nxxx)\r\nA OK Fetched\r\n");
  // The tree cannot be known, nor what begins behind the damage: nothing was announced.
  CHECK(run(" 4 BODYSTRUCTURE").ends_with("A OK Fetched\r\n"));
  const View one_damaged = "A NO [UNAVAILABLE] 1 message could not be opened: 0 sealed, 1 damaged\r\n";
  CHECK(run(" 4 BODY.PEEK[1]") == one_damaged);
  CHECK(run(" 4 BODY.PEEK[]<250000.10>") == one_damaged);
  CHECK(run(" 4 (BODY.PEEK[]<0.10> BODY.PEEK[]<250000.10>)") == one_damaged);
  CHECK(state.request == imap::Request::none);
  // The literal is announced: the connection must end where it breaks off.
  const std::string cut = run(" 4 BODY.PEEK[]");
  CHECK(cut.starts_with("* 4 FETCH (BODY[] {300018}\r\n"));
  CHECK(state.request == imap::Request::cut);
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

namespace {
/// What FETCH answers for one message, without and with its summary.
struct Summarised : Fixture {
  std::string both(View message, View arguments) {
    box->messages.clear();
    box->summaries.clear();
    box->add(own(message), 1, 1);
    const std::string without = run(arguments);
    imap::SummaryBuilder builder;
    builder.feed(message);
    box->summaries[1] = builder.finish();
    CHECK(run(arguments) == without);
    return without;
  }
};

constexpr View kTwoParts =
    "From: a@b.c\r\nSubject: two\r\nReceived: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nfirst "
    "part\r\n--b\r\nContent-Type: image/x-y\r\nContent-Transfer-Encoding: base64\r\n\r\nAAEC\r\nAwQF\r\n--b\r\n"
    "Content-Transfer-Encoding: quoted-printable\r\n\r\ngr=FC=\r\n=DF\r\n--b\r\nContent-Transfer-Encoding: "
    "x-odd\r\n\r\n"
    "odd\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\ninside\r\n--b--\r\n";
}  // namespace

TEST_CASE_FIXTURE(Summarised, "fetch: a summary answers as the message does") {
  for (const View message : {kMail, kTwoParts, View("Subject: gr\xC3\xBC\xC3\x9F\r\n\r\nx"), View(""), View("x"),
                             View("Content-Type: message/global\r\n\r\nSubject: in\r\n\r\nx")}) {
    for (const bool utf8 : {false, true}) {
      for (const bool rev2 : {false, true}) {
        state.enabled.utf8 = utf8;
        state.enabled.rev2 = rev2;
        CAPTURE(message);
        both(message, " 1 (ENVELOPE BODY BODYSTRUCTURE PREVIEW)");
        both(message,
             " 1 (BODY.PEEK[HEADER] BODY.PEEK[HEADER.FIELDS (From Subject X-Y)] BODY.PEEK[HEADER.FIELDS.NOT (to)])");
        both(message,
             " 1 (BODY.PEEK[TEXT] BODY.PEEK[1] BODY.PEEK[2] BODY.PEEK[2.MIME] BODY.PEEK[5.HEADER] BODY.PEEK[9])");
        both(message, " 1 (BODY.PEEK[HEADER.FIELDS (Received)] BODY.PEEK[1]<2.3> BINARY.PEEK[2] BINARY.SIZE[3])");
      }
    }
  }
}

TEST_CASE_FIXTURE(Summarised,
                  "fetch: with a summary nothing is read that it tells, and of parts only what is asked for") {
  const std::string large = own(kTwoParts) + std::string(1'000'000, 'x');
  both(large, " 1 ENVELOPE");
  box->octets_read = 0;
  CHECK(
      run(" 1 (ENVELOPE BODY BODYSTRUCTURE BODY.PEEK[HEADER.FIELDS (From To Subject)])").ends_with("A OK Fetched\r\n"));
  CHECK(box->octets_read == 0);
  CHECK(run(" 1 BODY.PEEK[1]") == "* 1 FETCH (BODY[1] {10}\r\nfirst part)\r\nA OK Fetched\r\n");
  CHECK(box->octets_read == 10);
  box->octets_read = 0;
  run(" 1 BODY.PEEK[HEADER]");
  CHECK(box->octets_read == large.find("\r\n\r\n") + 4);
  // Contents that cannot be read are told, whatever is known of them.
  box->refused[1] = Code::corrupt;
  CHECK(run(" 1 BODY.PEEK[1]").starts_with("A NO [UNAVAILABLE]"));
  CHECK(run(" 1 BODY.PEEK[HEADER]").find("This message is damaged") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "fetch: a summary that does not fit its message is no summary") {
  box->summaries[1] = "\x01";
  CHECK(run(" 1 BODY.PEEK[TEXT]<0.1>") == "* 1 FETCH (BODY[TEXT]<0> {1}\r\nf)\r\nA OK Fetched\r\n");
  imap::SummaryBuilder builder;
  builder.feed("Subject: longer than the message it lies beside\r\n\r\nx");
  box->summaries[2] = builder.finish();
  CHECK(run(" 2 BODY.PEEK[TEXT]") == "* 2 FETCH (BODY[TEXT] {6}\r\nsecond)\r\nA OK Fetched\r\n");
}

TEST_CASE_FIXTURE(Fixture, "fetch: BINARY, decoded, whole and in part (RFC 3516 section 4.3)") {
  box->add(own(kTwoParts), 30, 1);
  CHECK(run(" 4 BINARY.PEEK[1]") == "* 4 FETCH (BINARY[1] {10}\r\nfirst part)\r\nA OK Fetched\r\n");
  CHECK(run(" 4 BINARY[2]") ==
        own(View("* 4 FETCH (BINARY[2] ~{6}\r\n\0\1\2\3\4\5 FLAGS (\\Seen))\r\nA OK Fetched\r\n", 64)));
  CHECK(run(" 4 BINARY.PEEK[2]<1.3>") == "* 4 FETCH (BINARY[2]<1> {3}\r\n\1\2\3)\r\nA OK Fetched\r\n");
  CHECK(run(" 4 BINARY.PEEK[2]<5.99>") == "* 4 FETCH (BINARY[2]<5> {1}\r\n\5)\r\nA OK Fetched\r\n");
  CHECK(run(" 4 BINARY.PEEK[2]<6.99>") == "* 4 FETCH (BINARY[2]<6> {0}\r\n)\r\nA OK Fetched\r\n");
  CHECK(run(" 4 BINARY.PEEK[3]") == "* 4 FETCH (BINARY[3] {4}\r\ngr\xFC\xDF)\r\nA OK Fetched\r\n");
  CHECK(run(" 4 (BINARY.SIZE[1] BINARY.SIZE[2] BINARY.SIZE[3])") ==
        "* 4 FETCH (BINARY.SIZE[1] 10 BINARY.SIZE[2] 6 BINARY.SIZE[3] 4)\r\nA OK Fetched\r\n");
  CHECK(run(" 4 BINARY.PEEK[9]") == "* 4 FETCH (BINARY[9] NIL)\r\nA OK Fetched\r\n");
  CHECK(run(" 3 BINARY.PEEK[]") == "* 3 FETCH (BINARY[] {23}\r\nSubject: third\r\n\r\nthird)\r\nA OK Fetched\r\n");
  CHECK(run(" 3 (BINARY.PEEK[1] BINARY.PEEK[1] UID)") ==
        "* 3 FETCH (BINARY[1] {5}\r\nthird BINARY[1] {5}\r\nthird UID 20)\r\nA OK Fetched\r\n");
}

TEST_CASE_FIXTURE(Fixture, "fetch: BINARY of an encoding that nobody knows") {
  box->add(own(kTwoParts), 30);
  const View refusal = "A NO [UNKNOWN-CTE] A part has an encoding that is not known\r\n";
  CHECK(run(" 4 BINARY[4]") == refusal);
  CHECK(run(" 4 BINARY.SIZE[4]") == refusal);
  CHECK(box->stores == 0);
  CHECK(run(" 4 (UID BINARY.PEEK[4] BINARY.SIZE[1])") == "* 4 FETCH (UID 30 BINARY.SIZE[1] 10)\r\n" + own(refusal));
}

TEST_CASE_FIXTURE(Fixture, "fetch: a large part passes through one buffer, decoded") {
  std::string encoded;
  for (int i = 0; i < 100'000; ++i)
    encoded += "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAxMjM0\r\n";
  box->add("Content-Transfer-Encoding: base64\r\n\r\n" + encoded, 30, 1);
  std::size_t largest = 0;
  const auto text = testing::dialogue(spec, " 4 BINARY.PEEK[1]", state, 65'536, &largest);
  CHECK(text.starts_with("* 4 FETCH (BINARY[1] {5700000}\r\nABCDEFGH"));
  CHECK(text.size() == 5'700'000 + 32 + 17);
  CHECK(largest < 200'000);
  CHECK(box->largest_read <= 65'536);
}

TEST_CASE_FIXTURE(Fixture, "fetch: any mark of the output gives the same octets of decoded parts") {
  box->add(own(kTwoParts), 30, 1);
  const View arguments = " 4 (BINARY.PEEK[2] BINARY.SIZE[3] PREVIEW BINARY.PEEK[3]<1.2> BODY.PEEK[2] BINARY.PEEK[5])";
  const std::string whole = run(arguments);
  for (std::size_t mark = 1; mark < 200; mark += 7) CHECK(run(arguments, mark) == whole);
}

TEST_CASE_FIXTURE(Fixture, "fetch: PREVIEW (RFC 8970 section 3)") {
  CHECK(run(" 1 PREVIEW") == "* 1 FETCH (PREVIEW \"first line second line\")\r\nA OK Fetched\r\n");
  CHECK(run(" 1:2 (UID PREVIEW (LAZY))") ==
        "* 1 FETCH (UID 11 PREVIEW NIL)\r\n* 2 FETCH (UID 12 PREVIEW NIL)\r\nA OK Fetched\r\n");
  CHECK(run(" 1 PREVIEW (LAZY)") == "* 1 FETCH (PREVIEW NIL)\r\nA OK Fetched\r\n");
  const std::size_t reads = box->reads;
  imap::SummaryBuilder builder;
  builder.feed(kMail);
  box->summaries[1] = builder.finish();
  CHECK(run(" 1 (PREVIEW (LAZY) UID)") == "* 1 FETCH (PREVIEW \"first line second line\" UID 11)\r\nA OK Fetched\r\n");
  CHECK(box->reads == reads);
}

TEST_CASE_FIXTURE(Fixture, "fetch: object identifiers and save dates (RFC 8474 section 5, RFC 8514 section 4)") {
  box->messages[0].facts.email_id = "M6d99ac3275bb4e";
  box->messages[0].facts.thread_id = "T64b478a75b7ea9";
  box->messages[0].facts.save_date = WallTime(std::chrono::seconds(1'767'225'600));
  CHECK(run(" 1 (EMAILID THREADID SAVEDATE)") ==
        "* 1 FETCH (EMAILID (M6d99ac3275bb4e) THREADID (T64b478a75b7ea9) SAVEDATE \"01-Jan-2026 00:00:00 +0000\")\r\nA "
        "OK Fetched\r\n");
  CHECK(run(" 2 (THREADID SAVEDATE)") == "* 2 FETCH (THREADID NIL SAVEDATE NIL)\r\nA OK Fetched\r\n");
  CHECK(box->reads == 0);
}

TEST_CASE_FIXTURE(Fixture, "fetch: CHANGEDSINCE gives what changed, with its modseq (RFC 7162 section 3.1.4.1)") {
  CHECK(run(" 1:* (FLAGS) (CHANGEDSINCE 115)") ==
        "* 2 FETCH (MODSEQ (120) FLAGS ())\r\n* 3 FETCH (MODSEQ (200) FLAGS (\\Seen))\r\nA OK Fetched\r\n");
  CHECK(state.enabled.condstore);
  state.by_uid = true;
  CHECK(run(" 1:* (UID FLAGS MODSEQ) (CHANGEDSINCE 120)") ==
        "* 3 FETCH (UID 20 FLAGS (\\Seen) MODSEQ (200))\r\nA OK Fetched\r\n");
  CHECK(run(" 1:* FLAGS (CHANGEDSINCE 200)") == "A OK Fetched\r\n");
}

TEST_CASE_FIXTURE(Fixture, "fetch: whoever knows modseqs hears the new one with the flags (RFC 7162 section 3.1)") {
  CHECK(run(" 2 BODY[TEXT]") == "* 2 FETCH (BODY[TEXT] {6}\r\nsecond FLAGS (\\Seen))\r\nA OK Fetched\r\n");
  CHECK(run(" 1 MODSEQ") == "* 1 FETCH (MODSEQ (110))\r\nA OK Fetched\r\n");
  box->messages[1].facts.flags = {};
  CHECK(run(" 2 BODY[TEXT]") ==
        "* 2 FETCH (BODY[TEXT] {6}\r\nsecond FLAGS (\\Seen) MODSEQ (1002))\r\nA OK Fetched\r\n");
  box->messages[1].facts.flags = {};
  CHECK(run(" 2 (FLAGS BODY[TEXT])") ==
        "* 2 FETCH (FLAGS (\\Seen) BODY[TEXT] {6}\r\nsecond MODSEQ (1003))\r\nA OK Fetched\r\n");
}

TEST_CASE_FIXTURE(Fixture, "fetch: VANISHED tells what is gone of the set (RFC 7162 section 3.2.6)") {
  box->uid_next = imap::Uid(31);
  box->vanished = {{1, 10}, {15, 15}, {25, 30}};
  state.by_uid = true;
  CHECK(run(" 5:* FLAGS (CHANGEDSINCE 150 VANISHED)") == "refused: syntax");
  state.enabled.qresync = true;
  CHECK(run(" 5:* FLAGS (CHANGEDSINCE 150 VANISHED)") ==
        "* VANISHED (EARLIER) 5:10,15,25:30\r\n* 3 FETCH (UID 20 MODSEQ (200) FLAGS (\\Seen))\r\nA OK Fetched\r\n");
  CHECK(run(" 16:24 UID (CHANGEDSINCE 150 VANISHED)") == "* 3 FETCH (MODSEQ (200) UID 20)\r\nA OK Fetched\r\n");
  CHECK(run(" 5:* FLAGS (VANISHED)") == "refused: syntax");
  state.by_uid = false;
  CHECK(run(" 1:* FLAGS (CHANGEDSINCE 150 VANISHED)") == "refused: syntax");
}

TEST_CASE_FIXTURE(Fixture, "fetch: PARTIAL takes some places of a set (RFC 9394 section 3.3)") {
  for (std::uint32_t uid = 30; uid < 40; ++uid) box->add("x", uid, 1);
  state.by_uid = true;
  const auto uids = [&](View modifiers) {
    std::string out;
    const std::string all = run(" 1:15,20:* UID (" + own(modifiers) + ")");
    for (std::size_t at = all.find("UID "); at != std::string::npos; at = all.find("UID ", at + 1)) {
      out += all.substr(at + 4, all.find_first_of(" )", at + 4) - at - 4) + " ";
    }
    return out;
  };
  CHECK(uids("PARTIAL 1:2") == "11 12 ");
  CHECK(uids("PARTIAL 2:4") == "12 20 30 ");
  CHECK(uids("PARTIAL 4:2") == "12 20 30 ");
  CHECK(uids("PARTIAL -1:-3") == "37 38 39 ");
  CHECK(uids("PARTIAL -12:-99") == "11 12 ");
  CHECK(uids("PARTIAL 14:20") == "");
  CHECK(uids("PARTIAL -14:-20") == "");
  CHECK(uids("PARTIAL 1:4294967295") == "11 12 20 30 31 32 33 34 35 36 37 38 39 ");
  CHECK(uids("PARTIAL 1:2 CHANGEDSINCE 120") == "20 30 ");
  CHECK(uids("CHANGEDSINCE 350 PARTIAL -1:-3") == "37 38 39 ");
  state.by_uid = false;
  CHECK(run(" 1:* UID (PARTIAL 1:2)") == "refused: syntax");
}

TEST_CASE_FIXTURE(Fixture, "fetch: a session without message numbers (RFC 9586 section 3.3)") {
  state.by_uid = true;
  state.enabled.uidonly = true;
  CHECK(run(" 12 FLAGS") == "* 12 UIDFETCH (FLAGS ())\r\nA OK Fetched\r\n");
  CHECK(run(" 20 (UID RFC822.SIZE)") == "* 20 UIDFETCH (UID 20 RFC822.SIZE 23)\r\nA OK Fetched\r\n");
  CHECK(run(" 12 BODY[TEXT]") == "* 12 UIDFETCH (BODY[TEXT] {6}\r\nsecond FLAGS (\\Seen))\r\nA OK Fetched\r\n");
}

TEST_CASE_FIXTURE(Fixture, "fetch: what IMAP4rev2 has no more (RFC 9051 appendix E)") {
  for (const View item : {"RFC822", "RFC822.HEADER", "RFC822.TEXT"}) {
    state.enabled.rev2 = false;
    CHECK(run(" 3 " + own(item)).ends_with("A OK Fetched\r\n"));
    state.enabled.rev2 = true;
    CHECK(run(" 3 " + own(item)) == "refused: syntax");
  }
  CHECK(run(" 3 RFC822.SIZE") == "* 3 FETCH (RFC822.SIZE 23)\r\nA OK Fetched\r\n");
}

TEST_CASE("fetch: modifiers and new items that the grammar does not allow") {
  for (View bad : {" 1 FLAGS ()",
                   " 1 FLAGS (CHANGEDSINCE)",
                   " 1 FLAGS (CHANGEDSINCE x)",
                   " 1 FLAGS (CHANGEDSINCE 1",
                   " 1 FLAGS (CHANGEDSINCE 9223372036854775808)",
                   " 1 FLAGS (FOO)",
                   " 1 FLAGS (CHANGEDSINCE 1 CHANGEDSINCE 2)",
                   " 1 FLAGS (PARTIAL 1)",
                   " 1 FLAGS (PARTIAL 0:1)",
                   " 1 FLAGS (PARTIAL 1:0)",
                   " 1 FLAGS (PARTIAL -1:2)",
                   " 1 FLAGS (PARTIAL 1:-2)",
                   " 1 FLAGS (PARTIAL 1:*)",
                   " 1 FLAGS CHANGEDSINCE 1",
                   " 1 BINARY",
                   " 1 BINARY[TEXT]",
                   " 1 BINARY[1.]",
                   " 1 BINARY[0]",
                   " 1 BINARY[1.MIME]",
                   " 1 BINARY.SIZE[1]<0.1>",
                   " 1 BINARY.SIZE",
                   " 1 PREVIEW (EAGER)",
                   " 1 (PREVIEW (LAZY)",
                   " 1 PREVIEW (LAZY) (LAZY)"}) {
    CAPTURE(bad);
    Cursor c(bad);
    CHECK_FALSE(spec.check(c));
  }
  for (View good : {" 1 PREVIEW (LAZY) (CHANGEDSINCE 1)", " 1 PREVIEW (CHANGEDSINCE 1)", " 1 ALL (CHANGEDSINCE 1)",
                    " 1 (PREVIEW (LAZY) BINARY[1.2]<3.4>) (CHANGEDSINCE 1 VANISHED)", " 1 binary.peek[]"}) {
    CAPTURE(good);
    Cursor c(good);
    CHECK(spec.check(c));
  }
}
