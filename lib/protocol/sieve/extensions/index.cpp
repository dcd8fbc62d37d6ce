#include "protocol/sieve/extensions/index.h"

#include <array>

#include "protocol/sieve/check.h"
#include "protocol/sieve/run.h"

namespace posthorn::sieve::extensions {

namespace {

void choose(Call& call, const TagRow& tag, Selection& selection) { selection.index = *call.number(tag); }
void from_end(Call& /*call*/, const TagRow& /*tag*/, Selection& selection) { selection.from_end = true; }
void check(Check& check, const TagRow& tag) {
  if (check.number(tag) == 0) check.error("':index' counts from 1");
}

constexpr TagRow kIndex{
    .name = "index", .on = takes::occurrence, .value = Value::number, .select = choose, .check = check};
constexpr TagRow kLast{.name = "last", .on = takes::occurrence, .select = from_end, .beside = &kIndex};
constexpr std::array kTags{&kIndex, &kLast};

}  // namespace

constexpr Extension index{.name = "index", .source = "RFC 5260 section 6", .tags = kTags};

}  // namespace posthorn::sieve::extensions
