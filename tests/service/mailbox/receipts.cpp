#include "service/mailbox/receipts.h"

#include "service/mailbox/fixture.h"

using namespace posthorn;
using namespace posthorn::mailbox;

namespace {

Result<Added> deliver(Account& account, const std::string& receipt, bool again, View mailbox = "INBOX") {
  Result<NewMessage> message = new_message(account, mailbox, "Subject: a\r\n\r\n");
  REQUIRE(message.has_value());
  message->receipt = receipt;
  message->again = again;
  return account.add(*message);
}

ReceiptSums sums_of(const Account& account, std::size_t faults = 0) {
  std::size_t found = 0;
  const auto sums = account.check_receipts([&](View) { ++found; });
  REQUIRE(sums.has_value());
  CHECK(found == faults);
  CHECK(sums->faults == faults);
  return *sums;
}

}  // namespace

TEST_CASE("a delivery that is repeated is stored once") {
  for (const Backend& backend : backends()) {
    const auto store = backend.make();
    Process process(*store);
    REQUIRE(deliver(*process.account, "first", false).has_value());
    const auto again = deliver(*process.account, "first", true);
    REQUIRE_FALSE(again.has_value());
    CHECK(again.error().code == Code::exists);
    CHECK(deliver(*process.account, "second", true).has_value());
    CHECK(process.account->messages("INBOX")->size() == 2);
    require_sound(*process.account);
  }
}

TEST_CASE("receipts tell what became of deliveries") {
  const auto store = store::make_memory_store();
  Process process(*store);
  const auto kept = deliver(*process.account, "kept", false);
  const auto removed = deliver(*process.account, "removed", false);
  REQUIRE(kept.has_value());
  REQUIRE(removed.has_value());
  REQUIRE(process.account->remove("INBOX", std::vector{removed->uid}).has_value());
  const ReceiptSums sums = sums_of(*process.account);
  CHECK(sums.receipts == 2);
  CHECK(sums.stored == 1);
  CHECK(sums.deleted == 1);

  // A receipt for a uid that was never given out: what was acknowledged is not there.
  auto rows = store->open(kAccount);
  REQUIRE(rows.has_value());
  const auto row = (*rows)->get("g/kept");
  REQUIRE(row.has_value());
  REQUIRE(row->has_value());
  std::string ahead = (*row)->value;
  ahead[8] = 99;
  REQUIRE((*rows)->commit(store::Batch().put("g/lost", ahead)).has_value());
  CHECK(sums_of(*process.account, 1).stored == 1);
  REQUIRE((*rows)->commit(store::Batch().put("g/lost", "?")).has_value());
  CHECK(process.account->check_receipts([](View) {}).error().code == Code::corrupt);
}

TEST_CASE("receipts go when their time is over") {
  const auto store = store::make_memory_store();
  Process process(*store);
  REQUIRE(deliver(*process.account, "old", false).has_value());
  CHECK(*process.account->expire_receipts(testing::FakeClock::kStart) == 0);
  CHECK(*process.account->expire_receipts(testing::FakeClock::kStart + std::chrono::hours(1)) == 1);
  CHECK(sums_of(*process.account).receipts == 0);
  CHECK(process.account->messages("INBOX")->size() == 1);
}
