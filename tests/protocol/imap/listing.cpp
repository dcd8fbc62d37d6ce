#include "protocol/imap/listing.h"

#include <doctest/doctest.h>

#include "protocol/imap/listed_mailbox.h"

using namespace posthorn;
using namespace posthorn::imap;

namespace {
struct Fixture {
  testing::ListedMailbox box;
  std::uint64_t octets = 0;
  Listing list(View message, Bits<Listed> wanted) {
    box.messages.clear();
    box.add(own(message), 1, 0, WallTime(std::chrono::seconds(777)));
    const auto out = listing_of(box, SeqNum(1), wanted, octets);
    REQUIRE(out);
    return *out;
  }
};
constexpr Bits<Listed> kNames =
    Bits<Listed>(Listed::from) | Listed::to | Listed::cc | Listed::display_from | Listed::display_to;
}  // namespace

TEST_CASE_FIXTURE(Fixture, "listing: the first address of each field") {
  const Listing out = list(
      "From: =?utf-8?q?J=C3=BCrgen?= <jay@x.test>, other@x.test\r\nTo: plain@y.test\r\nCc: Team: a@x.test, "
      "b@x.test;\r\n\r\n",
      kNames);
  CHECK(out.from == "jay");
  CHECK(out.to == "plain");
  CHECK(out.cc == "Team");
  CHECK(out.display_from == "J\xC3\xBCrgen");
  CHECK(out.display_to == "plain@y.test");
}

TEST_CASE_FIXTURE(Fixture, "listing: what is not there is empty") {
  const Listing out = list("Subject: Re: [list] word\r\n\r\n", kNames | Listed::subject | Listed::date);
  CHECK(out.from.empty());
  CHECK(out.display_to.empty());
  CHECK(out.links.subject.text == "word");
  CHECK(out.sent == WallTime(std::chrono::seconds(777)));
}

TEST_CASE_FIXTURE(Fixture, "listing: sent dates are in UTC") {
  const Listing out = list("Date: Thu, 1 Jan 1970 02:00:10 +0200\r\n\r\n", Listed::date);
  CHECK(out.sent == WallTime(std::chrono::seconds(10)));
}

TEST_CASE_FIXTURE(Fixture, "listing: only the header is read, and nothing where nothing is wanted") {
  list("Subject: a\r\n\r\n" + std::string(500'000, 'x'), {});
  CHECK(box.reads == 0);
  list("Subject: a\r\n\r\n" + std::string(500'000, 'x'), Listed::subject);
  CHECK(box.reads == 1);
  CHECK(box.octets_read <= 8192);
  CHECK(octets == box.octets_read);
}

TEST_CASE_FIXTURE(Fixture, "listing: messages that are gone or closed list as empty ones") {
  list("From: a@b\r\n\r\n", {});
  box.gone = {1};
  CHECK(listing_of(box, SeqNum(1), kNames, octets)->from.empty());
  box.gone = {};
  box.refused[1] = Code::sealed;
  CHECK(listing_of(box, SeqNum(1), kNames, octets)->from.empty());
  box.refused[1] = Code::unavailable;
  CHECK_FALSE(listing_of(box, SeqNum(1), kNames, octets));
}
