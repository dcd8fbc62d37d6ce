// What SPF says of a client (RFC 7208 section 2.6).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "posthorn/bytes/view.h"

namespace posthorn::spf {

/// The words of RFC 8601 section 2.7.2, but for "policy", which is the receiver's own.
enum class Status : std::uint8_t { none, neutral, pass, fail, softfail, temperror, permerror };
[[nodiscard]] View word_of(Status status);

struct Verdict {
  Status status = Status::none;
  /// The domain that was checked, of MAIL FROM or EHLO, in A-labels; empty: there was none to check.
  std::string domain;
  /// Whose record decided: `domain`, or where redirect or include led to.
  std::string record_domain;
  std::string mechanism;    ///< that matched, as the record has it ("~all"); empty: none, or an error
  std::string explanation;  ///< for fail, of the domain's own (exp=): one line of printable ASCII; empty: it has none
  std::string why;          ///< for none, temperror and permerror, in plain words: for log and operator
  /// What was asked, what came, what followed: a sentence each. Only where Options::steps was set.
  std::vector<std::string> steps;
  bool operator==(const Verdict&) const = default;
};

}  // namespace posthorn::spf
