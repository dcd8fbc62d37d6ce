#include "posthorn/service/recipients/cache.h"

#include <algorithm>
#include <utility>

#include "posthorn/bytes/codec/hex.h"
#include "posthorn/bytes/crypto/hash.h"

namespace posthorn::recipients {

namespace {

constexpr View kRows = "v:";
constexpr char kVersion = '1';
constexpr char kKnown = 'k';
constexpr char kUnknown = 'u';
constexpr std::size_t kHash = 16;  // octets: nobody finds two addresses that share them
constexpr std::size_t kTime = 5;
constexpr std::size_t kEntry = kHash + 1 + kTime;
constexpr std::size_t kBatchRows = 500;  // of one change of sweep()

bool is_lasting(Answer answer) { return answer == Answer::known || answer == Answer::unknown; }

std::string hash_of(const mail::Mailbox& recipient) { return crypto::sha256(recipient.local_part).substr(0, kHash); }

std::string key_of(const mail::Mailbox& recipient, View hash) {
  return own(kRows) + recipient.domain + ":" + codec::hex_encode(hash.substr(0, 1));
}

void put_time(std::string& out, WallTime time) {
  const auto number = static_cast<std::uint64_t>(time.time_since_epoch().count());
  for (std::size_t i = kTime; i > 0; --i) out.push_back(static_cast<char>((number >> (8U * (i - 1))) & 0xFFU));
}

WallTime time_of(View octets) {
  std::uint64_t number = 0;
  for (const char c : octets) number = number << 8U | static_cast<unsigned char>(c);
  return WallTime(std::chrono::seconds(static_cast<std::int64_t>(number)));
}

}  // namespace

Knowledge knowledge(Answer answer, WallTime asked, WallTime now, const CacheLimits& limits) {
  if (!is_lasting(answer)) return {};
  const auto age = std::max(now - asked, WallTime::duration(0));
  const bool known = answer == Answer::known;
  if (age >= (known ? limits.known_for : limits.unknown_for)) return {};
  return {answer, age >= (known ? limits.ask_known_after : limits.ask_unknown_after)};
}

bool Cache::counts(const Entry& entry) const {
  return knowledge(entry.answer, entry.asked, clock_.wall(), limits_).answer != Answer::no_answer;
}

Result<Cache::Shelf> Cache::parse(View value) {
  const bool whole = value.starts_with(kVersion) && (value.size() - 1) % kEntry == 0;
  if (!whole) return fail(environment_error(Code::corrupt, "shelf of recipients"));
  Shelf shelf;
  for (value.remove_prefix(1); !value.empty(); value.remove_prefix(kEntry)) {
    const char said = value[kHash];
    if (said != kKnown && said != kUnknown) return fail(environment_error(Code::corrupt, "shelf of recipients"));
    const Answer answer = said == kKnown ? Answer::known : Answer::unknown;
    shelf.push_back({own(value.substr(0, kHash)), answer, time_of(value.substr(kHash + 1, kTime))});
  }
  return shelf;
}

std::string Cache::format(const Shelf& shelf) {
  std::string out(1, kVersion);
  for (const Entry& entry : shelf) {
    out.append(entry.hash);
    out.push_back(entry.answer == Answer::known ? kKnown : kUnknown);
    put_time(out, entry.asked);
  }
  return out;
}

Result<Cache::Found> Cache::read(View key) const {
  const auto row = rows_.get(key);
  if (!row) return fail(row.error());
  if (!*row) return Found{};
  auto shelf = parse((*row)->value);
  if (!shelf) return fail(shelf.error());
  return Found{std::move(*shelf), (*row)->written};
}

Result<Knowledge> Cache::find(const mail::Mailbox& recipient) const {
  const std::string hash = hash_of(recipient);
  const auto found = read(key_of(recipient, hash));
  if (!found) return fail(found.error());
  const Shelf& shelf = found->shelf;
  const auto entry = std::ranges::find(shelf, hash, &Entry::hash);
  if (entry == shelf.end()) return Knowledge{};
  return knowledge(entry->answer, entry->asked, clock_.wall(), limits_);
}

void Cache::place(Shelf& shelf, Entry entry) const {
  std::erase_if(shelf, [&](const Entry& other) { return other.hash == entry.hash || !counts(other); });
  // Those who do not exist make room first: they are what anybody can ask for many of.
  const auto least = [](const Entry& a, const Entry& b) {
    return std::pair(a.answer == Answer::known, a.asked) < std::pair(b.answer == Answer::known, b.asked);
  };
  while (!shelf.empty() && shelf.size() >= limits_.per_shelf) shelf.erase(std::ranges::min_element(shelf, least));
  shelf.push_back(std::move(entry));
}

Result<void> Cache::note(const mail::Mailbox& recipient, Answer answer) {
  if (!is_lasting(answer)) return {};
  const std::string hash = hash_of(recipient);
  const std::string key = key_of(recipient, hash);
  for (std::uint32_t i = 0; i < limits_.tries; ++i) {
    auto found = read(key);
    // A shelf that cannot be read is begun anew: the primary knows what was on it.
    if (!found && found.error().code != Code::corrupt) return fail(found.error());
    store::Batch batch;
    Shelf shelf = found ? std::move(found->shelf) : Shelf();
    place(shelf, {hash, answer, clock_.wall()});
    if (found) batch.expect(key, found->written);
    batch.put(key, format(shelf));
    // A crash may forget it: the primary is asked once more.
    const auto done = rows_.commit(batch, store::Durability::relaxed);
    if (done) return {};
    if (done.error().code != Code::conflict) return fail(done.error());
  }
  return fail(environment_error(Code::unavailable, "the shelf of recipients changes too often"));
}

Result<std::size_t> Cache::sweep() {
  std::size_t erased = 0;
  std::string from = own(kRows);
  for (bool more = true; more;) {
    more = false;
    store::Batch batch;
    std::size_t count = 0;
    std::size_t rows = 0;
    const auto seen = rows_.scan(from, store::after_prefix(kRows), [&](View key, View value, store::Revision written) {
      more = rows == kBatchRows;
      if (more) {
        from = own(key);
        return false;
      }
      auto shelf = parse(value);
      const std::size_t gone = shelf ? std::erase_if(*shelf, [&](const Entry& entry) { return !counts(entry); }) : 1;
      if (gone == 0) return true;
      batch.expect(key, written);
      if (shelf && !shelf->empty()) {
        batch.put(key, format(*shelf));
      } else {
        batch.erase(key);
      }
      count += gone;
      ++rows;
      return true;
    });
    if (!seen) return fail(seen.error());
    if (batch.empty()) break;
    const auto done = rows_.commit(batch, store::Durability::relaxed);
    // Somebody uses one of them: the next sweep finds the others.
    if (!done && done.error().code != Code::conflict) return fail(done.error());
    if (done) erased += count;
  }
  return erased;
}

}  // namespace posthorn::recipients
