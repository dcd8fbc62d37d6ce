#include "service/mailbox/records.h"

#include <vector>

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::mailbox;

namespace {

constexpr std::uint8_t kSeen = static_cast<std::uint8_t>(imap::SystemFlag::seen);
constexpr std::uint8_t kDeleted = static_cast<std::uint8_t>(imap::SystemFlag::deleted);

MessageRow row(std::uint64_t blob, std::uint64_t octets, std::uint8_t system = 0, std::uint64_t modseq = 1) {
  MessageRow out;
  out.blob = BlobId{blob};
  out.octets = octets;
  out.system = system;
  out.modseq = modseq;
  return out;
}

/// Even uids from 2 on; each message has as many octets as its uid.
Records filled(std::uint32_t count) {
  Records records;
  for (std::uint32_t uid = 2; uid <= 2 * count; uid += 2) records.append(Uid{uid}, row(uid, uid), nullptr);
  return records;
}

std::vector<std::uint32_t> uids(const Records& records) {
  std::vector<std::uint32_t> out;
  for (std::size_t i = 0; i < records.size(); ++i) out.push_back(records.at(i).uid.value());
  return out;
}

}  // namespace

TEST_CASE("records: found by their uids, also where blocks of them meet") {
  for (const std::uint32_t count : {0U, 1U, 255U, 256U, 257U, 512U, 1'000U}) {
    const Records records = filled(count);
    REQUIRE(records.size() == count);
    for (std::uint32_t i = 0; i < count; ++i) {
      REQUIRE(records.find(Uid{2 * i + 2}) == i);
      REQUIRE(records.lower_bound(Uid{2 * i + 1}) == i);
      REQUIRE(records.find(Uid{2 * i + 1}) == count);
      REQUIRE(records.at(i).uid == Uid{2 * i + 2});
    }
    CHECK(records.lower_bound(Uid{2 * count + 1}) == count);
  }
}

TEST_CASE("records: a copy and its original change apart from each other") {
  Records first = filled(600);
  const Records kept = first.share();
  Records second = kept.share();

  first.change(0, row(2, 2, kSeen, 7), nullptr);
  first.append(Uid{5'000}, row(5'000, 10), nullptr);
  second.set_gone(300);
  second.set_untold(599, true);
  second.locate(10, row(77, 4), nullptr);
  second.append(Uid{6'000}, row(6'000, 20), nullptr);

  CHECK(kept.size() == 600);
  CHECK(kept.at(0).modseq == 1);
  CHECK(!kept.at(300).gone);
  CHECK(!kept.at(599).untold);
  CHECK(kept.at(10).blob == BlobId{22});
  CHECK(kept.totals().unseen == 600);

  CHECK(first.size() == 601);
  CHECK(first.at(0).modseq == 7);
  CHECK(!first.at(300).gone);
  CHECK(first.at(600).uid == Uid{5'000});
  CHECK(first.totals().unseen == 600);

  CHECK(second.size() == 601);
  CHECK(second.at(0).modseq == 1);
  CHECK(second.at(10).blob == BlobId{77});
  CHECK(second.at(600).uid == Uid{6'000});
  second.sweep();
  CHECK(second.size() == 600);
  CHECK(second.find(Uid{602}) == 600);
  CHECK(kept.find(Uid{602}) == 300);
}

TEST_CASE("records: what is changed after a copy was made is copied also in who made it") {
  Records first = filled(10);
  first.change(1, row(4, 4, 0, 3), nullptr);  // its own still
  const Records kept = first.share();
  first.change(1, row(4, 4, 0, 9), nullptr);
  CHECK(kept.at(1).modseq == 3);
  CHECK(first.at(1).modseq == 9);
}

TEST_CASE("records: totals follow every change") {
  Records records = filled(3);  // 2 + 4 + 6 octets
  CHECK(records.totals().octets == 12);
  CHECK(records.totals().unseen == 3);
  records.change(1, row(4, 4, kSeen | kDeleted), nullptr);
  CHECK(records.totals().unseen == 2);
  CHECK(records.totals().deleted == 1);
  CHECK(records.totals().deleted_octets == 4);
  MessageRow sealed = row(90, 6);
  sealed.capsule = "c";
  records.locate(2, sealed, nullptr);
  CHECK(records.totals().sealed == 1);
  records.set_gone(1);
  CHECK(records.totals().deleted == 1);  // the client does not know yet
  records.sweep();
  CHECK(records.totals().deleted == 0);
  CHECK(records.totals().deleted_octets == 0);
  CHECK(records.totals().octets == records.at(0).octets + records.at(1).octets);
  CHECK(records.totals().unseen == 2);
  CHECK(uids(records) == std::vector<std::uint32_t>{2, 6});
}

TEST_CASE("records: sweeping takes out what is gone and nothing else") {
  for (const std::uint32_t step : {1U, 2U, 3U, 255U, 256U, 257U}) {
    Records records = filled(1'000);
    std::vector<std::uint32_t> left;
    for (std::uint32_t i = 0; i < 1'000; ++i) {
      if (i % step == step - 1) {
        records.set_gone(i);
      } else {
        left.push_back(2 * i + 2);
      }
    }
    records.sweep();
    REQUIRE(uids(records) == left);
    for (std::size_t i = 0; i < left.size(); ++i) REQUIRE(records.find(Uid{left[i]}) == i);
    records.append(Uid{9'000}, row(9'000, 1), nullptr);
    CHECK(records.find(Uid{9'000}) == left.size());
  }
}

TEST_CASE("records: keywords and the numbers of messages are found again in a copy") {
  Records first;
  MessageRow message = row(5, 1);
  message.keywords = {1, 4};
  message.email = 3;
  first.append(Uid{1}, message, nullptr);
  first.append(Uid{2}, row(6, 1), nullptr);
  const Records copy = first.share();
  CHECK(copy.keywords(copy.at(0)) == std::vector<std::uint16_t>{1, 4});
  CHECK(copy.keywords(copy.at(1)).empty());
  CHECK(copy.email_number(copy.at(0)) == 3);
  CHECK(copy.email_number(copy.at(1)) == 6);
}
