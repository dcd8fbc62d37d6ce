#include "protocol/sieve/extensions/variables.h"

#include <algorithm>
#include <array>
#include <vector>

#include "posthorn/grammar/char_set.h"

#include "protocol/sieve/check.h"
#include "protocol/sieve/interpolation.h"
#include "protocol/sieve/match.h"
#include "protocol/sieve/modifiers.h"

namespace posthorn::sieve::extensions {

namespace {

void all_lower(std::string& value) { std::ranges::transform(value, value.begin(), to_lower); }
void all_upper(std::string& value) { std::ranges::transform(value, value.begin(), to_upper); }
void first_lower(std::string& value) {
  if (!value.empty()) value.front() = to_lower(value.front());
}
void first_upper(std::string& value) {
  if (!value.empty()) value.front() = to_upper(value.front());
}
void quote_wildcard(std::string& value) {
  std::string out;
  for (const char c : value) {
    if (c == '*' || c == '?' || c == '\\') out += '\\';
    out += c;
  }
  value = std::move(out);
}
// Characters, not octets (RFC 5229 section 4.1.2).
void length(std::string& value) {
  value = std::to_string(
      std::ranges::count_if(value, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

Flow set(Call& call) {
  set_variable(call, call.text(0), modified(call, call.text(1)));
  return Flow::next;
}

void check_set(Check& check) {
  if (check.must_be_constant(0)) check_variable(check, check.constants(0).front());
}

bool string(Call& call) {
  Match match(call);
  // RFC 5231 section 4.2: an empty string does not count; the values count, not the strings.
  for (std::size_t i = 0; i < call.count(0); ++i) {
    const View text = call.text_at(0, i);
    const TagRow* type = call.chosen(Group::match_type);
    const bool counts = type != nullptr && type->match->counts;
    if ((!counts || !text.empty()) && match.value(text)) break;
  }
  return match.finish();
}

constexpr std::array kSetParameters{Parameter{Value::string}, Parameter{Value::string}};
constexpr Row kSet{.name = "set",
                   .source = "RFC 5229 section 4",
                   .example = "set \"name\" \"value\";",
                   .parameters = kSetParameters,
                   .takes = takes::modifier,
                   .check = check_set,
                   .run = set};
constexpr std::array kStringParameters{Parameter{Value::strings}, Parameter{Value::strings}};
constexpr Row kString{.name = "string",
                      .source = "RFC 5229 section 5",
                      .example = "string :is \"${name}\" \"value\"",
                      .parameters = kStringParameters,
                      .takes = takes::match,
                      .keys = 2,
                      .test = string};
constexpr std::array kCommands{&kSet};
constexpr std::array kTests{&kString};

constexpr TagRow kLower{.name = "lower", .on = takes::modifier, .group = Group::case_, .modify = all_lower, .rank = 40};
constexpr TagRow kUpper{.name = "upper", .on = takes::modifier, .group = Group::case_, .modify = all_upper, .rank = 40};
constexpr TagRow kLowerFirst{
    .name = "lowerfirst", .on = takes::modifier, .group = Group::first_case, .modify = first_lower, .rank = 30};
constexpr TagRow kUpperFirst{
    .name = "upperfirst", .on = takes::modifier, .group = Group::first_case, .modify = first_upper, .rank = 30};
constexpr TagRow kQuoteWildcard{
    .name = "quotewildcard", .on = takes::modifier, .group = Group::quoting, .modify = quote_wildcard, .rank = 20};
constexpr TagRow kLength{.name = "length", .on = takes::modifier, .modify = length, .rank = 10};
constexpr std::array kTags{&kLower, &kUpper, &kLowerFirst, &kUpperFirst, &kQuoteWildcard, &kLength};

}  // namespace

constexpr Extension variables{.name = "variables",
                              .source = "RFC 5229",
                              .commands = kCommands,
                              .tests = kTests,
                              .tags = kTags,
                              .variables = true};

}  // namespace posthorn::sieve::extensions
