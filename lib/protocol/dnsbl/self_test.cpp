#include "posthorn/protocol/dnsbl/self_test.h"

#include <utility>

namespace posthorn::dnsbl {

namespace {

// The nibbles of ::FFFF:7F00:0 to ::FFFF:7F00:F from the last but one on, reversed. Spelled out, because an IpAddress
// takes a mapped address as the IPv4 one that it is.
constexpr View kMappedNibbles = "0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.";

std::string point_name(char last, View zone, SelfTest::Family family) {
  std::string name(1, last);
  name += family == SelfTest::Family::ipv4 ? View(".0.0.127.") : View(".");
  if (family == SelfTest::Family::ipv6) name += kMappedNibbles;
  return name.append(zone);
}

/// What one answer says of the list.
Health health_of(const Codes& codes, bool must_be_listed) {
  if (codes.failure) return codes.failure->failure == Failure::unavailable ? Health::unknown : Health::failed;
  if (codes.codes.empty() == !must_be_listed) return Health::works;
  return must_be_listed ? Health::lists_nothing : Health::lists_all;
}

/// Which of two findings tells more: a fault of the list over no answer, that over a good one.
int gravity(Health health) {
  switch (health) {
    case Health::works: return 0;
    case Health::unknown: return 1;
    case Health::lists_nothing: return 2;
    case Health::lists_all: return 3;
    case Health::failed: return 4;
  }
  return 4;
}

}  // namespace

SelfTest::SelfTest(std::span<const List> lists, Family family) {
  for (std::size_t i = 0; i < lists.size(); ++i) {
    verdict_.push_back({lists[i].zone, Health::works, {}});
    for (const bool listed : {true, false}) {
      wanted_.push_back({point_name(listed ? '2' : '1', lists[i].zone, family), dns::Type::a});
      points_.push_back({i, listed});
    }
  }
}

void SelfTest::answer(std::size_t index, const dns::Answer& answer) {
  if (index >= wanted_.size()) return;
  const Point point = points_[index];
  const auto at = static_cast<std::ptrdiff_t>(index);
  wanted_.erase(wanted_.begin() + at);
  points_.erase(points_.begin() + at);
  ListHealth& list = verdict_[point.list];
  Codes codes = codes_of(answer);
  const Health found = health_of(codes, point.listed);
  if (gravity(found) <= gravity(list.health)) return;
  list.health = found;
  if (found == Health::failed) {
    list.failure = std::move(*codes.failure);
    list.failure.zone = list.zone;
  }
}

}  // namespace posthorn::dnsbl
