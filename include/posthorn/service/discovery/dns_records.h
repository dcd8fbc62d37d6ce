// The DNS records that a domain of this host should publish, and whether the DNS has them (features 1.11).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "posthorn/bytes/view.h"
#include "posthorn/protocol/dns/evaluation.h"
#include "posthorn/protocol/spf/evaluation.h"
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
  /// Why `record` is an error for others, in plain words: an SPF policy that takes more lookups than allowed (RFC 7208
  /// section 4.6.4), or that leads to a record that is wrong. Empty: no trouble is known.
  std::string trouble;
  bool operator==(const Finding&) const = default;
};

/// Asks for the records, all at the same time. Records that the owner of the domain has written otherwise stay his
/// where mail works with them: any DMARC policy, any address for TLS reports, any SPF policy that lets `mx` pass.
/// An SPF policy is also evaluated for a client that it does not name, to see that others can.
class Check final : public dns::Evaluation<std::vector<Finding>> {
 public:
  explicit Check(const std::vector<Record>& records);
  [[nodiscard]] std::span<const dns::Question> wanted() const override { return wanted_; }
  void answer(std::size_t index, const dns::Answer& answer) override;
  /// In the order of the records.
  [[nodiscard]] const std::vector<Finding>& verdict() const override { return findings_; }

 private:
  /// What others come to by the SPF policy that is right, or that is to be published.
  struct Trial {
    std::size_t finding = 0;
    std::string policy;
    std::unique_ptr<spf::Evaluation> evaluation;
  };
  /// What a question is about.
  struct Asked {
    std::size_t finding = 0;
    Trial* trial = nullptr;  // null: about the record itself
  };

  void take(Finding& finding, const dns::Answer& answer);
  void try_policy(std::size_t finding, const std::string& policy);
  void conclude(const Trial& trial);
  void collect();

  std::vector<Finding> findings_;
  std::vector<bool> open_;  // of each finding: its record was not answered
  std::vector<std::unique_ptr<Trial>> trials_;
  std::vector<dns::Question> wanted_;
  std::vector<Asked> asked_for_;  // of each question
};

}  // namespace posthorn::discovery
