// DMARC: whether a domain that passed SPF or DKIM belongs to the author's, and what that one's owner asks for otherwise
// (RFC 9989).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/protocol/dmarc/public_suffixes.h"
#include "posthorn/protocol/dmarc/record.h"
#include "posthorn/protocol/dns/evaluation.h"

namespace posthorn::dmarc {

/// Domains that passed DKIM and are looked at; more are left out.
inline constexpr std::size_t kMaxSigners = 32;

/// What is known of a message. Domains in any spelling that mail::ascii_domain() reads; others count for nothing.
struct Message {
  std::vector<std::string> from;   ///< the domain of each address in From
  std::vector<std::string> dkim;   ///< d= of each signature that passed
  std::optional<std::string> spf;  ///< what SPF passed for: the domain of MAIL FROM, or of HELO for the null path
  /// The same where the DNS did not answer, so that nobody knows whether they pass.
  std::vector<std::string> dkim_unknown;
  std::optional<std::string> spf_unknown;
};

/// The words of RFC 8601 section 2.7 and RFC 9989 section 9 for dmarc=.
enum class Status : std::uint8_t {
  none,       ///< no policy record applies, or there is no author domain
  pass,       ///< an aligned domain was authenticated
  fail,       ///< none was
  temperror,  ///< the DNS did not answer what had to be known
  permerror,  ///< several author domains, one that is no domain, or a record without a usable policy
};

/// How organizational domains were found.
enum class Discovery : std::uint8_t { tree_walk, public_suffix_list };

struct Verdict {
  Status status = Status::none;
  /// What the record asks for mail of this author domain: p, sp or np.
  Policy policy = Policy::none;
  /// What to do with this message if the owner of the domain is to be obeyed: `policy`, one step lower where the record
  /// is a test, for a message that fails; else none. A policy of reject alone is no reason to reject (RFC 9989 section
  /// 5.4).
  Policy requested = Policy::none;
  /// For temperror: what would be requested if nothing of what is not known spoke for the message. A message must not
  /// fare better than this because of a DNS that its sender may have chosen.
  Policy at_worst = Policy::none;
  std::string author_domain;          ///< in lower-case A-labels; empty: none, or several
  std::string organizational_domain;  ///< that of author_domain
  std::string policy_domain;          ///< where the record is; empty: there is none
  std::optional<Record> record;       ///< that of policy_domain, with the addresses of reports
  Discovery discovery = Discovery::tree_walk;
  std::string aligned_dkim;        ///< the first aligned domain that DKIM authenticated; empty: none
  std::string aligned_spf;         ///< the same for SPF
  std::vector<std::string> steps;  ///< what was found in plain words, with Options::explain
};

/// "pass": for Authentication-Results.
[[nodiscard]] View word_of(Status status);
/// "treewalk": for aggregate reports.
[[nodiscard]] View word_of(Discovery discovery);

struct Options {
  /// Organizational domains come from a list instead of the tree walk; null: no list. @lifetime outlives the evaluation
  const PublicSuffixes* suffixes = nullptr;
  bool explain = false;  ///< fills Verdict::steps
};

class Tree;

/// Finds the policy, then what is aligned. Asks at most eight names for the author domain, and for others only those
/// that lie in the author's organizational domain.
class Evaluation final : public dns::Evaluation<Verdict> {
 public:
  explicit Evaluation(const Message& message, Options options = {});
  ~Evaluation() override;
  Evaluation(const Evaluation&) = delete;
  Evaluation& operator=(const Evaluation&) = delete;

  [[nodiscard]] std::span<const dns::Question> wanted() const override { return wanted_; }
  void answer(std::size_t index, const dns::Answer& answer) override;
  [[nodiscard]] const Verdict& verdict() const override { return verdict_; }

 private:
  enum class Aligned : std::uint8_t { no, yes, unsure, later };

  void take_author(const std::vector<std::string>& from);
  /// The domains that are there, without repetition, kMaxSigners at most.
  static std::vector<std::string> read_signers(const std::vector<std::string>& names);
  void advance();
  bool find_policy();
  [[nodiscard]] Aligned align();
  [[nodiscard]] Aligned aligned(const std::string& domain, Alignment mode);
  void judge();
  void find_existence();
  void conclude(bool exists, bool unsure);
  void explain();
  void want(dns::Question question);

  Options options_;
  std::unique_ptr<Tree> tree_;
  /// What passed, or what may have: nobody knows.
  struct Identifiers {
    std::vector<std::string> signers;
    std::string sender;  // empty: nothing
  };
  Identifiers passed_;
  Identifiers unknown_;
  std::vector<dns::Question> wanted_;
  std::vector<dns::Outcome> existence_;  // what questions for the author domain itself brought
  std::size_t failed_labels_ = 0;        // of the author's walk
  bool unsure_ = false;                  // whether an identifier is aligned is not known
  Verdict verdict_;
};

}  // namespace posthorn::dmarc
