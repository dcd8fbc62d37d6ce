#include "service/mailbox/receipts.h"

#include <map>

namespace posthorn::mailbox {

namespace {

constexpr View kReceipts = "g/";
constexpr std::size_t kValueOctets = 17;  // version, mailbox u32, uid u32, time u64
constexpr std::size_t kErasedAtOnce = 10'000;

void write_number(std::string& out, std::uint64_t number, unsigned octets) {
  while (octets-- > 0) out.push_back(static_cast<char>((number >> (8 * octets)) & 0xFFU));
}

std::uint64_t read_number(View octets) {
  std::uint64_t number = 0;
  for (const char octet : octets) number = (number << 8U) | static_cast<std::uint8_t>(octet);
  return number;
}

struct Receipt {
  MailboxId mailbox;
  Uid uid;
  WallTime time;
};

Result<Receipt> parse(View value) {
  if (value.size() != kValueOctets || value.front() != static_cast<char>(kVersion)) {
    return fail(environment_error(Code::corrupt, "a damaged receipt"));
  }
  return Receipt{MailboxId{static_cast<std::uint32_t>(read_number(value.substr(1, 4)))},
                 Uid{static_cast<std::uint32_t>(read_number(value.substr(5, 4)))},
                 WallTime(std::chrono::seconds(static_cast<std::int64_t>(read_number(value.substr(9)))))};
}

Result<void> each_receipt(const store::Partition& partition,
                          const std::function<bool(View key, const Receipt&)>& each) {
  Result<void> outcome;
  const auto scanned =
      partition.scan(kReceipts, store::after_prefix(kReceipts), [&](View key, View value, store::Revision) {
        const Result<Receipt> receipt = parse(value);
        if (!receipt) outcome = fail(receipt.error());
        return receipt && each(key, *receipt);
      });
  return scanned ? outcome : scanned;
}

}  // namespace

Result<bool> has_receipt(const store::Partition& partition, View name) {
  return map(partition.get(own(kReceipts) + own(name)), [](const auto& row) { return row.has_value(); });
}

Result<void> check_receipt(const Draft& draft, View name) {
  const Result<bool> known = has_receipt(draft.partition(), name);
  if (!known) return fail(known.error());
  if (*known) return fail(peer_error(Code::exists, "stored before"));
  return {};
}

void put_receipt(Draft& draft, View name, MailboxId id, Uid uid) {
  std::string value(1, static_cast<char>(kVersion));
  write_number(value, id.value(), 4);
  write_number(value, uid.value(), 4);
  write_number(value, static_cast<std::uint64_t>(draft.now().time_since_epoch().count()), 8);
  draft.put_beside(own(kReceipts) + own(name), value);
}

Result<ReceiptSums> check_receipts(const store::Partition& partition, const std::function<void(View)>& fault) {
  ReceiptSums sums;
  std::map<MailboxId, std::vector<std::pair<Uid, std::string>>> by_mailbox;
  const Result<void> read = each_receipt(partition, [&](View key, const Receipt& receipt) {
    by_mailbox[receipt.mailbox].emplace_back(receipt.uid, own(key.substr(kReceipts.size())));
    return true;
  });
  if (!read) return fail(read.error());
  for (const auto& [id, receipts] : by_mailbox) {
    sums.receipts += receipts.size();
    if (id == MailboxId{0}) {
      sums.unkept += receipts.size();
      continue;
    }
    const auto row = partition.get(keys::mailbox(id));
    if (!row) return fail(row.error());
    if (!*row) {
      sums.deleted += receipts.size();  // with the whole mailbox
      continue;
    }
    const Result<MailboxRow> mailbox = decode_mailbox((*row)->value);
    if (!mailbox) return fail(mailbox.error());
    for (const auto& [uid, name] : receipts) {
      const auto message = partition.get(keys::message(id, uid));
      if (!message) return fail(message.error());
      if (*message) {
        ++sums.stored;
      } else if (uid.value() < mailbox->uid_next) {
        ++sums.deleted;
      } else {
        ++sums.faults;
        fault("delivery " + name + " was acknowledged, and its message was never there");
      }
    }
  }
  return sums;
}

Result<std::uint64_t> expire_receipts(store::Partition& partition, WallTime before) {
  std::uint64_t removed = 0;
  for (bool more = true; more;) {
    store::Batch batch;
    std::size_t count = 0;
    const Result<void> read = each_receipt(partition, [&](View key, const Receipt& receipt) {
      if (receipt.time < before) {
        batch.erase(key);
        ++count;
      }
      return count < kErasedAtOnce;
    });
    if (!read) return fail(read.error());
    more = count == kErasedAtOnce;
    removed += count;
    if (batch.empty()) break;
    if (const auto committed = partition.commit(batch, store::Durability::relaxed); !committed)
      return fail(committed.error());
  }
  return removed;
}

}  // namespace posthorn::mailbox
