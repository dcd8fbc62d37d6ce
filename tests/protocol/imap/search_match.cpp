#include "protocol/imap/search_match.h"

#include <string>

#include <doctest/doctest.h>

#include "posthorn/testing/fake_mailboxes.h"

#include "protocol/imap/listed_mailbox.h"

using namespace posthorn;
using namespace posthorn::imap;

namespace {

constexpr View kPlain =
    "From: Smith <smith@example.org>\r\nTo: alice@example.org\r\nSubject: =?utf-8?q?=C3=84pfel?= und\r\n Birnen\r\n"
    "Date: Thu, 01 Jan 2026 23:30:00 -0500\r\nX-Empty:\r\n\r\nHello World\r\n";
constexpr View kMixed =
    "From: bob@example.org\r\nSubject: parts\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; "
    "boundary=b\r\n\r\npreamble\r\n"
    "--b\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: "
    "quoted-printable\r\n\r\ngr=FC=DFe so=\r\nft line\r\n"
    "--b\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\nPGI+U0VDUkVUPC9iPg==\r\n"
    "--b\r\nContent-Type: application/octet-stream\r\n\r\nbinaryneedle\r\n"
    "--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner subject\r\n\r\ninner body\r\n--b--\r\n";

/// The numbers that a SEARCH finds in a mailbox with kPlain (seen, $Work) and kMixed (flagged, internal date a day
/// later).
std::string found(View keys) {
  testing::FakeAccount account;
  const WallTime day{std::chrono::seconds(1'767'225'600)};  // 2026-01-01
  Flags seen{.system = static_cast<std::uint8_t>(SystemFlag::seen), .keywords = {"$Work"}};
  account.add("INBOX", kPlain, seen, day);
  account.add("INBOX", kMixed, {.system = static_cast<std::uint8_t>(SystemFlag::flagged), .keywords = {}},
              day + std::chrono::hours(36));
  const auto mailboxes = account.session();
  const auto selected = mailboxes->select("INBOX", true);
  Cursor c(keys);
  search::Program program;
  REQUIRE_MESSAGE(search::program(c, program), keys);
  search::Matcher matcher(program.root, **selected);
  std::string out;
  for (std::uint32_t n = 1; n <= (*selected)->exists(); ++n) {
    const auto match = matcher.matches(SeqNum(n));
    REQUIRE(match);
    if (*match) out += std::to_string(n);
  }
  return out;
}

}  // namespace

TEST_CASE("facts") {
  CHECK(found(" ALL") == "12");
  CHECK(found(" SEEN") == "1");
  CHECK(found(" UNSEEN") == "2");
  CHECK(found(" FLAGGED UNSEEN") == "2");
  CHECK(found(" KEYWORD $work") == "1");
  CHECK(found(" UNKEYWORD $Work") == "2");
  CHECK(found(" RECENT") == "");
  CHECK(found(" OLD") == "12");
  CHECK(found(" 2") == "2");
  CHECK(found(" *") == "2");
  CHECK(found(" UID 1:*") == "12");
  CHECK(found(" NOT 1") == "2");
  CHECK(found(" OR 1 2") == "12");
  CHECK(found(" OR (1 UNSEEN) (2 SEEN)") == "");
  CHECK(found(" LARGER 400") == "2");
  CHECK(found(" SMALLER 400") == "1");
}

TEST_CASE("days: internal dates in UTC, Date fields as they are written") {
  CHECK(found(" ON 1-Jan-2026") == "1");
  CHECK(found(" ON 2-Jan-2026") == "2");
  CHECK(found(" BEFORE 2-Jan-2026") == "1");
  CHECK(found(" SINCE 2-Jan-2026") == "2");
  CHECK(found(" SENTON 1-Jan-2026") == "1");  // 2 January in UTC: RFC 9051 disregards the zone
  CHECK(found(" SENTBEFORE 1-Jan-2026") == "");
  CHECK(found(" SENTSINCE 1-Jan-2026") == "1");  // the other one has no Date
}

TEST_CASE("fields: decoded, unfolded, case ignored") {
  CHECK(found(" FROM SMITH") == "1");
  CHECK(found(" TO alice") == "1");
  CHECK(found(" CC alice") == "");
  CHECK(found(" CHARSET UTF-8 SUBJECT \"äPFEL UND birnen\"") == "1");
  CHECK(found(" HEADER X-Empty \"\"") == "1");
  CHECK(found(" HEADER Date \"\"") == "1");
  CHECK(found(" HEADER Subject parts") == "2");
}

TEST_CASE("bodies: decoded, text parts only, inner messages too") {
  CHECK(found(" BODY \"hello world\"") == "1");
  CHECK(found(" BODY smith") == "");
  CHECK(found(" TEXT smith") == "1");
  CHECK(found(" CHARSET UTF-8 BODY \"GRÜßE SOFT LINE\"") == "2");
  CHECK(found(" BODY secret") == "2");
  CHECK(found(" BODY binaryneedle") == "");
  CHECK(found(" BODY \"inner body\"") == "2");
  CHECK(found(" TEXT \"inner subject\"") == "2");
  CHECK(found(" TEXT absent") == "");
  CHECK(found(" BODY \"\"") == "12");
}

TEST_CASE("a body is not read when something cheaper decides") {
  testing::FakeAccount account;
  account.add("INBOX", kPlain);
  const auto mailboxes = account.session();
  const auto selected = mailboxes->select("INBOX", true);
  Cursor c(" BODY x SEEN");
  search::Program program;
  REQUIRE(search::program(c, program));
  search::Matcher matcher(program.root, **selected);
  CHECK(!*matcher.matches(SeqNum(1)));
  CHECK(matcher.octets_read() == 0);
}

namespace {
/// Whether one message with kPlain, which has a digest, matches, and how often it was read: "yes 0".
std::string with_digest(View keys) {
  testing::ListedMailbox mailbox;
  mailbox.add(own(kPlain), 1);
  SearchDigestBuilder builder;
  builder.feed(kPlain);
  mailbox.digests[1] = builder.finish();
  Cursor c(keys);
  search::Program program;
  REQUIRE_MESSAGE(search::program(c, program), keys);
  search::Matcher matcher(program.root, mailbox);
  const auto match = matcher.matches(SeqNum(1));
  REQUIRE(match);
  return (*match ? "yes " : "no ") + std::to_string(mailbox.reads);
}
}  // namespace

TEST_CASE("a message whose digest denies the text is not read") {
  for (const View keys :
       {" BODY absent", " TEXT absent", " SUBJECT absent", " FROM absent", " TO absent", " CC absent", " BCC absent",
        " HEADER X-Other absent", " OR BODY absent TEXT missing", " NOT NOT BODY absent"}) {
    CAPTURE(keys);
    CHECK(with_digest(keys) == "no 0");
  }
  // The digest answers a key, not the search.
  CHECK(with_digest(" NOT BODY absent") == "yes 0");
  CHECK(with_digest(" NOT SUBJECT absent NOT TEXT missing") == "yes 0");
  CHECK(with_digest(" OR BODY absent SUBJECT birnen") == "yes 1");
  CHECK(with_digest(" OR NOT BODY absent BODY hello") == "yes 0");
  CHECK(with_digest(" NOT (BODY hello BODY absent)") == "yes 1");
}

TEST_CASE("a message whose digest does not deny the text is read and compared") {
  CHECK(with_digest(" BODY hello") == "yes 1");
  CHECK(with_digest(" SUBJECT birnen") == "yes 1");
  CHECK(with_digest(" BODY smith") == "no 1");         // it is in the header
  CHECK(with_digest(" FROM birnen") == "no 1");        // in another field
  CHECK(with_digest(" BODY he") == "yes 1");           // too short for a digest
  CHECK(with_digest(" HEADER Date \"\"") == "yes 1");  // that there is such a field is in no digest
  CHECK(with_digest(" SENTON 1-Jan-2026") == "yes 1");
}

TEST_CASE("a message that cannot be opened has no texts, and does not fail the search") {
  for (const Code why : {Code::sealed, Code::corrupt}) {
    testing::ListedMailbox mailbox;
    mailbox.add(own(kPlain), 1, 1);
    mailbox.refused[1] = why;
    const auto found = [&](View keys) {
      Cursor c(keys);
      search::Program program;
      REQUIRE_MESSAGE(search::program(c, program), keys);
      search::Matcher matcher(program.root, mailbox);
      const auto match = matcher.matches(SeqNum(1));
      REQUIRE(match);
      return *match;
    };
    for (const View keys : {" BODY hello", " TEXT hello", " SUBJECT birnen", " FROM smith", " HEADER Date \"\"",
                            " SENTON 1-Jan-2026", " NOT SEEN", " SEEN TEXT hello"}) {
      CAPTURE(keys);
      CHECK_FALSE(found(keys));
    }
    for (const View keys : {" ALL", " SEEN", " UID 1", " LARGER 10", " NOT BODY hello", " OR SEEN BODY hello",
                            " NOT SUBJECT birnen", " BODY \"\"", " SEEN NOT TEXT hello"}) {
      CAPTURE(keys);
      CHECK(found(keys));
    }
    mailbox.reads = 0;
    CHECK_FALSE(found(" OR TEXT hello BODY world"));
    CHECK(mailbox.reads == (why == Code::sealed ? 1 : 2));  // the header of a damaged one may be there
  }
}

TEST_CASE("any other failure of reading is that of the search") {
  testing::ListedMailbox mailbox;
  mailbox.add(own(kPlain), 1);
  mailbox.refused[1] = Code::unavailable;
  for (const View keys : {" BODY hello", " SUBJECT birnen"}) {
    Cursor c(keys);
    search::Program program;
    REQUIRE(search::program(c, program));
    search::Matcher matcher(program.root, mailbox);
    const auto match = matcher.matches(SeqNum(1));
    REQUIRE_FALSE(match);
    CHECK(match.error().code == Code::unavailable);
  }
}
