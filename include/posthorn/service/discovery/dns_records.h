// The DNS records that a domain of this host should publish, and whether the DNS has them (features 1.11).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "posthorn/bytes/view.h"
#include "posthorn/protocol/dns/evaluation.h"
#include "posthorn/service/signing/keys.h"

namespace posthorn::discovery {

/// What clients find by SRV records: "_imaps" on port 993 (RFC 6186, RFC 8314 section 5.1, RFC 5804 section 1.8).
struct Service {
  std::string name;
  std::uint16_t port = 0;
  bool operator==(const Service&) const = default;
};

/// What the records of its domains follow from.
struct Host {
  std::string name;  ///< lower-case A-labels
  std::vector<Service> services;
  std::string tls_reports_to;  ///< an address; empty: no record asks for TLS reports (RFC 8460)
};

enum class Purpose : std::uint8_t { mx, spf, dkim, dmarc, tls_reports, service };
/// "MX", "SPF"...
[[nodiscard]] View word_of(Purpose purpose);

struct Record {
  Purpose purpose = Purpose::mx;
  std::string name;  ///< without the final dot
  std::string data;  ///< the text of a TXT record, else data as zone text has it
  /// A line of a zone file, names in full.
  [[nodiscard]] std::string zone_text() const;
  bool operator==(const Record&) const = default;
};

/// @param domain  lower-case A-labels
/// @param keys    those that sign for the domain
[[nodiscard]] std::vector<Record> records_of(const std::string& domain, const Host& host,
                                             const std::vector<signing::Key>& keys);

enum class State : std::uint8_t {
  right,      ///< the DNS has it, or has one that does as well
  missing,    ///< the DNS has none
  different,  ///< the DNS has another one, or more than one
  unknown,    ///< the DNS did not answer
};
[[nodiscard]] View word_of(State state);

struct Finding {
  Record record;  ///< what to publish; for SPF the policy that is there, with what it lacks
  State state = State::unknown;
  std::vector<std::string> found;  ///< what the DNS has instead
  bool operator==(const Finding&) const = default;
};

/// Asks for the records, all at the same time. Records that the owner of the domain has written otherwise stay his
/// where mail works with them: any DMARC policy, any address for TLS reports, any SPF policy that lets `mx` pass.
class Check final : public dns::Evaluation<std::vector<Finding>> {
 public:
  explicit Check(const std::vector<Record>& records);
  [[nodiscard]] std::span<const dns::Question> wanted() const override { return wanted_; }
  void answer(std::size_t index, const dns::Answer& answer) override;
  /// In the order of the records.
  [[nodiscard]] const std::vector<Finding>& verdict() const override { return findings_; }

 private:
  std::vector<Finding> findings_;
  std::vector<dns::Question> wanted_;
  std::vector<std::size_t> asked_for_;  // which finding each question is about
};

}  // namespace posthorn::discovery
