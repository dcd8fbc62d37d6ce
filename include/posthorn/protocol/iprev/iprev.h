// Whether the names that the reverse DNS gives for a client lead back to it (RFC 8601 section 3), as an evaluation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "posthorn/bytes/view.h"
#include "posthorn/protocol/dns/evaluation.h"

namespace posthorn::iprev {

struct Limits {
  std::size_t names = 10;  ///< PTR records that are looked at, the first ones (RFC 7208 section 4.6.4)
};

/// RFC 8601 section 2.7.3.
enum class Status : std::uint8_t {
  pass,       ///< a name leads back to the address
  fail,       ///< there are names, and none does
  temperror,  ///< the DNS did not answer
  permerror,  ///< there is no name
};
/// The word of an Authentication-Results field.
[[nodiscard]] View word_of(Status status);

struct Verdict {
  Status status = Status::temperror;
  std::vector<std::string>
      names;  ///< that lead back, in the order of the PTR records; in A-labels, text form of the DNS
  bool operator==(const Verdict&) const = default;
};

/// Asks for the names, then for the addresses of all of them at the same time.
class Evaluation : public dns::Evaluation<Verdict> {
 public:
  explicit Evaluation(const IpAddress& client, Limits limits = {});

  [[nodiscard]] std::span<const dns::Question> wanted() const override { return wanted_; }
  void answer(std::size_t index, const dns::Answer& answer) override;
  /// @lifetime that of the object; temperror while something is wanted
  [[nodiscard]] const Verdict& verdict() const override { return verdict_; }

 private:
  struct Name {
    std::string name;
    bool leads_back = false;
  };
  void take_names(const dns::Answer& answer);
  void take_addresses(const std::string& name, const dns::Answer& answer);
  void conclude();

  const IpAddress client_;
  const Limits limits_;
  std::vector<dns::Question> wanted_;
  std::vector<Name> names_;
  bool failed_ = false;  // a name could not be asked for
  Verdict verdict_;
};

}  // namespace posthorn::iprev
