#include "posthorn/service/admission/greylist.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "posthorn/bytes/crypto/hash.h"

#include "grammar/lower_case.h"

namespace posthorn::admission {

namespace {

constexpr View kTriples = "y:t:";
constexpr View kNetworks = "y:n:";
constexpr std::size_t kTripleDigits = 3;   // 4096 shelves
constexpr std::size_t kNetworkDigits = 2;  // 256
constexpr std::size_t kHash = 10;          // octets
constexpr std::size_t kEntry = kHash + 10;
constexpr char kVersion = '1';
constexpr std::uint32_t kRefresh = 3'600;  // seconds: how old a pass is before it is noted again

std::string digits_of(View hash, std::size_t count) {
  std::string text;
  for (const char c : hash.substr(0, 2)) {
    const auto octet = static_cast<unsigned char>(c);
    text.push_back("0123456789abcdef"[octet >> 4U]);
    text.push_back("0123456789abcdef"[octet & 15U]);
  }
  return text.substr(0, count);
}

void put_number(std::string& out, std::uint32_t number, int octets) {
  for (int i = octets - 1; i >= 0; --i)
    out.push_back(static_cast<char>((number >> (8U * static_cast<unsigned>(i))) & 0xFFU));
}
std::uint32_t take_number(View& in, std::size_t octets) {
  std::uint32_t number = 0;
  for (const char c : in.substr(0, octets)) number = number << 8U | static_cast<unsigned char>(c);
  in.remove_prefix(octets);
  return number;
}

}  // namespace

std::uint32_t Greylist::now() const { return static_cast<std::uint32_t>(clock_.wall().time_since_epoch().count()); }

std::string Greylist::network(const IpAddress& client) const {
  return client.masked(client.is_v4() ? limits_.v4_bits : limits_.v6_bits).text();
}

// Whether an entry says anything still: a pass that is not too old, or an attempt that a retry may follow.
bool Greylist::counts(const Entry& entry) const {
  const std::uint32_t since = now() - (entry.passes > 0 ? entry.last : entry.first);
  return since <= (entry.passes > 0 ? limits_.pass_for : limits_.retry_within).count();
}

Result<Greylist::Shelf> Greylist::parse(View value) {
  const bool whole = value.starts_with(kVersion) && (value.size() - 1) % kEntry == 0;
  if (!whole) return fail(environment_error(Code::corrupt, "greylist shelf"));
  value.remove_prefix(1);
  Shelf shelf;
  while (!value.empty()) {
    Entry entry;
    entry.hash = own(value.substr(0, kHash));
    value.remove_prefix(kHash);
    entry.first = take_number(value, 4);
    entry.last = take_number(value, 4);
    entry.passes = static_cast<std::uint16_t>(take_number(value, 2));
    shelf.push_back(std::move(entry));
  }
  return shelf;
}

std::string Greylist::format(const Shelf& shelf) {
  std::string out(1, kVersion);
  for (const Entry& entry : shelf) {
    out.append(entry.hash);
    put_number(out, entry.first, 4);
    put_number(out, entry.last, 4);
    put_number(out, entry.passes, 2);
  }
  return out;
}

Result<Greylist::Found> Greylist::find(View kind, const std::string& hash, std::size_t digits) const {
  Found found;
  found.key = own(kind) + digits_of(hash, digits);
  const auto row = rows_.get(found.key);
  if (!row) return fail(row.error());
  if (*row) {
    auto shelf = parse((*row)->value);
    if (!shelf) return fail(shelf.error());
    found.shelf = std::move(*shelf);
    found.written = (*row)->written;
  }
  Shelf& shelf = found.shelf;
  std::erase_if(shelf, [&](const Entry& entry) { return !counts(entry); });
  const auto known = std::find_if(shelf.begin(), shelf.end(), [&](const Entry& entry) { return entry.hash == hash; });
  found.index = static_cast<std::size_t>(known - shelf.begin());
  if (known != shelf.end()) return found;
  // Attempts make room before passes do: they are what anybody can make many of.
  const auto least = [](const Entry& a, const Entry& b) {
    return std::pair(a.passes > 0, std::max(a.first, a.last)) < std::pair(b.passes > 0, std::max(b.first, b.last));
  };
  while (!shelf.empty() && shelf.size() >= limits_.per_shelf)
    shelf.erase(std::min_element(shelf.begin(), shelf.end(), least));
  shelf.push_back({hash, now(), 0, 0});
  found.index = shelf.size() - 1;
  return found;
}

Result<bool> Greylist::put(const Found& found, const Found* second) {
  store::Batch batch;
  batch.expect(found.key, found.written).put(found.key, format(found.shelf));
  if (second != nullptr) batch.expect(second->key, second->written).put(second->key, format(second->shelf));
  // A crash may forget the last attempts: their clients come once more.
  const auto done = rows_.commit(batch, store::Durability::relaxed);
  if (done) return true;
  if (done.error().code == Code::conflict) return false;
  return fail(done.error());
}

Result<std::optional<GreylistAnswer>> Greylist::attempt(const std::string& network, const std::string& triple) {
  const auto answer = [](bool pass, std::chrono::seconds remaining) {
    return std::optional(GreylistAnswer{pass, remaining});
  };
  const auto after = [&](const Result<bool>& done, GreylistAnswer given) -> Result<std::optional<GreylistAnswer>> {
    if (!done) return fail(done.error());
    return *done ? std::optional(given) : std::nullopt;
  };
  auto client = find(kNetworks, network, kNetworkDigits);
  if (!client) return fail(client.error());
  Entry& passes = client->shelf[client->index];
  const std::uint32_t time = now();
  if (limits_.promote_after != 0 && passes.passes >= limits_.promote_after) {
    if (time - passes.last < kRefresh) return answer(true, {});
    passes.last = time;
    return after(put(*client), {true, {}});
  }
  auto found = find(kTriples, triple, kTripleDigits);
  if (!found) return fail(found.error());
  Entry& entry = found->shelf[found->index];
  const bool is_new = entry.first == time && entry.passes == 0;
  const std::chrono::seconds waited(time - entry.first);
  if (entry.passes == 0 && waited < limits_.delay) {
    const std::chrono::seconds remaining = limits_.delay - waited;
    if (!is_new) return answer(false, remaining);
    return after(put(*found), {false, remaining});
  }
  if (entry.passes > 0 && time - entry.last < kRefresh) return answer(true, {});
  const bool first_pass = entry.passes == 0;
  entry.passes = 1;
  entry.last = time;
  if (!first_pass) return after(put(*found), {true, {}});
  passes.last = time;
  if (passes.passes < 0xFFFFU) ++passes.passes;
  return after(put(*found, &*client), {true, {}});
}

Result<GreylistAnswer> Greylist::check(const IpAddress& client, View sender, View recipient) {
  const std::string name = network(client);
  const std::string hash = crypto::sha256(name).substr(0, kHash);
  const std::string triple =
      crypto::sha256(name + "\n" + lower_case(sender) + "\n" + lower_case(recipient)).substr(0, kHash);
  for (std::uint32_t i = 0; i < limits_.tries; ++i) {
    const auto answer = attempt(hash, triple);
    if (!answer) return fail(answer.error());
    if (*answer) return **answer;
  }
  return fail(environment_error(Code::unavailable, "the greylist changes too often"));
}

Result<std::size_t> Greylist::sweep() {
  std::size_t erased = 0;
  for (const View kind : {kTriples, kNetworks}) {
    store::Batch batch;
    std::size_t count = 0;
    const auto seen = rows_.scan(kind, store::after_prefix(kind), [&](View key, View value, store::Revision written) {
      const auto shelf = parse(value);
      if (!shelf || std::any_of(shelf->begin(), shelf->end(), [&](const Entry& entry) { return counts(entry); }))
        return true;
      batch.expect(key, written).erase(key);
      ++count;
      return true;
    });
    if (!seen) return fail(seen.error());
    if (batch.empty()) continue;
    const auto done = rows_.commit(batch, store::Durability::relaxed);
    // Somebody uses one of them: the next sweep finds the others.
    if (!done && done.error().code != Code::conflict) return fail(done.error());
    if (done) erased += count;
  }
  return erased;
}

}  // namespace posthorn::admission
