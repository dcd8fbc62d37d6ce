// Who may be sent reports about a domain: addresses of others must have agreed (RFC 9990 section 4).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "posthorn/protocol/dmarc/evaluation.h"

namespace posthorn::dmarc {

enum class ReportKind : std::uint8_t {
  aggregate,  ///< rua
  failure,    ///< ruf
};

/// The addresses that reports may go to, in the order of the record, each once. How large a report they take ("!10m")
/// does not count any more (RFC 9989 section 4.8).
struct ReportAddressList {
  std::vector<std::string> allowed;
  std::vector<std::string> refused;  ///< addresses of others who have not agreed, as far as is known
  bool unsure = false;               ///< the DNS did not answer for one that is left out: it may be allowed later
};

/// Asks the hosts of those addresses that lie outside of the organizational domain of the policy. URIs with another
/// scheme than mailto are left out.
class ReportAddresses final : public dns::Evaluation<ReportAddressList> {
 public:
  /// @param verdict  with a record
  ReportAddresses(const Verdict& verdict, ReportKind kind, Options options = {});
  ~ReportAddresses() override;
  ReportAddresses(const ReportAddresses&) = delete;
  ReportAddresses& operator=(const ReportAddresses&) = delete;

  [[nodiscard]] std::span<const dns::Question> wanted() const override { return wanted_; }
  void answer(std::size_t index, const dns::Answer& answer) override;
  [[nodiscard]] const ReportAddressList& verdict() const override { return verdict_; }

 private:
  struct Candidate {
    std::string address;
    std::string host;
    bool settled = false;
    std::vector<std::string> granted;
  };

  void place(Candidate& candidate);
  void ask(Candidate& candidate);
  void take_consent(Candidate& candidate, const dns::Answer& answer);
  void finish();

  ReportKind kind_;
  std::string policy_domain_;
  std::string organizational_domain_;
  std::unique_ptr<Tree> tree_;
  std::vector<Candidate> candidates_;
  std::vector<dns::Question> wanted_;
  ReportAddressList verdict_;
};

}  // namespace posthorn::dmarc
