#include "service/mailbox/memory.h"

#include "posthorn/bytes/codec/hex.h"
#include "posthorn/bytes/crypto/hash.h"

namespace posthorn::mailbox {

namespace {

constexpr View kMemory = "k/";
constexpr std::size_t kDigestOctets = 16;
constexpr std::size_t kTimeOctets = 8;
constexpr std::size_t kErasedAtOnce = 10'000;

std::string key_of(AccountId account, View name) {
  std::string number(sizeof(std::uint64_t), '\0');
  for (std::size_t i = 0; i < number.size(); ++i)
    number[i] = static_cast<char>((account.value() >> (8 * (number.size() - 1 - i))) & 0xFFU);
  const std::string digest = crypto::sha256(codec::hex_encode(number) + " " + own(name));
  return own(kMemory) + codec::hex_encode(View(digest).substr(0, kDigestOctets));
}

std::string format(WallTime until) {
  const auto seconds = static_cast<std::uint64_t>(until.time_since_epoch().count());
  std::string value(1, static_cast<char>(kVersion));
  for (std::size_t i = kTimeOctets; i-- > 0;) value.push_back(static_cast<char>((seconds >> (8 * i)) & 0xFFU));
  return value;
}

Result<WallTime> parse(View value) {
  if (value.size() != 1 + kTimeOctets || value.front() != static_cast<char>(kVersion))
    return fail(environment_error(Code::corrupt, "a damaged row of what is kept in mind"));
  std::uint64_t seconds = 0;
  for (const char octet : value.substr(1)) seconds = (seconds << 8U) | static_cast<std::uint8_t>(octet);
  return WallTime(std::chrono::seconds(static_cast<std::int64_t>(seconds)));
}

}  // namespace

Result<bool> remembers(const store::Partition& partition, AccountId account, View name, WallTime now) {
  const auto row = partition.get(key_of(account, name));
  if (!row) return fail(row.error());
  if (!*row) return false;
  return map(parse((*row)->value), [&](WallTime until) { return until > now; });
}

Result<void> put_memory(Draft& draft, AccountId account, const Remembrance& what, WallTime now) {
  if (what.news) {
    const Result<bool> known = remembers(draft.partition(), account, what.name, now);
    if (!known) return fail(known.error());
    if (*known) return fail(environment_error(Code::unavailable, "another delivery decided the same"));
  }
  draft.put_beside(key_of(account, what.name), format(what.until));
  return {};
}

Result<std::uint64_t> expire_memory(store::Partition& partition, WallTime now) {
  std::uint64_t removed = 0;
  for (bool more = true; more;) {
    store::Batch batch;
    std::size_t count = 0;
    Result<void> good;
    const Result<void> read =
        partition.scan(kMemory, store::after_prefix(kMemory), [&](View key, View value, store::Revision written) {
          const Result<WallTime> until = parse(value);
          if (!until) good = fail(until.error());
          if (until && *until <= now) {
            batch.expect(key, written).erase(key);  // it may be kept in mind anew meanwhile
            ++count;
          }
          return until && count < kErasedAtOnce;
        });
    if (!read) return fail(read.error());
    if (!good) return fail(good.error());
    more = count == kErasedAtOnce;
    if (count == 0) break;
    if (const auto committed = partition.commit(batch, store::Durability::relaxed); !committed)
      return fail(committed.error());
    removed += count;
  }
  return removed;
}

}  // namespace posthorn::mailbox
