#include "protocol/sieve/extensions/match_types.h"

#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "protocol/sieve/check.h"
#include "protocol/sieve/extensions/comparators.h"
#include "protocol/sieve/match.h"

namespace posthorn::sieve::extensions {

namespace {

constexpr std::uint64_t kTriesOfStep = 64;

bool is(Match& match, View value, View key) { return match.comparator().compare(value, key) == 0; }

bool contains(Match& /*match*/, View value, View key) { return value.find(key) != View::npos; }

std::size_t character(View text, std::size_t at) {
  std::size_t size = 1;
  while (at + size < text.size() && (static_cast<unsigned char>(text[at + size]) & 0xC0U) == 0x80U) ++size;
  return size;
}

/// Where a wildcard began and ended.
struct Part {
  std::size_t begin;
  std::size_t end;
};

/// "*" and "?" with the shortest parts, leftmost first. Goes back to the last star only: what stands before it fits
/// wherever it fits first. @param work  counts comparisons, down to 0
bool fits(View value, View key, std::vector<Part>& parts, std::uint64_t& work) {
  std::size_t v = 0;
  std::size_t k = 0;
  std::optional<std::size_t> star_key;  // behind the last star
  std::size_t star_parts = 0;           // parts up to and with it
  while (work > 0) {
    --work;
    if (k == key.size() && v == value.size()) return true;
    if (k < key.size() && key[k] == '*') {
      star_key = ++k;
      parts.push_back({v, v});
      star_parts = parts.size();
      continue;
    }
    if (v < value.size() && k < key.size()) {
      if (key[k] == '?') {
        const std::size_t size = character(value, v);
        parts.push_back({v, v + size});
        v += size;
        ++k;
        continue;
      }
      const bool escaped = key[k] == '\\' && k + 1 < key.size();
      if (key[k + (escaped ? 1U : 0U)] == value[v]) {
        ++v;
        k += escaped ? 2 : 1;
        continue;
      }
    }
    if (!star_key) return false;
    v = parts[star_parts - 1].end;
    if (v >= value.size()) return false;
    v += character(value, v);
    parts.resize(star_parts);
    parts.back().end = v;
    k = *star_key;
  }
  return false;
}

/// The place in `original` of a place in what was collated from it, character by character.
std::size_t place_in(View original, View collated, std::size_t at) {
  if (original.size() == collated.size()) return at;
  std::size_t out = 0;
  for (std::size_t i = 0; i < at && out < original.size(); i += character(collated, i)) out += character(original, out);
  return out;
}

bool matches(Match& match, View value, View key) {
  std::vector<Part> parts;
  constexpr std::uint64_t kMost = 64U << 20U;
  std::uint64_t work = kMost;
  const bool fitting = fits(value, key, parts, work);
  if (!match.run().spend_octets((kMost - work) * (kOctetsOfStep / kTriesOfStep))) return false;
  if (work == 0) match.run().fail("a pattern takes too many steps");
  if (!fitting || !match.wants_parts()) return fitting;
  const View original = match.original();
  std::vector<std::string> texts{own(original)};
  for (const Part& part : parts) {
    if (texts.size() >= match.run().options().limits.match_values) break;
    const std::size_t begin = place_in(original, value, part.begin);
    texts.push_back(own(original.substr(begin, place_in(original, value, part.end) - begin)));
  }
  match.found(std::move(texts));
  return true;
}

constexpr MatchType kContainsType{.holds = contains, .substrings = true};
constexpr MatchType kMatchesType{.holds = matches, .substrings = true};

}  // namespace

constexpr MatchType kIsType{.holds = is};

namespace {
constexpr TagRow kIs{.name = "is", .on = takes::match, .group = Group::match_type, .match = &kIsType};
constexpr TagRow kContains{.name = "contains", .on = takes::match, .group = Group::match_type, .match = &kContainsType};
constexpr TagRow kMatches{.name = "matches", .on = takes::match, .group = Group::match_type, .match = &kMatchesType};
constexpr std::array kTags{&kIs, &kContains, &kMatches};
}  // namespace

constexpr Extension match_types{
    .name = "match-types", .source = "RFC 5228 section 2.7.1", .tags = kTags, .basic = true};

void prepare_keys(Check& check) {
  Program& program = check.program();
  const Node& node = check.node();
  const TagRow* type_tag = find_group(program, node, Group::match_type);
  const MatchType& type = type_tag == nullptr ? kIsType : *type_tag->match;
  const TagRow* tag = find_group(program, node, Group::comparator);
  const Bound* named = tag == nullptr ? nullptr : find_tag(program, node, *tag);
  if (named != nullptr && named->number >= program.comparators.size()) return;  // it is not known, which was said
  const ComparatorRow& row = named == nullptr ? kAsciiCasemap : *program.comparators[named->number];
  if (type.substrings && !row.substrings)
    return check.error("comparator \"" + own(row.name) + "\" knows no parts of texts");
  for (const Check::Constant& key : check.constants(node.row->keys - 1U)) {
    if (type.prepare != nullptr) {
      std::string wrong;
      program.prepared.push_back(type.prepare(key.text, row.ignores_case, wrong));
      key.made->prepared = static_cast<std::uint32_t>(program.prepared.size());
      if (!wrong.empty()) check.error(key.at, std::move(wrong));
    }
    if (!type.collates || row.collate == nullptr) continue;
    const std::string collated = row.collate(key.text);
    key.made->collated = {static_cast<std::uint32_t>(program.pool.size()), static_cast<std::uint32_t>(collated.size())};
    program.pool += collated;
  }
}

}  // namespace posthorn::sieve::extensions
