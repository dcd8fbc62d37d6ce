#include "protocol/sieve/extensions/tests.h"

#include <algorithm>
#include <array>

#include "protocol/sieve/addresses.h"
#include "protocol/sieve/check.h"
#include "protocol/sieve/fields.h"
#include "protocol/sieve/match.h"

namespace posthorn::sieve::extensions {

namespace {

bool address(Call& call) {
  Match match(call);
  for_each_field(call, 0, [&](const FieldValue& field) { return match_addresses(match, field.raw); });
  return match.finish();
}

bool header(Call& call) {
  Match match(call);
  for_each_field(call, 0, [&](const FieldValue& field) { return match_field(match, field); });
  return match.finish();
}

bool exists(Call& call) {
  for (std::size_t i = 0; i < call.count(0); ++i) {
    bool found = false;
    for_each_field_of(call, call.text_at(0, i), [&](const FieldValue& /*field*/) { return found = true; });
    if (!found) return false;
  }
  return true;
}

bool allof(Call& call) {
  for (std::size_t i = 0; i < call.tests(); ++i) {
    if (!call.test(i)) return false;
  }
  return true;
}

bool anyof(Call& call) {
  for (std::size_t i = 0; i < call.tests(); ++i) {
    if (call.test(i)) return true;
  }
  return false;
}

bool negated(Call& call) { return !call.test(0); }

std::optional<bool> known_allof(Check& check) {
  const auto known = check.ground().known;
  if (std::ranges::find(known, std::optional(false)) != known.end()) return false;
  return std::ranges::count(known, std::optional(true)) == static_cast<std::ptrdiff_t>(known.size())
             ? std::optional(true)
             : std::nullopt;
}

std::optional<bool> known_anyof(Check& check) {
  const auto known = check.ground().known;
  if (std::ranges::find(known, std::optional(true)) != known.end()) return true;
  return std::ranges::count(known, std::optional(false)) == static_cast<std::ptrdiff_t>(known.size())
             ? std::optional(false)
             : std::nullopt;
}

std::optional<bool> known_not(Check& check) {
  const std::optional<bool> inner = check.ground().known.front();
  return inner ? std::optional(!*inner) : std::nullopt;
}

constexpr TagRow kOver{.name = "over", .group = Group::body};
constexpr TagRow kUnder{.name = "under", .group = Group::body};
bool size(Call& call) {
  const std::uint64_t octets = call.run().mail().octets().size();
  return call.has(kOver) ? octets > call.number(0) : octets < call.number(0);
}

void check_size(Check& check) {
  if (!check.has(kOver) && !check.has(kUnder)) check.error("'size' needs ':over' or ':under'");
}

constexpr std::array kHeaders{Parameter{Value::strings}, Parameter{Value::strings}};
constexpr std::array kNames{Parameter{Value::strings}};
constexpr std::array kLimit{Parameter{Value::number}};
constexpr std::array kSizeTags{&kOver, &kUnder};
void check_names(Check& check) { check_field_names(check, 0); }
void check_address_fields(Check& check) {
  check_field_names(check, 0);
  for (const Check::Constant& name : check.constants(0)) {
    if (!holds_addresses(name.text))
      check.error(name.at, "\"" + own(name.text) + "\" is no field that holds addresses");
  }
}

constexpr Row kAddress{.name = "address",
                       .source = "RFC 5228 section 5.1",
                       .example = "address :is :all \"from\" \"tim@example.com\"",
                       .parameters = kHeaders,
                       .takes = takes::match | takes::address_part | takes::occurrence | takes::part,
                       .keys = 2,
                       .check = check_address_fields,
                       .test = address};
constexpr Row kAllof{.name = "allof",
                     .source = "RFC 5228 section 5.2",
                     .example = "allof (true, false)",
                     .tests = 2,
                     .known = known_allof,
                     .test = allof};
constexpr Row kAnyof{.name = "anyof",
                     .source = "RFC 5228 section 5.3",
                     .example = "anyof (true, false)",
                     .tests = 2,
                     .known = known_anyof,
                     .test = anyof};
constexpr Row kExists{.name = "exists",
                      .source = "RFC 5228 section 5.5",
                      .example = "exists [\"From\", \"Date\"]",
                      .parameters = kNames,
                      .takes = takes::part,
                      .check = check_names,
                      .test = exists};
constexpr Row kFalse{.name = "false", .source = "RFC 5228 section 5.6", .example = "false", .test = [](Call& /*call*/) {
                       return false;
                     }};
constexpr Row kHeader{.name = "header",
                      .source = "RFC 5228 section 5.7",
                      .example = "header :contains \"subject\" \"money\"",
                      .parameters = kHeaders,
                      .takes = takes::match | takes::occurrence | takes::part | takes::from_header,
                      .keys = 2,
                      .check = check_names,
                      .test = header};
constexpr Row kNot{.name = "not",
                   .source = "RFC 5228 section 5.8",
                   .example = "not true",
                   .tests = 1,
                   .known = known_not,
                   .test = negated};
constexpr Row kSize{.name = "size",
                    .source = "RFC 5228 section 5.9",
                    .example = "size :over 100K",
                    .parameters = kLimit,
                    .tags = kSizeTags,
                    .check = check_size,
                    .test = size};
constexpr Row kTrue{
    .name = "true", .source = "RFC 5228 section 5.10", .example = "true", .test = [](Call& /*call*/) { return true; }};
constexpr std::array kTests{&kAddress, &kAllof, &kAnyof, &kExists, &kFalse, &kHeader, &kNot, &kSize, &kTrue};

constexpr TagRow kAll{.name = "all", .on = takes::address_part, .group = Group::address_part, .part = whole_address};
constexpr TagRow kLocalPart{
    .name = "localpart",
    .on = takes::address_part,
    .group = Group::address_part,
    .part = [](Run& /*run*/, View local, View /*domain*/) { return std::optional(own(local)); }};
constexpr TagRow kDomain{.name = "domain",
                         .on = takes::address_part,
                         .group = Group::address_part,
                         .part = [](Run& /*run*/, View /*local*/, View domain) { return std::optional(own(domain)); }};
constexpr std::array kTags{&kAll, &kLocalPart, &kDomain};

}  // namespace

constexpr Extension tests{
    .name = "tests", .source = "RFC 5228 section 5", .tests = kTests, .tags = kTags, .basic = true};

}  // namespace posthorn::sieve::extensions
