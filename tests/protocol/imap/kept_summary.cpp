// SEARCH, SORT and THREAD find the same by the summary of a message, by its header, and by looking at every text.
#include "protocol/imap/kept_summary.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "posthorn/grammar/mail/date.h"

#include "protocol/imap/found_texts.h"
#include "protocol/imap/listing.h"
#include "shared_data.h"

using namespace posthorn;
using namespace posthorn::imap;

namespace {

std::string summary_of(View message) {
  SummaryBuilder builder;
  builder.feed(message);
  return builder.finish();
}

/// Messages in which a summary could tell something else than the header.
std::vector<std::string> odd_messages() {
  std::vector<std::string> out{
      "",
      "\r\n",
      "\n\nSubject: body\n",
      "\r\nSubject: body\r\n\r\nSubject: body\r\n",
      "Subject",
      "Subject: no end",
      "Subject: quixotic\r",
      " Subject: begins blank\r\nSubject: second\r\n\r\n",
      "Subject: qui\r\n xotic\r\nSubject: qui\r\n\r\n",
      "Subject: qui\rxotic\r\n\r\n",
      "Subject: quixotic\r\r\n\r\n",
      "Subject : quixotic\t\r\n \r\n\t \r\nTo:\r\n a\r\n\r\n",
      "subject: one\nSUBJECT: two\n\nSubject: three\n",
      "Subject: =?utf-8?q?quix?=\r\n =?utf-8?q?otic?=\r\n\r\n",
      "Subject: =?utf-8?b?cXVpeG90aWM=?= QUIXOTIC\r\n\r\n",
      "Subject: =?utf-8?q?\xC3\x84?= \xC3\x84pfel \xFF \xE2\x84\xAA\r\n\r\n",
      "Subject: a\r\nno field at all\r\n goes on\r\nDate: Thu, 01 Jan 2026 23:30:00 -0500\r\n\r\n",
      "Date: nonsense\r\nDate: Thu, 01 Jan 2026 23:30:00 -0500\r\n\r\n",
      "Date:\r\n Thu, 01 Jan\r\n 2026 23:30:00 -0500 (EST)\r\nSubject: s\r\n\r\n",
      "From: Team: a@x.test, b@x.test;\r\nTo: \"A, B\" <c@x.test>,\r\n <d@x.test>\r\nCc: =?utf-8?q?=C3=84?= "
      "<e@x.test>\r\n\r\n",
      "Message-ID: <a@x>\r\nIn-Reply-To: <b@x> <c@x>\r\nReferences: <d@x>\r\n <e@x>\r\nSubject: Re: [l] s\r\n\r\n",
      "Subject: quixotic\xC3\x84\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: "
      "quoted-printable\r\n\r\nGR=DC=DFE so=\r\nft QUI=\r\nXOTIC\r\n",
  };
  const std::string filler(1'100, 'x');
  out.push_back("Subject: short\r\nSubject: quixotic " + filler + "\r\nTo: a@x.test\r\n\r\n");  // one is left out
  out.push_back("Subject: " + filler + " quixotic\r\nDate: Thu, 01 Jan 2026 23:30:00 -0500\r\n\r\n");
  std::string many;
  for (int i = 0; i < 300; ++i) many += "X-Field-" + std::to_string(i) + ": quixotic\r\n";
  out.push_back(many + "Subject: quixotic\r\n\r\n");                                   // nothing can be told
  out.push_back("To: " + std::string(40'000, 'x') + "\r\nSubject: quixotic\r\n\r\n");  // no summary
  return out;
}

struct Pair {
  explicit Pair(View message) {
    for (testing::ListedMailbox* box : {&with, &without})
      box->add(own(message), 1, 0, WallTime(std::chrono::days(20'000)));
    with.summaries[1] = summary_of(message);
    header = search::header_of(message);
  }
  testing::ListedMailbox with;
  testing::ListedMailbox without;
  View header;  // of the message, which outlives this
};

/// A text, pieces of it, and others that look like it.
void cut_needles(View folded, std::vector<std::string>& out) {
  const auto is_cut = [](View text, std::size_t at) {
    return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80;
  };
  const auto add = [&](std::size_t begin, std::size_t end) {
    while (is_cut(folded, begin)) ++begin;
    while (is_cut(folded, end)) ++end;
    if (begin >= end) return;
    out.emplace_back(folded.substr(begin, end - begin));
    out.emplace_back(out.back()).back() = '~';
  };
  const std::size_t size = std::min<std::size_t>(folded.size(), 3'000);
  add(0, size);
  add(size / 3, std::min(size / 3 + 6, size));
  add(size - std::min<std::size_t>(size, 9), size);
}

bool finds(testing::ListedMailbox& box, View keys) {
  Cursor c(keys);
  search::Program program;
  REQUIRE_MESSAGE(search::program(c, program), keys);
  search::Matcher matcher(program.root, box);
  const auto match = matcher.matches(SeqNum(1));
  REQUIRE(match);
  return *match;
}

void compare_fields(Pair& pair) {
  std::set<std::string> names{"Subject", "from", "TO", "Cc", "Bcc", "Date", "Message-Id", "References", "X-None"};
  std::vector<std::string> needles{"", "quixotic", "qui xotic"};
  mime::FieldReader reader(pair.header);
  for (mime::Field field; reader.next(field);) {
    if (names.size() < 40) names.insert(own(field.name));
    if (needles.size() < 100) cut_needles(codec::fold_case(search::value_of(field)), needles);
  }
  for (const std::string& name : names) {
    for (const std::string& needle : needles) {
      CAPTURE(name);
      CAPTURE(needle);
      bool expected = false;
      mime::FieldReader again(pair.header);
      for (mime::Field field; again.next(field);) {
        if (same_word(field.name, name))
          expected |= codec::fold_case(search::value_of(field)).find(needle) != std::string::npos;
      }
      CHECK(testing::search_finds(pair.with, search::Ask::header, needle, name) == expected);
      CHECK(testing::search_finds(pair.without, search::Ask::header, needle, name) == expected);
    }
  }
}

void compare_texts(Pair& pair, View message) {
  const std::vector<std::string> texts = testing::found_texts(message);
  std::vector<std::string> needles{"quixotic"};
  for (const std::string& text : texts) {
    if (needles.size() < 200) cut_needles(text, needles);
  }
  for (const std::string& needle : needles) {
    CAPTURE(needle);
    const bool expected =
        std::ranges::any_of(texts, [&](const std::string& text) { return text.find(needle) != std::string::npos; });
    CHECK(testing::search_finds(pair.with, search::Ask::text, needle) == expected);
  }
}

void compare_dates(Pair& pair) {
  for (const View keys : {" SENTON 1-Jan-2026", " SENTBEFORE 2-Jan-2026", " SENTSINCE 1-Jan-2026",
                          " SENTSINCE 1-Jan-1990", " NOT SENTBEFORE 1-Jan-2005", " SENTON 1-Jan-2026 SUBJECT s"}) {
    CAPTURE(keys);
    CHECK(finds(pair.with, keys) == finds(pair.without, keys));
  }
}

void compare_listings(Pair& pair) {
  const std::vector<Bits<Listed>> wishes{
      Listed::from, Listed::to,      Listed::cc,    Listed::display_from,
      Listed::date, Listed::subject, Listed::links, Bits<Listed>(Listed::links) | Listed::date | Listed::display_to};
  for (const Bits<Listed> wanted : wishes) {
    std::uint64_t octets = 0;
    const auto one = listing_of(pair.with, SeqNum(1), wanted, octets);
    const auto other = listing_of(pair.without, SeqNum(1), wanted, octets);
    REQUIRE((one && other));
    CHECK(one->from == other->from);
    CHECK(one->to == other->to);
    CHECK(one->cc == other->cc);
    CHECK(one->display_from == other->display_from);
    CHECK(one->display_to == other->display_to);
    CHECK(one->sent == other->sent);
    CHECK(one->links.message_id == other->links.message_id);
    CHECK(one->links.in_reply_to == other->links.in_reply_to);
    CHECK(one->links.references == other->links.references);
    CHECK(one->links.subject.text == other->links.subject.text);
    CHECK(one->links.subject.is_reply_or_forward == other->links.subject.is_reply_or_forward);
  }
}

void compare(View message) {
  Pair pair(message);
  compare_fields(pair);
  compare_texts(pair, message);
  compare_dates(pair);
  compare_listings(pair);
}

}  // namespace

TEST_CASE("kept summary: odd messages are found alike with it and without") {
  for (const std::string& message : odd_messages()) {
    CAPTURE(message);
    compare(message);
  }
}

TEST_CASE("kept summary: published messages are found alike with it and without") {
  for (const auto& file : testing::published_messages()) {
    CAPTURE(file);
    compare(testing::read_whole_file(file));
  }
}

TEST_CASE("kept summary: it spares reading the message where it has the field") {
  constexpr View kMail =
      "Received: from a\r\nSubject: news\r\nTo: a@x.test\r\nDate: Thu, 01 Jan 2026 23:30:00 -0500\r\n\r\ntext\r\n";
  Pair pair(kMail);
  for (const View keys : {" SUBJECT news", " NOT SUBJECT other", " TO x.test", " NOT CC a", " NOT HEADER X-None \"\"",
                          " SENTON 1-Jan-2026", " OR SUBJECT news BODY text"}) {
    CAPTURE(keys);
    CHECK(finds(pair.with, keys));
  }
  std::uint64_t octets = 0;
  CHECK(listing_of(pair.with, SeqNum(1), Bits<Listed>(Listed::links) | Listed::date, octets).has_value());
  CHECK(pair.with.reads == 0);
  CHECK(finds(pair.with, " HEADER Received from"));
  CHECK(pair.with.reads == 1);
}

TEST_CASE("kept summary: one that cannot be of the message is none") {
  Pair pair("Subject: a\r\n\r\n");
  pair.with.summaries[1] = summary_of("Subject: longer than the message\r\n\r\n");
  CHECK(finds(pair.with, " SUBJECT a"));
  CHECK_FALSE(finds(pair.with, " SUBJECT longer"));
  pair.with.summaries[1] = "nonsense";
  CHECK(finds(pair.with, " SUBJECT a"));
}
