// What DNS lists say of a client (RFC 5782), as an evaluation: questions out, answers in, a score at the end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "posthorn/protocol/dns/evaluation.h"
#include "posthorn/protocol/dnsbl/list.h"

namespace posthorn::dnsbl {

/// A list that has the address.
struct Match {
  std::string zone;
  std::vector<IpAddress> codes;  ///< all that it answered
  int weight = 0;                ///< the sum of its rules that match
  std::string reason;            ///< its TXT record, printable ASCII; empty: none or not to be had
  bool operator==(const Match&) const = default;
};

/// Why a list says nothing.
enum class Failure : std::uint8_t {
  unavailable,  ///< SERVFAIL, a timeout
  refused,      ///< a code of 127.255.255.0/24: the list does not serve this resolver, or the zone is wrong
  not_a_list,   ///< a code outside of 127.0.0.0/8: the name is somebody else's now
};
struct FailedList {
  std::string zone;
  Failure failure = Failure::unavailable;
  IpAddress code;  ///< for refused and not_a_list
  bool operator==(const FailedList&) const = default;
};

struct Verdict {
  int score = 0;  ///< the sum of the weights of all matches
  std::vector<Match> matches;
  std::vector<FailedList> failed;  ///< they count nothing
};

/// Asks all lists for one address at the same time, and those that have it for the reason.
class Check : public dns::Evaluation<Verdict> {
 public:
  /// @lifetime `lists` outlives the object
  Check(const IpAddress& client, std::span<const List> lists);

  [[nodiscard]] std::span<const dns::Question> wanted() const override { return wanted_; }
  void answer(std::size_t index, const dns::Answer& answer) override;
  [[nodiscard]] const Verdict& verdict() const override { return verdict_; }

 private:
  bool take_codes(const List& list, const dns::Answer& answer);
  void take_reason(View zone, const dns::Answer& answer);

  std::span<const List> lists_;
  std::vector<dns::Question> wanted_;
  std::vector<std::size_t> asked_;  // for each of wanted_ the list
  Verdict verdict_;
};

/// An A answer of a list, taken apart.
struct Codes {
  std::vector<IpAddress> codes;       ///< empty: the address is not listed
  std::optional<FailedList> failure;  ///< its zone is empty; no codes then
};
/// At most Limits::kCodes are kept; all are looked at for failures.
[[nodiscard]] Codes codes_of(const dns::Answer& answer);

}  // namespace posthorn::dnsbl
