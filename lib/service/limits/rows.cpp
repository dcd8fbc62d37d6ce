#include "service/limits/rows.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace posthorn::limits {

namespace {

using std::chrono::microseconds;

constexpr View kVersion = "1";

std::int64_t micros(WallTime time) { return microseconds(time.time_since_epoch()).count(); }

std::string hexadecimal(std::uint64_t number, int digits) {
  std::string text(static_cast<std::size_t>(digits), '0');
  for (int i = digits - 1; i >= 0; --i, number >>= 4U) {
    text[static_cast<std::size_t>(i)] = "0123456789abcdef"[number & 15U];
  }
  return text;
}

template <class N>
bool read(View text, N& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

/// Takes the text before the next separator, or the rest.
View take(View& rest, char separator) {
  const std::size_t end = rest.find(separator);
  const View part = rest.substr(0, end);
  rest.remove_prefix(end == View::npos ? rest.size() : end + 1);
  return part;
}

// time "," digest "," recipients
bool read_sent(View text, std::vector<Sent>& out) {
  Sent sent;
  std::int64_t at = 0;
  const View time = take(text, ',');
  const View digest = take(text, ',');
  if (!read(time, at) || !read(digest, sent.digest) || !read(text, sent.recipients)) return false;
  sent.at = WallTime(std::chrono::seconds(at));
  out.push_back(sent);
  return out.size() <= kSent;
}

bool read_field(View name, View text, Counts& out) {
  std::int64_t number = 0;
  if (name == "sent") return read_sent(text, out.sent);
  if (name == "outcomes") {
    out.outcomes = own(text);
    return text.find_first_not_of("01") == View::npos;
  }
  if (!read(text, number)) return false;
  if (name == "messages") out.messages.full_at = number;
  if (name == "recipients") out.recipients.full_at = number;
  if (name == "first_time") out.first_time.full_at = number;
  if (name == "refusals") out.refusals.full_at = number;
  if (name == "touched") out.touched = WallTime(std::chrono::seconds(number));
  if (name == "frozen_since") out.freeze.since = WallTime(std::chrono::seconds(number));
  if (name == "frozen") {
    if (number < 0 || number > static_cast<int>(FreezeReason::automation)) return false;
    out.freeze.reason = static_cast<FreezeReason>(number);
  }
  return true;
}

Error corrupt() { return environment_error(Code::corrupt, "row of limits"); }

}  // namespace

// The debt is what was taken and has not come back yet, in time. A clock that went back leaves more than two windows of
// it, which would keep an account out for long.
std::chrono::microseconds Bucket::wait(std::uint32_t capacity, std::chrono::seconds window, std::uint32_t count,
                                       WallTime now) const {
  if (capacity == 0) return microseconds(0);
  const std::int64_t whole = microseconds(window).count();
  const std::int64_t debt = std::clamp<std::int64_t>(full_at - micros(now), 0, 2 * whole);
  const std::int64_t wanted = whole / capacity * count;
  return microseconds(std::max<std::int64_t>(0, debt + wanted - whole));
}

void Bucket::take(std::uint32_t capacity, std::chrono::seconds window, std::uint32_t count, WallTime now) {
  if (capacity == 0) return;
  const std::int64_t whole = microseconds(window).count();
  const std::int64_t debt = std::clamp<std::int64_t>(full_at - micros(now), 0, 2 * whole);
  full_at = micros(now) + debt + whole / capacity * count;
}

void Bucket::give_back(std::uint32_t capacity, std::chrono::seconds window, std::uint32_t count) {
  if (capacity != 0) full_at -= microseconds(window).count() / capacity * count;
}

bool Counts::operator==(const Counts& other) const { return format(*this) == format(other); }

std::string format(const Counts& counts) {
  std::string out = own(kVersion) + "\n";
  const auto number = [&](View name, std::int64_t value) {
    if (value != 0) out.append(name).append("=").append(std::to_string(value)).append("\n");
  };
  number("messages", counts.messages.full_at);
  number("recipients", counts.recipients.full_at);
  number("first_time", counts.first_time.full_at);
  number("refusals", counts.refusals.full_at);
  number("touched", counts.touched.time_since_epoch().count());
  number("frozen", static_cast<int>(counts.freeze.reason));
  number("frozen_since", counts.freeze.since.time_since_epoch().count());
  if (!counts.outcomes.empty()) out.append("outcomes=").append(counts.outcomes).append("\n");
  for (const Sent& sent : counts.sent) {
    out.append("sent=").append(std::to_string(sent.at.time_since_epoch().count())).append(",");
    out.append(std::to_string(sent.digest)).append(",").append(std::to_string(sent.recipients)).append("\n");
  }
  return out;
}

Result<Counts> parse_counts(View value) {
  Counts counts;
  if (take(value, '\n') != kVersion) return fail(corrupt());
  while (!value.empty()) {
    View line = take(value, '\n');
    const View name = take(line, '=');
    if (!read_field(name, line, counts)) return fail(corrupt());
  }
  return counts;
}

bool Shelf::knows(View hash, std::uint16_t day, std::chrono::days remember) const {
  return std::any_of(entries.begin(), entries.end(),
                     [&](const Entry& e) { return e.hash == hash && day - e.day <= remember.count(); });
}

void Shelf::add(View hash, std::uint16_t day, std::size_t room) {
  const auto known = std::find_if(entries.begin(), entries.end(), [&](const Entry& e) { return e.hash == hash; });
  if (known != entries.end()) {
    known->day = day;
    return;
  }
  const auto older = [](const Entry& a, const Entry& b) { return a.day < b.day; };
  while (!entries.empty() && entries.size() >= room)
    entries.erase(std::min_element(entries.begin(), entries.end(), older));
  if (room != 0) entries.push_back({own(hash), day});
}

std::string format(const Shelf& shelf) {
  std::string out(kVersion);
  for (const Shelf::Entry& entry : shelf.entries) {
    out.append(entry.hash);
    out.push_back(static_cast<char>(entry.day >> 8U));
    out.push_back(static_cast<char>(entry.day & 0xFFU));
  }
  return out;
}

Result<Shelf> parse_shelf(View value) {
  constexpr std::size_t kEntry = Shelf::kHash + 2;
  if (!value.starts_with(kVersion) || (value.size() - 1) % kEntry != 0) return fail(corrupt());
  value.remove_prefix(1);
  Shelf shelf;
  for (; !value.empty(); value.remove_prefix(kEntry)) {
    const auto high = static_cast<unsigned char>(value[Shelf::kHash]);
    const auto low = static_cast<unsigned char>(value[Shelf::kHash + 1]);
    shelf.entries.push_back({own(value.substr(0, Shelf::kHash)), static_cast<std::uint16_t>(high * 256U + low)});
  }
  return shelf;
}

std::string account_digits(store::AccountId account) { return hexadecimal(account.value(), 16); }

char letter_of(Kind kind) {
  constexpr std::array kLetters{std::pair(Kind::submitted, 's'), std::pair(Kind::redirected, 'r'),
                                std::pair(Kind::vacation, 'v')};
  return std::find_if(kLetters.begin(), kLetters.end(), [&](const auto& row) { return row.first == kind; })->second;
}

std::string account_key(store::AccountId account, Kind kind) {
  return own(kAccounts) + account_digits(account) + ":" + letter_of(kind);
}
std::string domain_key(View domain, Kind kind) { return own(kDomains).append(domain) + ":" + letter_of(kind); }
std::string shelf_key(store::AccountId account, View hash) {
  return own(kShelves) + account_digits(account) + ":" + hexadecimal(static_cast<unsigned char>(hash.front()), 2);
}

}  // namespace posthorn::limits
