#include "protocol/sieve/extensions/comparators.h"

#include <array>

#include "posthorn/bytes/codec/fold.h"

#include "protocol/sieve/mail.h"

namespace posthorn::sieve::extensions {

namespace {

int by_octet(View a, View b) { return a.compare(b); }

View digits(View text) {
  std::size_t size = 0;
  while (size < text.size() && text[size] >= '0' && text[size] <= '9') ++size;
  text = text.substr(0, size);
  while (text.size() > 1 && text.front() == '0') text.remove_prefix(1);
  return text;
}

// RFC 4790 section 9.1: what does not begin with a digit is more than any number.
int by_number(View a, View b) {
  const View x = digits(a);
  const View y = digits(b);
  if (x.empty() || y.empty()) return static_cast<int>(x.empty()) - static_cast<int>(y.empty());
  if (x.size() != y.size()) return x.size() < y.size() ? -1 : 1;
  return x.compare(y);
}

constexpr ComparatorRow kOctet{.name = "i;octet", .compare = by_octet};
constexpr ComparatorRow kAsciiNumeric{.name = "i;ascii-numeric", .compare = by_number, .substrings = false};
constexpr ComparatorRow kUnicodeCasemap{
    .name = "i;unicode-casemap", .collate = codec::fold_case, .compare = by_octet, .ignores_case = true};

}  // namespace

constexpr ComparatorRow kAsciiCasemap{
    .name = "i;ascii-casemap", .collate = lower_case, .compare = by_octet, .ignores_case = true};

namespace {
// All are there without `require`: many scripts that other servers take forget it.
constexpr std::array kRows{&kOctet, &kAsciiCasemap, &kAsciiNumeric, &kUnicodeCasemap};
constexpr TagRow kComparator{
    .name = "comparator", .on = takes::match, .value = Value::string, .group = Group::comparator};
constexpr std::array kTags{&kComparator};
}  // namespace

constexpr Extension comparators{
    .name = "comparators", .source = "RFC 5228 section 2.7.3", .tags = kTags, .comparators = kRows, .basic = true};
constexpr Extension comparator_octet{.name = "comparator-i;octet", .source = "RFC 5228 section 2.7.3", .hidden = true};
constexpr Extension comparator_ascii_casemap{
    .name = "comparator-i;ascii-casemap", .source = "RFC 5228 section 2.7.3", .hidden = true};
constexpr Extension comparator_ascii_numeric{.name = "comparator-i;ascii-numeric", .source = "RFC 4790 section 9.1"};
constexpr Extension comparator_unicode_casemap{.name = "comparator-i;unicode-casemap", .source = "RFC 5051"};

}  // namespace posthorn::sieve::extensions
