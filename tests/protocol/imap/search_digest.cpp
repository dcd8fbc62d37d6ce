#include "posthorn/protocol/imap/search_digest.h"

#include <algorithm>
#include <cstdint>
#include <random>
#include <set>
#include <string>

#include <doctest/doctest.h>

#include "posthorn/bytes/codec/fold.h"
#include "posthorn/bytes/codec/hex.h"

#include "protocol/imap/found_texts.h"
#include "shared_data.h"

using namespace posthorn;
using namespace posthorn::imap;

namespace {
constexpr View kMixed =
    "From: bob@example.org\r\nSubject: =?iso-8859-1?q?GR=DC=DFe?= and\r\n parts\r\nMIME-Version: 1.0\r\n"
    "Content-Type: multipart/mixed; boundary=b\r\n\r\npreamble\r\n"
    "--b\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: "
    "quoted-printable\r\n\r\ngr=FC=DFe so=\r\nft line\r\n"
    "--b\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\nPGI+U0VDUkVUPC9iPg==\r\n"
    "--b\r\nContent-Type: application/octet-stream\r\n\r\nbinaryneedle\r\n"
    "--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner subject\r\n\r\ninner body\r\n--b--\r\n";

std::string digest_of(View message, std::size_t piece = 65'536) {
  SearchDigestBuilder builder;
  for (std::size_t at = 0; at < message.size(); at += piece) builder.feed(message.substr(at, piece));
  return builder.finish();
}

/// Something like words.
std::string prose(std::size_t octets) {
  std::string out = "From: a@example.org\r\nSubject: prose\r\n\r\n";
  std::mt19937 random(7);  // NOLINT: the same text each time
  constexpr View kLetters = "etaoinshrdlucmfwypvbgkjqxz";
  while (out.size() < octets) {
    const std::size_t length = 1 + random() % 8;
    for (std::size_t i = 0; i < length; ++i) out += kLetters[(random() % 26) * (random() % 26) / 26];
    out += random() % 12 == 0 ? "\r\n" : " ";
  }
  return out.substr(0, octets);
}

/// The share of trigrams that are in no text and are not denied.
double false_share(View message) {
  const std::string digest = digest_of(message);
  std::set<std::string> held;
  for (const std::string& text : testing::found_texts(message)) {
    for (std::size_t at = 0; at + 3 <= text.size(); ++at) held.insert(text.substr(at, 3));
  }
  std::size_t asked = 0;
  std::size_t wrong = 0;
  for (char a = 'a'; a <= 'z'; ++a) {
    for (char b = ' '; b < '@'; b += 5) {
      for (char c = 'a'; c <= 'z'; ++c) {
        const std::string trigram{a, b, c};
        if (held.contains(trigram)) continue;
        ++asked;
        if (may_hold(digest, trigram)) ++wrong;
      }
    }
  }
  return static_cast<double>(wrong) / static_cast<double>(asked);
}
}  // namespace

// The expected octets come from a program of thirty lines that was written from docs/formats/search-digest.md.
TEST_CASE("a digest: octets") {
  CHECK(codec::hex_encode(digest_of("")) == "01030001bc59dcbb0000000000000000");
  CHECK(codec::hex_encode(digest_of("Subject: =?utf-8?q?HI?=\r\n\r\n\xC3\x84PFEL\r\n")) ==
        "010300029cbcfd1d2a50a5201002e020cc4b80501aec8262");
  std::string numbers = "Subject: x\r\n\r\n";
  for (int i = 0; i < 30'000; ++i) numbers += std::to_string(i) + " ";
  const std::string digest = digest_of(numbers);
  CHECK(codec::hex_encode(View(digest).substr(0, 8)) == "0103008073757c50");  // the check is of all octets
  CHECK(digest.size() == 1032);
}

TEST_CASE("a digest: what is there and what is not") {
  const std::string digest = digest_of(kMixed);
  for (const View held : {"bob@example.org", "from: bob", "grüße and parts", "subject: gr", "grüße soft line",
                          "<b>secret</b>", "inner subject", "inner body"}) {
    CAPTURE(held);
    CHECK(may_hold(digest, held));
  }
  for (const View absent : {"binaryneedle", "preamble", "GRÜSSE", "absent", "PGI+U0VDUkVU", "=fc=dfe", "zzz"}) {
    CAPTURE(absent);
    CHECK_FALSE(may_hold(digest, absent));
  }
}

TEST_CASE("a digest does not deny what is shorter than a trigram") {
  const std::string digest = digest_of("Subject: x\r\n\r\n");
  for (const View shorter : {"", "q", "qq"}) CHECK(may_hold(digest, shorter));
  CHECK_FALSE(may_hold(digest, "qqq"));
}

TEST_CASE("a digest that is damaged denies nothing") {
  const std::string whole = digest_of("Subject: hello\r\n\r\nworld\r\n");
  REQUIRE_FALSE(may_hold(whole, "qqq"));
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string damaged = whole;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    CAPTURE(bit);
    CHECK(may_hold(damaged, "qqq"));
    CHECK(may_hold(damaged, "hello"));
  }
  for (std::size_t cut = 0; cut < whole.size(); ++cut) CHECK(may_hold(View(whole).substr(0, cut), "qqq"));
  CHECK(may_hold(whole + '\0', "qqq"));
  CHECK(may_hold(whole + whole, "qqq"));
}

TEST_CASE("a builder makes one digest after the other") {
  SearchDigestBuilder builder;
  builder.feed(prose(40'000));
  (void)builder.finish();
  for (const View message : {kMixed, View("Subject: x\r\n\r\n"), View()}) {
    builder.feed(message);
    CHECK(builder.finish() == digest_of(message));
  }
}

TEST_CASE("a digest has a bounded size and few false answers") {
  // Technical English with a table: about 1600 different trigrams; plain prose of that length has 1250 and a digest of
  // 1 KiB.
  const std::string usual = "Subject: notes\r\n\r\n" + testing::read_whole_file("docs/architecture.md").substr(0, 4075);
  REQUIRE(usual.size() > 4000);
  const std::size_t octets = digest_of(usual).size();
  MESSAGE("octets of the digest of a text of 4 KiB: " << octets);
  CHECK(octets <= 2056);
  const double share = false_share(usual);
  MESSAGE("false answers per trigram: " << share);
  CHECK(share > 0.005);  // else the measure is wrong
  CHECK(share < 0.11);
  const double longer = false_share(prose(100'000));
  MESSAGE("in a long text: " << longer);
  CHECK(longer < 0.11);
}

TEST_CASE("no trigram of a text is missing, wherever it is, in any pieces, and none goes over its end") {
  SearchDigestBuilder builder;
  std::mt19937 random(13);  // NOLINT: the same octets each time
  // Shorter and longer than what is held back; NULs and rows of one octet are trigrams like others.
  for (const std::size_t octets : {0, 1, 2, 3, 4, 5, 100, 65'534, 65'535, 65'536, 65'537, 150'000}) {
    std::string body;
    while (body.size() < octets) {
      body.append(1 + random() % 5, static_cast<char>(random() % 3 == 0 ? random() % 30 : 'a' + random() % 26));
    }
    body.resize(octets);
    const std::string message = "A: b\r\n\r\n" + body;
    const std::string digest = digest_of(message);
    CAPTURE(octets);
    for (const std::string& text : testing::found_texts(message)) CHECK(may_hold(digest, text));
    for (int i = 0; i < 2; ++i) {
      for (std::size_t at = 0; at < message.size();) {
        const std::size_t piece = 1 + random() % (i == 0 ? 100 : 40'000);
        builder.feed(View(message).substr(at, piece));
        at += piece;
      }
      CHECK(builder.finish() == digest);
    }
  }
  const std::string digest = digest_of("A: bc\r\nD: ef\r\n\r\ngh");
  for (const View held : {"a: bc", "d: ef"}) CHECK(may_hold(digest, held));
  for (const View over : {"bcd", "cd:", "efg", "fgh"}) CHECK_FALSE(may_hold(digest, over));
}

TEST_CASE("what has too many trigrams for a digest may hold everything") {
  std::string message = "Subject: x\r\n\r\n";
  std::mt19937 random(9);  // NOLINT: the same text each time
  const auto add = [&](std::size_t octets) {
    for (std::size_t i = 0; i < octets; ++i) message += static_cast<char>(' ' + random() % 33 + (random() % 2) * 62);
  };
  add(110'000);  // 66 octets: 287,496 trigrams, nearly 100,000 of them here
  const std::string full = digest_of(message);
  CHECK(full.size() > 60'000);
  CHECK(full.size() <= kMaxSearchDigest);
  CHECK_FALSE(may_hold(full, "ABCABCABCABC"));  // capitals are in no folded text
  add(1'000'000);
  const std::string over = digest_of(message);
  CHECK(over.size() == 8);
  CHECK(may_hold(over, "ABCABCABCABC"));
  CHECK(digest_of(message, 1000) == over);
}

TEST_CASE("a header longer than SEARCH reads") {
  testing::ListedMailbox mailbox;
  std::string message;
  for (int i = 0; message.size() < search::kMaxHeader + 5'000; ++i) {
    message += "X-Field: number" + std::to_string(i) + "\r\n";
  }
  message += "\r\nbody\r\n";
  mailbox.add(message, 1);
  const std::string digest = digest_of(message, 10'000);
  CHECK(digest == digest_of(message, 65'536));
  std::size_t found = 0;
  for (int i = 0; i < 60'000; i += 6'000) {
    const std::string needle = "number" + std::to_string(i);
    const bool finds = testing::search_finds(mailbox, search::Ask::header, needle, "X-Field");
    if (finds) ++found;
    CHECK((!finds || may_hold(digest, needle)));
  }
  CHECK(found > 5);
}

TEST_CASE("published messages: whatever SEARCH finds is held, and pieces make no difference") {
  std::mt19937 random(11);  // NOLINT: the same needles each time
  SearchDigestBuilder builder;
  std::size_t found = 0;
  for (const auto& file : testing::published_messages()) {
    const std::string message = testing::read_whole_file(file).substr(0, 200'000);
    CAPTURE(file.filename().string());
    builder.feed(message);
    const std::string digest = builder.finish();
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, 1 + random() % 100}) {
      for (std::size_t at = 0; at < message.size(); at += piece) builder.feed(View(message).substr(at, piece));
      CHECK(builder.finish() == digest);
    }
    testing::ListedMailbox mailbox;
    mailbox.add(message, 1);
    std::vector<std::string> texts = testing::found_texts(message);
    texts.push_back(codec::fold_case(message));
    for (const std::string& text : texts) {
      if (text.empty()) continue;
      const std::size_t at = random() % text.size();
      const std::string needle = text.substr(at, 3 + random() % 20);
      using search::Ask;
      const bool finds = testing::search_finds(mailbox, Ask::text, needle) ||
                         testing::search_finds(mailbox, Ask::body, needle) ||
                         testing::search_finds(mailbox, Ask::header, needle, "Subject") ||
                         testing::search_finds(mailbox, Ask::header, needle, "Received");
      if (finds) ++found;
      CAPTURE(needle);
      CHECK((!finds || may_hold(digest, needle)));
    }
    for (const std::string& text : testing::found_texts(message)) CHECK(may_hold(digest, text));
  }
  MESSAGE("texts found: " << found);
}
