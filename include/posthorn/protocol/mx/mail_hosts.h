// Which hosts take the mail of a domain, in which order, and how far DNSSEC proves it (RFC 5321 section 5.1, RFC 7505,
// RFC 7672 section 2.2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "posthorn/grammar/mail/status_code.h"
#include "posthorn/protocol/dns/evaluation.h"

namespace posthorn::mx {

struct Limits {
  /// Exchanges of a domain that are looked up, the best first; more are left out (RFC 5321 section 5.1 wants at least
  /// two tried).
  std::size_t hosts = 20;
  /// Addresses of one host that are used, of each family; more are left out.
  std::size_t addresses = 8;
};

/// Who we are: what must not be delivered to.
struct Own {
  std::set<std::string> names;    ///< lower-case A-labels
  std::set<IpAddress> addresses;  ///< those that we listen on
};

struct Options {
  Own own;
  /// Decides the order of exchanges with the same preference; a new one for each delivery spreads the load.
  std::uint64_t seed = 0;
  /// The name is a host and not a domain: its MX records are not asked for (a next hop that was configured).
  bool direct = false;
  Limits limits;
};

/// One host that takes mail.
struct Host {
  std::string name;  ///< lower-case A-labels without a final dot; the text of an address where `literal` is set
  std::uint16_t preference = 0;      ///< 0 where no MX record names it
  std::vector<IpAddress> addresses;  ///< at least one; both families in turn, IPv6 first
  /// All address records that are used were proved by DNSSEC, with the aliases that led to them.
  bool authenticated = false;
  std::string canonical;  ///< the name at the end of its aliases; empty: it is none
  bool literal = false;   ///< an address stands in the place of the name
  bool operator==(const Host&) const = default;
};

enum class Outcome : std::uint8_t {
  found,        ///< there are hosts
  null_mx,      ///< the domain says that it takes no mail (RFC 7505)
  no_domain,    ///< no such domain
  no_host,      ///< there is no exchange with an address, and no address of the domain
  loops,        ///< we are the best host that is left: mail would come back to us
  unavailable,  ///< the DNS did not answer what had to be known: later again
  malformed,    ///< neither a domain name nor an address literal
};

/// What is known of a domain.
struct Verdict {
  Outcome outcome = Outcome::unavailable;
  std::vector<Host> hosts;  ///< in the order in which they are to be tried
  /// DNSSEC proves the MX records, or that there are none, with the aliases of the domain that led there.
  bool authenticated = false;
  bool implicit = false;                ///< there is no MX record: the domain is its own host
  std::string canonical;                ///< the name at the end of the domain's aliases; empty: it is none
  std::vector<std::string> unresolved;  ///< hosts that were left out because the DNS did not answer
};

/// The enhanced status code that an outcome means for a recipient; 2.0.0 for found.
/// @source RFC 3463 section 3, RFC 7505 section 4.1
[[nodiscard]] mail::StatusCode status_of(Outcome outcome);

/// A sender whose domain has a null MX cannot get an answer (RFC 7505 section 4.2).
inline constexpr mail::StatusCode kNullMxOfSender{5, 7, 27};

/// A sentence for a delivery report: "mail for example.org loops back to myself".
[[nodiscard]] std::string words_of(Outcome outcome, View domain);

/// Asks for the MX records of a domain and for the addresses of its hosts.
class MailHosts final : public dns::Evaluation<Verdict> {
 public:
  /// @param domain  a domain in any spelling that mail::ascii_domain() reads, or an address literal with brackets;
  ///                with Options::direct also an address without
  explicit MailHosts(View domain, Options options = {});

  [[nodiscard]] std::span<const dns::Question> wanted() const override { return wanted_; }
  void answer(std::size_t index, const dns::Answer& answer) override;
  [[nodiscard]] const Verdict& verdict() const override { return verdict_; }
  /// The domain in A-labels, or the address; empty where it is malformed.
  [[nodiscard]] const std::string& domain() const { return domain_; }

 private:
  struct Candidate {
    Host host;
    std::vector<IpAddress> v4, v6;
    bool failed = false;  // a question about it got no answer
  };

  void take_mx(const dns::Answer& answer);
  void take_exchanges(const dns::Answer& answer);
  void take_addresses(const dns::Question& question, const dns::Answer& answer);
  void ask_addresses(std::string name, std::uint16_t preference);
  void cut_at_own_name();
  void settle();
  void end(Outcome outcome) { verdict_.outcome = outcome; }

  std::string domain_;
  Options options_;
  std::vector<dns::Question> wanted_;
  std::vector<Candidate> candidates_;
  bool cut_ = false;      // own hosts, or those behind them, were taken out
  bool missing_ = false;  // the only candidate does not exist as a name
  Verdict verdict_;
};

}  // namespace posthorn::mx
