#include "service/mailbox/seen.h"

#include <array>
#include <set>

#include "service/mailbox/fixture.h"

using namespace posthorn;
using namespace posthorn::mailbox;

TEST_CASE("a set of uids behaves like a set, in as few ranges as there can be") {
  posthorn::testing::SeededRandom random{3};
  SeenSet seen;
  std::set<std::uint32_t> model;
  for (int step = 0; step < 5000; ++step) {
    std::array<std::byte, 2> chance{};
    random.fill(chance);
    const auto uid = 1 + static_cast<std::uint32_t>(chance[0]) % 60;
    if ((static_cast<unsigned>(chance[1]) & 1U) != 0) {
      seen.insert(Uid{uid});
      model.insert(uid);
    } else {
      seen.erase(Uid{uid});
      model.erase(uid);
    }
    std::vector<UidRange> expected;
    for (const std::uint32_t one : model) append_uid(expected, Uid{one});
    REQUIRE(seen.ranges() == expected);
    REQUIRE(seen.contains(Uid{uid}) == model.contains(uid));
  }
  CHECK(decode_seen(encode_seen(seen.ranges())) == seen.ranges());
}

TEST_CASE("rows of what was seen that are out of order are broken") {
  CHECK_FALSE(decode_seen(encode_seen({{Uid{2}, Uid{1}}})).has_value());
  CHECK_FALSE(decode_seen(encode_seen({{Uid{1}, Uid{3}}, {Uid{3}, Uid{4}}})).has_value());
  CHECK_FALSE(decode_seen("\x02").has_value());
}

TEST_CASE("what is unseen is counted over the messages that are there") {
  for (const Backend& backend : backends()) {
    const auto store = backend.make();
    Process process(*store);
    for (int i = 0; i < 5; ++i) add(*process.account, "INBOX", "x");
    const std::vector<imap::Uid> gone{imap::Uid{2}};
    REQUIRE(process.account->remove("INBOX", gone));
    const auto partition = *store->open(kAccount);
    CHECK(*count_unseen(*partition, MailboxId{1}, SeenSet({{Uid{1}, Uid{3}}, {Uid{9}, Uid{12}}})) == 2);
    CHECK(*count_unseen(*partition, MailboxId{1}, SeenSet()) == 4);
    CHECK(read_seen(*partition, MailboxId{1}, AccountId{3})->ranges().empty());
  }
}
