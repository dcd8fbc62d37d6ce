// Configured DNS lists: any text is read or refused, within the limits.
#include <array>
#include <cstdint>

#include "posthorn/protocol/dnsbl/list.h"

#include "check.h"
#include "fuzz.h"

void posthorn_fuzz(std::string_view input) {
  using namespace posthorn::dnsbl;
  const auto lists = parse_lists(input);
  if (!lists) return;
  const posthorn::IpAddress other(std::array<std::uint8_t, 4>{1, 2, 3, 4});
  posthorn::fuzzing::check(lists->size() <= Limits::kLists, "lists are limited");
  for (const List& list : *lists) {
    posthorn::fuzzing::check(!list.zone.empty() && !list.rules.empty(), "a list has a zone and rules");
    for (const Rule& rule : list.rules) {
      posthorn::fuzzing::check(rule.weight >= -Limits::kWeight && rule.weight <= Limits::kWeight,
                               "weights are limited");
      posthorn::fuzzing::check(!rule.pattern.matches(other) || rule.pattern == Pattern(), "patterns are about 127/8");
    }
  }
}
