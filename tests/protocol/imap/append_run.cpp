#include "protocol/imap/append_run.h"

#include <doctest/doctest.h>

#include "posthorn/testing/splits.h"

#include "protocol/imap/stage.h"

using namespace posthorn;
using namespace posthorn::imap;
using testing::ImapStage;

namespace {
std::string octets_of(const ImapStage& stage, const std::string& mailbox, std::size_t index) {
  const auto box = stage.account.find(mailbox);
  return box == nullptr || index >= box->messages.size() ? "<none>" : box->messages[index].octets;
}

constexpr View kForm =
    "From: a@example.org\r\nSubject: form\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\npreamble\r\n--b\r\n"
    "Content-Type: text/plain\r\n\r\nfirst part\r\n--b\r\nContent-Type: image/png\r\n\r\npixels\r\n--b--\r\n";
}  // namespace

TEST_CASE("RFC 3502 section 6.3.11: two messages in one command, and APPENDUID with a set") {
  ImapStage stage;
  stage.log_in();
  stage.account.make("saved-messages");
  const std::string first(310, 'a');
  const std::string second(286, 'b');
  CHECK(stage.say("A003 APPEND saved-messages (\\Seen) {310}\r\n").starts_with("+ "));
  CHECK(stage.say(first).empty());
  CHECK(stage.say(" (\\Seen) \" 7-Feb-1994 22:43:04 -0800\" {286}\r\n").starts_with("+ "));
  CHECK(stage.account.find("saved-messages")->messages.empty());
  CHECK(stage.say(second + "\r\n") == "A003 OK [APPENDUID 1002 1:2] Stored\r\n");
  CHECK(octets_of(stage, "saved-messages", 0) == first);
  CHECK(octets_of(stage, "saved-messages", 1) == second);
  CHECK(stage.account.find("saved-messages")->messages[1].facts.internal_date ==
        WallTime(std::chrono::seconds(760'689'784)));
}

TEST_CASE("messages come in together or not at all") {
  for (const View end : {View("x\r\n"), View(" (\\Bad) {3+}\r\nabc\r\n"), View(" {99999999}\r\n"), View(" {0}\r\n"),
                         View(" CATENATE (URL /none/;UID=1)\r\n"), View(" CATENATE (TEXT {3+}\r\nabc\r\n")}) {
    ImapStage stage;
    stage.log_in();
    const std::string heard = stage.say("a APPEND INBOX {5+}\r\nab\r\nc" + own(end) + "b NOOP\r\n");
    CHECK_MESSAGE((heard.starts_with("a NO ") || heard.starts_with("a BAD ")), heard);
    CHECK_MESSAGE(heard.ends_with("\r\nb OK Done\r\n"), heard);
    CHECK(stage.account.find("INBOX")->messages.size() == 3);
  }
}

TEST_CASE("a message of no octets stops the command (RFC 3502)") {
  ImapStage stage;
  stage.log_in();
  CHECK(stage.say("a APPEND INBOX {0}\r\n").starts_with("a NO A message of no octets"));
  CHECK(stage.say("b APPEND INBOX {0+}\r\n\r\n").starts_with("b NO A message of no octets"));
  CHECK(stage.say("c NOOP\r\n") == "c OK Done\r\n");
}

TEST_CASE("what cannot be is refused before the client sends it") {
  Limits limits;
  limits.message = 100;
  ImapStage stage(limits);
  stage.account.quota = 150;
  stage.log_in();
  CHECK(stage.say("a APPEND none {5}\r\n") == "a NO [TRYCREATE] No such mailbox\r\n");
  CHECK(stage.say("b APPEND INBOX {101}\r\n") == "b NO [TOOBIG] The message is too big\r\n");
  CHECK(stage.say("c APPEND INBOX {99}\r\n") == "c NO [OVERQUOTA] No room left in the mailbox\r\n");
  CHECK(stage.say("d APPEND INBOX {50}\r\n").starts_with("+ "));
  CHECK(stage.say(std::string(50, 'x') + " {60}\r\n") == "d NO [OVERQUOTA] No room left in the mailbox\r\n");
  CHECK(stage.say("e APPEND INBOX CATENATE (TEXT {60+}\r\n" + std::string(60, 'x') + " TEXT {41}\r\n") ==
        "e NO [TOOBIG] The message is too big\r\n");
  CHECK(stage.say("f APPEND INBOX {101+}\r\n" + std::string(99, 'x') + "\r\n {5+}\r\nz NO\x01\r\ng NOOP\r\n") ==
        "f NO [TOOBIG] The message is too big\r\ng OK Done\r\n");
  CHECK(stage.account.find("INBOX")->messages.size() == 3);
}

TEST_CASE("CAPABILITY tells the limit of a message (RFC 7889)") {
  Limits limits;
  limits.message = 12345;
  ImapStage stage(limits);
  stage.log_in();
  CHECK(stage.say("a CAPABILITY\r\n").find(" APPENDLIMIT=12345 ") != std::string::npos);
}

TEST_CASE("RFC 4469 section 3: a message of new text and stored parts, in their order") {
  ImapStage stage;
  stage.log_in();
  stage.account.make("Drafts");
  stage.account.add("Drafts", kForm);
  stage.account.add("Drafts", "whole\r\n");
  CHECK(stage
            .say("A003 APPEND Drafts (\\Seen \\Draft $MDNSent) CATENATE (URL "
                 "\"/Drafts;UIDVALIDITY=1002/;UID=1/;section=HEADER\" TEXT {7}\r\n")
            .starts_with("+ "));
  CHECK(stage
            .say("\r\n--x\r\n URL \"/Drafts;UIDVALIDITY=1002/;UID=1/;section=1.MIME\" URL "
                 "\"/Drafts;UIDVALIDITY=1002/;UID=1/;section=1\" TEXT {7}\r\n")
            .starts_with("+ "));
  CHECK(stage.say("\r\n--x\r\n URL \"/Drafts;UIDVALIDITY=1002/;UID=2\" TEXT {9}\r\n").starts_with("+ "));
  CHECK(stage.say("\r\n--x--\r\n)\r\n") == "A003 OK [APPENDUID 1002 3] Stored\r\n");
  CHECK(octets_of(stage, "Drafts", 2) ==
        "From: a@example.org\r\nSubject: form\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\r\n--x\r\n"
        "Content-Type: text/plain\r\n\r\nfirst part\r\n--x\r\nwhole\r\n\r\n--x--\r\n");
  CHECK(stage.account.find("Drafts")->messages[2].facts.flags.keywords == std::vector<std::string>{"$MDNSent"});
}

TEST_CASE("URLs as literals, parts of parts, field lists, the selected mailbox") {
  ImapStage stage;
  stage.select();
  stage.account.make("A B");
  stage.account.add("A B", kForm);
  CHECK(stage
            .say("a APPEND INBOX CATENATE (URL {24+}\r\n/A%20B/;UID=1/;SECTION=2 URL /INBOX/;UID=2/;PARTIAL=9.3 URL "
                 "{15}\r\n")
            .starts_with("+ "));
  CHECK(stage.say("/INBOX/;UID=3/;").empty());
  CHECK(stage.say(")\r\n").starts_with("a NO [BADURL \"/INBOX/;UID=3/;\"] "));
  CHECK(stage.say("b APPEND INBOX CATENATE (TEXT {1+}\r\nx URL {24+}\r\n/A%20B/;UID=1/;SECTION=2 URL "
                  "/INBOX/;UID=2/;PARTIAL=9.3 URL \"/A%20B/;UID=1/;SECTION=HEADER.FIELDS%20(Subject)/;PARTIAL=1.11\")"
                  " {3+}\r\nabc\r\n") == "* 5 EXISTS\r\nb OK [APPENDUID 1001 4:5] Stored\r\n");
  CHECK(octets_of(stage, "INBOX", 3) == "xpixelstwoubject: for");
  CHECK(octets_of(stage, "INBOX", 4) == "abc");
}

TEST_CASE("BADURL names what is not there") {
  ImapStage stage;
  stage.select();
  for (const auto& [url, code] : std::initializer_list<std::pair<View, View>>{
           {"/INBOX/;UID=9", "/INBOX/;UID=9"},
           {"/INBOX;UIDVALIDITY=7/;UID=1", "/INBOX;UIDVALIDITY=7/;UID=1"},
           {"/none/;UID=1", "/none/;UID=1"},
           {"/INBOX/;UID=1/;SECTION=2", "/INBOX/;UID=1/;SECTION=2"},
           {"imap://other.example/INBOX/;UID=1", "imap://other.example/INBOX/;UID=1"},
           {"a b\\\"\\\\]\xC3\xA4", "a%20b%22%5C%5D%C3%A4"}}) {
    CHECK(stage.say("a APPEND INBOX CATENATE (URL \"" + own(url) + "\" TEXT {3}\r\n") ==
          "a NO [BADURL \"" + own(code) + "\"] There is nothing under this URL\r\n");
  }
  stage.account.unopened = {{1, Code::sealed}};
  CHECK(stage.say("b APPEND INBOX CATENATE (URL /INBOX/;UID=1)\r\n").starts_with("b NO [UNAVAILABLE] "));
  CHECK(stage.account.find("INBOX")->messages.size() == 3);
}

TEST_CASE("big parts go through one buffer") {
  ImapStage stage;
  stage.log_in();
  const std::string big(3'000'000, 'x');
  stage.account.add("INBOX", big);
  CHECK(stage.say("a APPEND INBOX CATENATE (URL /INBOX/;UID=4 TEXT {1+}\r\ny URL /INBOX/;UID=4/;PARTIAL=2999999)\r\n")
            .starts_with("a OK "));
  CHECK(octets_of(stage, "INBOX", 4) == big + "yx");
}

TEST_CASE("UTF8 data needs ENABLE (RFC 9755 section 4), and literal8 may hold no NUL") {
  ImapStage stage;
  stage.log_in();
  CHECK(stage.say("a APPEND INBOX UTF8 (~{5}\r\n") == "a BAD Send ENABLE UTF8=ACCEPT first\r\n");
  CHECK(stage.say("b APPEND INBOX UTF8 (~{5+}\r\nab\r\n1)\r\n") == "b BAD Send ENABLE UTF8=ACCEPT first\r\n");
  CHECK(stage.say("c APPEND INBOX ~{3+}\r\n\xC3\xA4!\r\n").starts_with("c OK "));
  CHECK(octets_of(stage, "INBOX", 3) == "\xC3\xA4!");
  const std::string nul("a\0b", 3);
  CHECK(stage.say("d APPEND INBOX ~{3+}\r\n" + nul + "\r\ne APPEND INBOX {3+}\r\n" + nul + "\r\nf NOOP\r\n") ==
        "d NO [UNKNOWN-CTE] A message with NUL is not stored\r\ne NO [UNKNOWN-CTE] A message with NUL is not stored\r\n"
        "f OK Done\r\n");
  CHECK(stage.account.find("INBOX")->messages.size() == 4);
}

TEST_CASE("REPLACE: the new message, then the old one gone (RFC 8508 section 3.3)") {
  ImapStage stage;
  stage.select();
  CHECK(stage.say("A003 REPLACE 2 INBOX (\\Seen \\Draft) {8}\r\n").starts_with("+ "));
  CHECK(stage.say("new\r\n\r\nx\r\n") ==
        "* OK [APPENDUID 1001 4] Replacement stored\r\n* 4 EXISTS\r\n* 2 EXPUNGE\r\nA003 OK Replaced\r\n");
  CHECK(stage.say("b UID FETCH 1:* (FLAGS)\r\n") ==
        "* 1 FETCH (UID 1 FLAGS (\\Seen))\r\n* 2 FETCH (UID 3 FLAGS ())\r\n* 3 FETCH (UID 4 FLAGS (\\Seen "
        "\\Draft))\r\nb OK Fetched\r\n");
  stage.account.make("Drafts");
  CHECK(stage.say("c UID REPLACE 3 Drafts {3+}\r\nabc\r\n") ==
        "* OK [APPENDUID 1002 1] Replacement stored\r\n* 2 EXPUNGE\r\nc OK Replaced\r\n");
  CHECK(octets_of(stage, "Drafts", 0) == "abc");
  CHECK(stage.say("d UID REPLACE 3 Drafts {3}\r\n") == "d NO [NONEXISTENT] Does not exist\r\n");
  CHECK(stage.say("e REPLACE 9 Drafts {3}\r\n").starts_with("e BAD "));
  CHECK(stage.say("f REPLACE 1 none {3}\r\n") == "f NO [TRYCREATE] No such mailbox\r\n");
  CHECK(stage.say("g REPLACE 1 Drafts {3+}\r\nabc {3}\r\n").starts_with("g NO [LIMIT] "));
  CHECK(stage.say("h REPLACE * INBOX CATENATE (URL /INBOX/;UID=4 TEXT {1+}\r\n!)\r\n") ==
        "* OK [APPENDUID 1001 5] Replacement stored\r\n* 3 EXISTS\r\n* 2 EXPUNGE\r\nh OK Replaced\r\n");
  CHECK(octets_of(stage, "INBOX", 1) == "new\r\n\r\nx!");
  stage.say("i EXAMINE INBOX\r\n");
  CHECK(stage.say("j REPLACE 1 Drafts {3}\r\n").starts_with("j NO [READ-ONLY] "));
  CHECK(stage.account.find("INBOX")->messages.size() == 2);
}

TEST_CASE("every split of a dialogue gives the same answers") {
  const View dialogue =
      "a LOGIN ann {11+}\r\nsecret word\r\nb SELECT INBOX\r\nc APPEND INBOX (\\Seen) {4+}\r\na:\r\n {2+}\r\nbc "
      "~{1+}\r\nd\r\n"
      "d APPEND INBOX CATENATE (URL {13+}\r\n/INBOX/;UID=1 TEXT {3+}\r\n\r\n. URL {13+}\r\n/INBOX/;UID=2)\r\n"
      "e APPEND INBOX {1+}\r\na (\\Bad) {3+}\r\nx \r {2+}\r\nz \r\nf REPLACE 2 INBOX {2+}\r\nxy\r\n"
      "g APPEND INBOX CATENATE (URL /none/;UID=1 TEXT {3+}\r\n)\r\n URL {2+}\r\nxx)\r\nh FETCH 5:* BODY[]\r\ni "
      "LOGOUT\r\n";
  const std::string difference = testing::for_every_split(dialogue, [](auto feed) {
    ImapStage stage;
    std::string heard = stage.run();
    feed([&](View piece) { heard += stage.say(piece); });
    return heard;
  });
  CHECK(difference == "");
}
