#include "posthorn/protocol/dnsbl/list.h"

#include <algorithm>
#include <utility>

#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/cursor.h"
#include "posthorn/grammar/dns/name.h"

namespace posthorn::dnsbl {

namespace {

constexpr CharSet kBetween = CharSet(" \t\r\n,");
constexpr CharSet kZone = chars::kAlnum + CharSet("-_.");

bool octet(Cursor& in, std::uint8_t& value) { return in.number<std::uint8_t>(value); }

bool range(Cursor& in, std::vector<Pattern::Range>& ranges) {
  Pattern::Range range;
  if (!octet(in, range.first)) return false;
  range.last = range.first;
  if (in.try_word("..") && !octet(in, range.last)) return false;
  if (range.last < range.first) return in.fail(Code::syntax, "a range that ends before it begins");
  ranges.push_back(range);
  return true;
}

/// One octet: a number, or "[" range *(";" range) "]".
bool octet_rule(Cursor& in, std::vector<Pattern::Range>& ranges) {
  if (!in.try_octet('[')) {
    Pattern::Range only;
    if (!octet(in, only.first)) return false;
    only.last = only.first;
    ranges.push_back(only);
    return true;
  }
  do {
    if (!range(in, ranges)) return false;
  } while (in.try_octet(';'));
  return in.octet(']');
}

bool weight(Cursor& in, int& value) {
  const bool negative = in.try_octet('-');
  if (!negative) (void)in.try_octet('+');
  unsigned number = 0;
  if (!in.number<unsigned>(number, static_cast<unsigned>(Limits::kWeight))) return false;
  value = negative ? -static_cast<int>(number) : static_cast<int>(number);
  return true;
}

/// Where the pattern of an entry ends: a weight may follow.
View pattern_part(View rest) { return rest.substr(0, rest.find('*')); }

Result<std::pair<std::string, Rule>> parse_entry(View entry) {
  Cursor in(entry);
  View zone;
  Rule rule;
  if (in.run(kZone, zone) && in.try_octet('=')) {
    const View part = pattern_part(in.rest());
    auto pattern = Pattern::parse(part);
    if (!pattern) return fail(std::move(pattern.error()));
    rule.pattern = std::move(*pattern);
    View taken;
    (void)in.octets(part.size(), taken);
  }
  if (in.try_octet('*')) (void)weight(in, rule.weight);
  (void)in.end();
  auto name = dns::wire::normal_name(zone);
  if (!name || name->empty()) (void)in.fail(Code::syntax, "no zone");
  return in.finish(std::pair(name.value_or(std::string()), std::move(rule)));
}

}  // namespace

Result<Pattern> Pattern::parse(View text) {
  Cursor in(text);
  Pattern pattern;
  for (std::size_t i = 0; i < 4 && in.ok(); ++i) {
    if (i > 0 && !in.octet('.')) break;
    (void)octet_rule(in, pattern.octets_[i]);
  }
  (void)in.end();
  if (in.ok() && pattern.octets_[0] != std::vector{Range{127, 127}}) {
    (void)in.fail(Code::syntax, "codes begin with 127 (RFC 5782 section 2.1)");
  }
  return in.finish(std::move(pattern));
}

bool Pattern::matches(const IpAddress& code) const {
  if (!code.is_v4()) return false;
  for (std::size_t i = 0; i < 4; ++i) {
    const std::uint8_t value = code.octets()[i];
    const auto holds = [value](const Range& range) { return range.first <= value && value <= range.last; };
    if (!octets_[i].empty() && std::none_of(octets_[i].begin(), octets_[i].end(), holds)) return false;
  }
  return true;
}

Result<std::vector<List>> parse_lists(View text) {
  std::vector<List> lists;
  for (std::size_t at = 0; at < text.size();) {
    if (kBetween[text[at]]) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < text.size() && !kBetween[text[end]]) ++end;
    auto entry = parse_entry(text.substr(at, end - at));
    if (!entry) return fail(caller_error(Code::syntax, own(text.substr(at, end - at)) + ": " + entry.error().note));
    auto list = std::find_if(lists.begin(), lists.end(), [&](const List& l) { return l.zone == entry->first; });
    if (list == lists.end()) list = lists.insert(list, List{entry->first, {}});
    list->rules.push_back(std::move(entry->second));
    if (lists.size() > Limits::kLists) return fail(caller_error(Code::too_many, "more than 64 lists"));
    if (list->rules.size() > Limits::kRules) return fail(caller_error(Code::too_many, "more than 64 rules of a list"));
    at = end;
  }
  return lists;
}

}  // namespace posthorn::dnsbl
