#include "protocol/imap/sort_order.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "posthorn/protocol/imap/arguments.h"

namespace posthorn::imap::search {

namespace {

using By = Criterion::By;

struct Row {
  View word;
  By by;
  Bits<Listed> listed;
};
constexpr std::array kRows{Row{"ARRIVAL", By::arrival, {}},
                           Row{"CC", By::cc, Listed::cc},
                           Row{"DATE", By::date, Listed::date},
                           Row{"DISPLAYFROM", By::display_from, Listed::display_from},
                           Row{"DISPLAYTO", By::display_to, Listed::display_to},
                           Row{"FROM", By::from, Listed::from},
                           Row{"SIZE", By::size, {}},
                           Row{"SUBJECT", By::subject, Listed::subject},
                           Row{"TO", By::to, Listed::to}};

/// The octets of a number, the highest first; a negative one is lower than all others.
void put_number(std::string& out, std::int64_t number) {
  const auto bits = static_cast<std::uint64_t>(number) ^ (std::uint64_t{1} << 63U);
  for (unsigned shift = 64; shift > 0; shift -= 8) out += static_cast<char>(bits >> (shift - 8));
}

/// A text and NUL, which is in no text.
void put_text(std::string& out, View text, Comparator comparator) {
  std::string octets = collated(comparator, text);
  octets.resize(std::min(octets.size(), kMaxSortText));
  std::erase(octets, '\0');
  out += octets;
  out += '\0';
}

void put(std::string& out, By by, const MessageFacts& facts, const Listing& listing, Comparator comparator) {
  switch (by) {
    case By::arrival: return put_number(out, facts.internal_date.time_since_epoch().count());
    case By::date: return put_number(out, listing.sent.time_since_epoch().count());
    case By::size: return put_number(out, static_cast<std::int64_t>(facts.octets));
    case By::cc: return put_text(out, listing.cc, comparator);
    case By::from: return put_text(out, listing.from, comparator);
    case By::to: return put_text(out, listing.to, comparator);
    case By::display_from: return put_text(out, listing.display_from, comparator);
    case By::display_to: return put_text(out, listing.display_to, comparator);
    case By::subject: return put_text(out, listing.links.subject.text, comparator);
  }
}

std::uint64_t head_of(View key) {
  std::uint64_t head = 0;
  for (std::size_t i = 0; i < sizeof head; ++i) {
    head = (head << 8U) | (i < key.size() ? static_cast<unsigned char>(key[i]) : 0U);
  }
  return head;
}

}  // namespace

bool sort_criteria(Cursor& c, std::vector<Criterion>& out) {
  if (!c.octet('(')) return false;
  do {
    if (out.size() == kMaxCriteria) return c.fail(Code::too_many, "sort criteria");
    Criterion criterion;
    criterion.reverse = c.try_word("REVERSE ");
    View word;
    if (!atom(c, word)) return false;
    const auto* row = std::ranges::find_if(kRows, [&](const Row& r) { return same_word(r.word, word); });
    if (row == kRows.end()) return c.fail(Code::syntax, "an unknown sort criterion");
    criterion.by = row->by;
    out.push_back(criterion);
  } while (c.try_sp());
  return c.octet(')');
}

Bits<Listed> listed_for(const std::vector<Criterion>& order) {
  Bits<Listed> out;
  for (const Criterion& criterion : order) {
    for (const Row& row : kRows) {
      if (row.by == criterion.by) out = out | row.listed;
    }
  }
  return out;
}

std::string sort_key(const std::vector<Criterion>& order, const MessageFacts& facts, const Listing& listing,
                     Comparator comparator) {
  std::string key;
  for (const Criterion& criterion : order) {
    const std::size_t from = key.size();
    put(key, criterion.by, facts, listing, comparator);
    if (!criterion.reverse) continue;
    std::transform(key.begin() + static_cast<std::ptrdiff_t>(from), key.end(),
                   key.begin() + static_cast<std::ptrdiff_t>(from),
                   [](char octet) { return static_cast<char>(~octet); });
  }
  return key;
}

Result<void> Sorter::add(std::uint32_t number, View key) {
  if (keys_.size() + key.size() + 2 > kMaxSortKeys) return fail(peer_error(Code::too_many, "messages to sort"));
  entries_.push_back({head_of(key), static_cast<std::uint32_t>(keys_.size()), number});
  keys_ += static_cast<char>(key.size() >> 8U);
  keys_ += static_cast<char>(key.size());
  keys_ += key;
  return {};
}

View Sorter::key_of(const Entry& entry) const {
  const auto octet = [&](std::size_t i) { return static_cast<unsigned char>(keys_[entry.at + i]); };
  return View(keys_).substr(entry.at + 2, (std::size_t{octet(0)} << 8U) | octet(1));
}

std::vector<std::uint32_t> Sorter::take_order() {
  std::sort(entries_.begin(), entries_.end(), [this](const Entry& a, const Entry& b) {
    if (a.head != b.head) return a.head < b.head;
    const int order = key_of(a).compare(key_of(b));
    return order != 0 ? order < 0 : a.number < b.number;
  });
  std::vector<std::uint32_t> out;
  out.reserve(entries_.size());
  for (const Entry& entry : entries_) out.push_back(entry.number);
  *this = Sorter();
  return out;
}

}  // namespace posthorn::imap::search
