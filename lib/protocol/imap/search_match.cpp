#include "protocol/imap/search_match.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "posthorn/grammar/mail/date.h"
#include "posthorn/grammar/mime/header.h"

#include "protocol/imap/content_search.h"
#include "protocol/imap/placeholder.h"
#include "protocol/imap/search_texts.h"

namespace posthorn::imap::search {

namespace {

constexpr std::uint64_t kPiece = 64U << 10U;
constexpr auto kDay = std::chrono::hours(24);

bool in(const std::vector<Range>& ranges, std::uint32_t n) {
  const auto after =
      std::upper_bound(ranges.begin(), ranges.end(), n, [](std::uint32_t v, const Range& r) { return v < r.first; });
  return after != ranges.begin() && std::prev(after)->last >= n;
}

int cost(const Key& key) {
  int highest = static_cast<int>(key.ask);
  if (key.ask == Ask::all_of || key.ask == Ask::any_of) {
    highest = 0;
    for (const Key& k : key.keys) highest = std::max(highest, cost(k));
  }
  return highest;
}

}  // namespace

Matcher::Matcher(Key root, SelectedMailbox& view) : root_(std::move(root)), view_(view) {
  prepare(root_);
  number_needles(root_);
}

void Matcher::number_needles(Key& key) {
  if (key.ask == Ask::body || key.ask == Ask::text) {
    key.needle = needles_.size();
    needles_.emplace_back(key.text);
  }
  for (Key& k : key.keys) number_needles(k);
}

// Resolves sets with the view as it is now, and puts what is cheap first.
void Matcher::prepare(Key& key) {
  const bool by_uid = key.ask == Ask::uids;
  if (by_uid || key.ask == Ask::numbers) {
    const std::uint32_t exists = view_.exists();
    const std::uint32_t highest = !by_uid ? exists : exists == 0 ? 0 : view_.uid_at(SeqNum(exists)).value();
    SequenceSet resolved;
    for (const Range& r : key.set.resolve(highest)) resolved.add(r);
    key.set = std::move(resolved);
  }
  for (Key& k : key.keys) prepare(k);
  std::sort(key.keys.begin(), key.keys.end(), [](const Key& a, const Key& b) { return cost(a) < cost(b); });
}

Result<bool> Matcher::matches(SeqNum number) {
  number_ = number;
  facts_ = &view_.facts(number);
  header_.reset();
  contents_.reset();
  failure_.reset();
  const bool found = holds(root_);
  if (!failure_) return found;
  if (failure_->code == Code::not_found) return false;
  return fail(*failure_);
}

bool Matcher::holds(const Key& key) {
  bool found = false;
  if (key.ask == Ask::all_of) {
    found = std::all_of(key.keys.begin(), key.keys.end(), [this](const Key& k) { return holds(k); });
  } else if (key.ask == Ask::any_of) {
    found = std::any_of(key.keys.begin(), key.keys.end(), [this](const Key& k) { return holds(k); });
  } else if (key.ask < Ask::header) {
    found = holds_fact(key);
  } else if (key.ask == Ask::header) {
    found = holds_field(key);
  } else if (key.ask == Ask::body || key.ask == Ask::text) {
    found = holds_text(key);
  } else {
    found = holds_date(key);
  }
  return found != key.negated;
}

bool Matcher::holds_fact(const Key& key) const {
  const WallTime at = facts_->internal_date;
  switch (key.ask) {
    case Ask::nothing: return false;
    case Ask::everything: return true;
    case Ask::numbers: return in(key.set.ranges(), number_.value());
    case Ask::uids: return in(key.set.ranges(), facts_->uid.value());
    case Ask::flag: return facts_->flags.has(key.flag);
    case Ask::keyword:
      return std::any_of(facts_->flags.keywords.begin(), facts_->flags.keywords.end(),
                         [&](const std::string& k) { return same_word(k, key.name); });
    case Ask::larger: return facts_->octets > key.octets;
    case Ask::smaller: return facts_->octets < key.octets;
    case Ask::before: return at < key.day;
    case Ask::on: return at >= key.day && at < key.day + kDay;
    case Ask::since: return at >= key.day;
    case Ask::header:
    case Ask::sent_before:
    case Ask::sent_on:
    case Ask::sent_since:
    case Ask::body:
    case Ask::text:
    case Ask::all_of:
    case Ask::any_of: return false;
  }
  return false;
}

bool Matcher::holds_date(const Key& key) {
  const auto field = mime::find_field(header(), "Date");
  if (!field) return false;
  WallTime local{};
  if (!mail::parse_date(mime::unfold(*field), &local)) return false;
  if (key.ask == Ask::sent_before) return local < key.day;
  if (key.ask == Ask::sent_since) return local >= key.day;
  return local >= key.day && local < key.day + kDay;
}

bool Matcher::holds_field(const Key& key) {
  if (!key.text.empty() && !view_.may_hold(number_, key.text)) return false;
  mime::FieldReader reader(header());
  for (mime::Field field; reader.next(field);) {
    if (!same_word(field.name, key.name)) continue;
    if (key.text.empty()) return true;
    if (folded_value(field).find(key.text) != std::string::npos) return true;
  }
  return false;
}

bool Matcher::holds_text(const Key& key) {
  if (key.text.empty()) return true;
  if (!view_.may_hold(number_, key.text)) return false;
  if (key.ask == Ask::text) {
    const std::string& raw = header();
    mime::FieldReader reader(raw);
    for (mime::Field field; reader.next(field);) {
      if (folded_line(field).find(key.text) != std::string::npos) return true;
    }
  }
  return contents()[key.needle];
}

/// What cannot be opened has no texts, and is no reason to hide the messages that match (RFC 9051 section 6.4.4).
bool Matcher::fails_search(const Error& error) {
  if (is_unopened(error.code)) return false;
  failure_ = error;
  return true;
}

const std::string& Matcher::header() {
  if (!header_) header_ = read_header();
  return *header_;
}

// In pieces: most headers fit into the first one.
std::string Matcher::read_header() {
  HeaderCollector header;
  std::uint64_t piece = 8U << 10U;
  for (std::uint64_t at = 0;;) {
    auto got = view_.read(number_, at, piece);
    if (!got) {
      if (!fails_search(got.error())) contents_.emplace(needles_.size(), false);
      return {};
    }
    octets_read_ += got->size();
    at += got->size();
    if (!header.feed(*got) || got->size() < piece) return header.take_text();
    piece = kPiece;
  }
}

const std::vector<bool>& Matcher::contents() {
  if (contents_) return *contents_;
  ContentSearch search(needles_);
  for (std::uint64_t at = 0; at < facts_->octets && !search.all_found(); at += kPiece) {
    auto got = view_.read(number_, at, kPiece);
    if (!got) {
      if (!fails_search(got.error()) && at == 0) header_.emplace();
      return contents_.emplace(needles_.size(), false);
    }
    octets_read_ += got->size();
    search.feed(*got);
  }
  contents_ = search.finish();
  return *contents_;
}

}  // namespace posthorn::imap::search
