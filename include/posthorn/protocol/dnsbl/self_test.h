// Whether DNS lists work: the two test points that each has (RFC 5782 section 5).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "posthorn/protocol/dns/evaluation.h"
#include "posthorn/protocol/dnsbl/check.h"

namespace posthorn::dnsbl {

enum class Health : std::uint8_t {
  works,
  lists_nothing,  ///< 127.0.0.2 is not listed: the list is empty or gone
  lists_all,      ///< 127.0.0.1 is listed: the list would refuse everybody
  failed,         ///< it refuses us, or is no list any more: see `failure`
  unknown,        ///< no answer now: says nothing of the list
};
struct ListHealth {
  std::string zone;
  Health health = Health::works;
  FailedList failure;  ///< for failed
};

/// Asks each list for both points. A list that neither works nor is unknown is to be left out until it does.
class SelfTest : public dns::Evaluation<std::vector<ListHealth>> {
 public:
  enum class Family : std::uint8_t {
    ipv4,  ///< 127.0.0.2 and 127.0.0.1
    ipv6,  ///< ::FFFF:7F00:2 and ::FFFF:7F00:1, for lists that have IPv6 addresses
  };
  explicit SelfTest(std::span<const List> lists, Family family = Family::ipv4);

  [[nodiscard]] std::span<const dns::Question> wanted() const override { return wanted_; }
  void answer(std::size_t index, const dns::Answer& answer) override;
  /// One for each list, in their order.
  [[nodiscard]] const std::vector<ListHealth>& verdict() const override { return verdict_; }

 private:
  /// What a question is about: the list, and whether its point must be listed.
  struct Point {
    std::size_t list = 0;
    bool listed = false;
  };
  std::vector<dns::Question> wanted_;
  std::vector<Point> points_;  // for each of wanted_
  std::vector<ListHealth> verdict_;
};

}  // namespace posthorn::dnsbl
