#include "protocol/sieve/extensions/relational.h"

#include <array>
#include <optional>

#include "protocol/sieve/check.h"
#include "protocol/sieve/match.h"

namespace posthorn::sieve::extensions {

namespace {

std::optional<bool> relation(View name, int order) {
  if (name == "gt") return order > 0;
  if (name == "ge") return order >= 0;
  if (name == "lt") return order < 0;
  if (name == "le") return order <= 0;
  if (name == "eq") return order == 0;
  if (name == "ne") return order != 0;
  return std::nullopt;
}

bool related(Match& match, View value, View key) {
  const TagRow* tag = match.call().chosen(Group::match_type);
  const View name = *match.call().text(*tag);
  return relation(name, match.comparator().compare(value, key)).value_or(false);
}

void check(Check& check, const TagRow& tag) {
  if (check.constants(tag).empty()) return check.error("a relation holds no variables");
  for (const Check::Constant& name : check.constants(tag)) {
    if (!relation(name.text, 0)) check.error(name.at, "\"" + own(name.text) + "\" is none of gt, ge, lt, le, eq, ne");
  }
}

constexpr MatchType kCountType{.holds = related, .counts = true};
constexpr MatchType kValueType{.holds = related};
constexpr TagRow kCount{.name = "count",
                        .on = takes::match,
                        .value = Value::string,
                        .group = Group::match_type,
                        .match = &kCountType,
                        .check = check};
constexpr TagRow kValue{.name = "value",
                        .on = takes::match,
                        .value = Value::string,
                        .group = Group::match_type,
                        .match = &kValueType,
                        .check = check};
constexpr std::array kTags{&kCount, &kValue};

}  // namespace

constexpr Extension relational{.name = "relational", .source = "RFC 5231", .tags = kTags};

}  // namespace posthorn::sieve::extensions
