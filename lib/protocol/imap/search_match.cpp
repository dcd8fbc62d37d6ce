#include "protocol/imap/search_match.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "posthorn/grammar/mail/date.h"
#include "posthorn/grammar/mime/header.h"

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

Matcher::Matcher(Key root, SelectedMailbox& view, const Surroundings& around)
    : root_(std::move(root)), view_(view), now_(around.now), comparator_(around.comparator) {
  prepare(root_, around.saved);
  number_needles(root_);
}

void Matcher::number_needles(Key& key) {
  if (key.ask == Ask::body || key.ask == Ask::text) {
    key.needle = needles_.size();
    needles_.push_back({key.text, key.exact, RawScreen(key.text)});
  } else if (key.ask == Ask::header) {
    key.needle = screens_.size();
    screens_.emplace_back(key.text);
  }
  for (Key& k : key.keys) number_needles(k);
}

// Resolves sets with the view as it is now, and puts what is cheap first.
void Matcher::prepare(Key& key, std::span<const Range> saved) {
  if (key.ask == Ask::uids || key.ask == Ask::numbers) {
    SequenceSet resolved;
    if (key.set.is_saved_result()) {
      key.ask = Ask::uids;
      for (const Range& r : saved) resolved.add(r);
    } else {
      const std::uint32_t exists = view_.exists();
      const bool by_uid = key.ask == Ask::uids;
      const std::uint32_t highest = !by_uid ? exists : exists == 0 ? 0 : view_.uid_at(SeqNum(exists)).value();
      for (const Range& r : key.set.resolve(highest)) resolved.add(r);
    }
    key.set = std::move(resolved);
  }
  key.exact = comparator_ == Comparator::unicode_casemap ? key.text : collated(comparator_, key.exact);
  for (Key& k : key.keys) prepare(k, saved);
  std::sort(key.keys.begin(), key.keys.end(), [](const Key& a, const Key& b) { return cost(a) < cost(b); });
}

std::vector<Range> Matcher::candidates() const {
  std::vector<Range> out;
  if (view_.exists() > 0) out.push_back({1, view_.exists()});
  if (root_.negated) return out;
  for (const Key& key : root_.keys) {
    if (key.negated) continue;
    if (key.ask == Ask::numbers) out = common(out, key.set.ranges());
    if (key.ask != Ask::uids) continue;
    if (const auto numbers = messages_of(key.set, view_, true)) out = common(out, *numbers);
  }
  return out;
}

Result<bool> Matcher::matches(SeqNum number) {
  present_ = {};
  present_.number = number;
  present_.facts = &view_.facts(number);
  const bool found = holds(root_);
  if (!present_.failure) return found;
  if (present_.failure->code == Code::not_found) return false;
  return fail(*present_.failure);
}

bool Matcher::holds(const Key& key) {
  bool found = false;
  if (key.ask == Ask::all_of) {
    found = std::all_of(key.keys.begin(), key.keys.end(), [this](const Key& k) { return holds(k); });
  } else if (key.ask == Ask::any_of) {
    found = std::any_of(key.keys.begin(), key.keys.end(), [this](const Key& k) { return holds(k); });
  } else if (key.ask >= Ask::before && key.ask <= Ask::saved_since) {
    found = holds_time(key);
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
  const MessageFacts& facts = *present_.facts;
  if (key.ask == Ask::everything) return true;
  if (key.ask == Ask::numbers) return in(key.set.ranges(), present_.number.value());
  if (key.ask == Ask::uids) return in(key.set.ranges(), facts.uid.value());
  if (key.ask == Ask::flag) return facts.flags.has(key.flag);
  if (key.ask == Ask::keyword) {
    return std::any_of(facts.flags.keywords.begin(), facts.flags.keywords.end(),
                       [&](const std::string& k) { return same_word(k, key.name); });
  }
  if (key.ask == Ask::larger) return facts.octets > key.number;
  if (key.ask == Ask::smaller) return facts.octets < key.number;
  if (key.ask == Ask::has_save_date) return facts.save_date.has_value();
  if (key.ask == Ask::email_id) return !facts.email_id.empty() && facts.email_id == key.text;
  if (key.ask == Ask::thread_id) return !facts.thread_id.empty() && facts.thread_id == key.text;
  return false;  // Ask::nothing
}

bool Matcher::holds_time(const Key& key) const {
  const WallTime at = present_.facts->internal_date;
  if (key.ask == Ask::modseq) return present_.facts->modseq.value() >= key.number;
  if (key.ask == Ask::older) return at <= now_ - std::chrono::seconds(key.number);
  if (key.ask == Ask::younger) return at >= now_ - std::chrono::seconds(key.number);
  if (key.ask == Ask::before) return at < key.day;
  if (key.ask == Ask::on) return at >= key.day && at < key.day + kDay;
  if (key.ask == Ask::since) return at >= key.day;
  // Where nobody knows when a message was saved, its internal date stands in (RFC 8514 section 4.3).
  const WallTime saved = present_.facts->save_date.value_or(at);
  if (key.ask == Ask::saved_before) return saved < key.day;
  if (key.ask == Ask::saved_on) return saved >= key.day && saved < key.day + kDay;
  return saved >= key.day;
}

bool Matcher::holds_date(const Key& key) {
  const auto known = known_fields("Date");
  const auto field = mime::find_field(known ? *known : header(), "Date");
  if (!field) return false;
  WallTime local{};
  if (!mail::parse_date(mime::unfold(*field), &local)) return false;
  if (key.ask == Ask::sent_before) return local < key.day;
  if (key.ask == Ask::sent_since) return local >= key.day;
  return local >= key.day && local < key.day + kDay;
}

bool Matcher::holds_field(const Key& key) {
  const auto known = known_fields(key.name);
  if (!known && !key.text.empty() && !view_.may_hold(present_.number, key.text)) return false;
  const RawScreen& screen = screens_[key.needle];
  const View fields = known ? *known : header();
  if (!key.text.empty() && !screen.may_be_in_header(fields)) return false;
  mime::FieldReader reader(fields);
  for (mime::Field field; reader.next(field);) {
    if (!same_word(field.name, key.name)) continue;
    if (key.text.empty()) return true;
    if (!screen.may_be_in_header(field.raw)) continue;
    const std::string value = value_of(field);
    if (screen.may_hold(value) && collated(comparator_, value).find(key.exact) != std::string::npos) return true;
  }
  return false;
}

bool Matcher::holds_text(const Key& key) {
  if (key.text.empty()) return true;
  if (!may_hold(needles_[key.needle])) return false;
  if (key.ask == Ask::text && holds_in_header(key)) return true;
  return contents()[key.needle];
}

bool Matcher::holds_in_header(const Key& key) {
  const RawScreen& screen = needles_[key.needle].screen;
  const View fields = header();
  if (!screen.may_be_in_header(fields)) return false;
  mime::FieldReader reader(fields);
  for (mime::Field field; reader.next(field);) {
    const View line(field.name.data(), static_cast<std::size_t>(field.raw.end() - field.name.begin()));
    if (!screen.may_be_in_header(line)) continue;
    const std::string text = line_of(field);
    if (screen.may_hold(text) && collated(comparator_, text).find(key.exact) != std::string::npos) return true;
  }
  return false;
}

// Most messages that a text is not in are dismissed here, without being parsed.
bool Matcher::may_hold(const Needle& needle) {
  if (!view_.may_hold(present_.number, needle.folded)) return false;
  if (!read_whole()) return true;
  const View message = *present_.whole;
  if (needle.screen.may_hold(message)) return true;
  if (!present_.transparent) present_.transparent = is_transparent(message);
  return !*present_.transparent;
}

/// What cannot be opened has no texts, and is no reason to hide the messages that match (RFC 9051 section 6.4.4).
bool Matcher::fails_search(const Error& error) {
  if (is_unopened(error.code)) return false;
  present_.failure = error;
  return true;
}

/// Whether all octets are at hand now.
bool Matcher::read_whole() {
  const std::uint64_t octets = present_.facts->octets;
  if (octets > kReadWhole || std::exchange(present_.tried_whole, true)) return present_.whole.has_value();
  auto got = view_.read(present_.number, 0, octets);
  if (!got) {
    // Of one that is damaged the beginning may be there.
    if (fails_search(got.error()) || got.error().code == Code::sealed) {
      present_.contents.emplace(needles_.size(), false);
      present_.header.emplace();
    }
    return false;
  }
  octets_read_ += got->size();
  present_.whole = std::move(*got);
  return true;
}

std::optional<View> Matcher::known_fields(View name) {
  if (present_.header || present_.whole) return header();
  if (!std::exchange(present_.tried_summary, true)) summary_.look_up(view_, present_.number, present_.facts->octets);
  return summary_.fields_with(name);
}

View Matcher::header() {
  if (present_.header) return *present_.header;
  if (present_.whole) return present_.header.emplace(header_of(*present_.whole));
  read_header();
  return present_.header.emplace(present_.header_octets);
}

// In pieces: most headers fit into the first one.
void Matcher::read_header() {
  HeaderCollector header;
  std::uint64_t piece = 8U << 10U;
  for (std::uint64_t at = 0;;) {
    auto got = view_.read(present_.number, at, piece);
    if (!got) {
      if (!fails_search(got.error())) present_.contents.emplace(needles_.size(), false);
      return;
    }
    octets_read_ += got->size();
    at += got->size();
    if (!header.feed(*got) || got->size() < piece) break;
    piece = kPiece;
  }
  present_.header_octets = header.take_text();
}

const std::vector<bool>& Matcher::contents() {
  if (present_.contents) return *present_.contents;
  ContentSearch search(needles_, comparator_);
  if (present_.whole) search.feed(*present_.whole);
  for (std::uint64_t at = 0; !present_.whole && at < present_.facts->octets && !search.all_found(); at += kPiece) {
    auto got = view_.read(present_.number, at, kPiece);
    if (!got) {
      if (!fails_search(got.error()) && at == 0) present_.header.emplace();
      return present_.contents.emplace(needles_.size(), false);
    }
    octets_read_ += got->size();
    search.feed(*got);
  }
  present_.contents = search.finish();
  return *present_.contents;
}

}  // namespace posthorn::imap::search
