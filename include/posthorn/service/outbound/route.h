// The way of a message to a domain: which hosts, in which order, and what each must prove before mail goes to it.
//
// Joins the mail hosts of the domain (protocol/mx), DANE (RFC 7672), MTA-STS (RFC 8461), REQUIRETLS and TLS-Required
// (RFC 8689) and the policy that was configured. It never falls back to less than what one of them demands: a host that
// cannot meet it is left out, and when none is left the message waits.
//
//     Route route("example.org", options);
//     while (!route.finished()) {
//       ... resolver.resolve(route.wanted()[i], ...) -> route.answer(i, ...);
//       ... if (route.policy_wanted()) fetcher.fetch(*route.policy_wanted(), ...) -> route.policy(...);
//     }
//     route.verdict();
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "posthorn/bytes/clock.h"
#include "posthorn/protocol/mta_sts/cache.h"
#include "posthorn/protocol/mta_sts/fetcher.h"
#include "posthorn/protocol/mx/mail_hosts.h"
#include "posthorn/protocol/tls/demand.h"
#include "posthorn/protocol/tlsrpt/collector.h"
#include "posthorn/service/outbound/tls_policy.h"

namespace posthorn::outbound {

struct RouteOptions {
  TlsPolicy policy;        ///< one that check() finds good
  mx::Own own;             ///< who we are
  std::uint64_t seed = 0;  ///< mx::Options::seed
  WallTime now{};
  std::optional<mta_sts::Entry> known;  ///< mta_sts::Cache::find()
  bool may_fetch = true;                ///< mta_sts::Cache::may_fetch()
  bool require_tls = false;             ///< the message came with REQUIRETLS (RFC 8689 section 2)
  bool tls_not_required = false;        ///< it says "TLS-Required: No" (section 5); REQUIRETLS is stronger
  std::uint16_t port = 25;              ///< of exchanges
  mx::Limits limits;
};

/// Who decided what a hop must prove.
enum class Why : std::uint8_t {
  opportunistic,     ///< nobody: TLS where it is offered
  tls_not_required,  ///< the sender wants delivery also without what the domain publishes
  configured,        ///< TlsPolicy
  dane,
  dane_unusable,  ///< there are TLSA records but none is usable: encryption without proof (RFC 7672 section 2.2)
  mta_sts,
  mta_sts_testing,
  require_tls,
};

/// One host to try.
struct Hop {
  std::string host;  ///< a name, or the text of an address
  std::uint16_t port = 25;
  std::vector<IpAddress> addresses;
  tls::Demand tls;
  Why why = Why::opportunistic;
  bool require_tls = false;  ///< the server must offer REQUIRETLS, and the message goes with it
  /// How a TLS report counts what comes of it (RFC 8460).
  tlsrpt::PolicyType policy_type = tlsrpt::PolicyType::no_policy_found;
  std::string policy_domain;
};

/// Why there is no way.
struct RouteFailure {
  mail::StatusCode status;  ///< kind 4: the message waits; 5: it is returned
  std::string text;         ///< a sentence for a report and for the log
  [[nodiscard]] bool permanent() const { return status.kind == 5; }
};

struct Routing {
  std::vector<Hop> hops;                ///< in the order to try; empty only with a failure
  std::optional<RouteFailure> failure;  ///< set when there are no hops
  /// What is to be counted for a TLS report before any connection: each with a failure.
  std::vector<tlsrpt::Subject> findings;
  std::optional<mta_sts::Entry> learned;  ///< for mta_sts::Cache::put()
  bool fetch_failed = false;              ///< for mta_sts::Cache::failed()
};

/// What a session with a hop means for the message when it cannot meet the demand: never plain text instead.
/// @source RFC 3463 section 3.8, RFC 8689 section 4.2.1
[[nodiscard]] RouteFailure tls_refused(const Hop& hop, tls::Failure failure);

class Route final : public dns::Evaluation<Routing> {
 public:
  /// @param domain  that of the recipient, or an address literal
  Route(View domain, RouteOptions options);

  [[nodiscard]] std::span<const dns::Question> wanted() const override { return wanted_; }
  void answer(std::size_t index, const dns::Answer& answer) override;
  /// The domain whose MTA-STS policy is wanted now; nullopt: none.
  [[nodiscard]] const std::optional<std::string>& policy_wanted() const { return policy_wanted_; }
  /// What mta_sts::Fetcher gave for policy_wanted().
  void policy(const mta_sts::Fetched& fetched);
  /// Nothing is wanted any more: verdict() is final.
  [[nodiscard]] bool finished() const { return wanted_.empty() && !policy_wanted_; }
  [[nodiscard]] const Routing& verdict() const override { return routing_; }

 private:
  /// What is known of the TLSA records of one host.
  struct Dane {
    enum class State : std::uint8_t { not_asked, absent, found, failed };
    State state = State::not_asked;
    std::string base;  ///< where they were found
    std::vector<dns::Tlsa> records;
  };

  [[nodiscard]] bool asks_dane() const;
  [[nodiscard]] bool asks_mta_sts() const;
  [[nodiscard]] bool is_proved(const mx::Host& host) const;
  void take_record(const dns::Answer& answer);
  void ask_next();
  void ask_tlsa();
  [[nodiscard]] Dane dane_of(const mx::Host& host) const;
  [[nodiscard]] Hop first_hop(const mx::Host& host) const;
  [[nodiscard]] std::vector<std::string> expected_names(const mx::Host& host) const;
  bool apply_dane(const mx::Host& host, Hop& hop);
  bool apply_mta_sts(const mx::Host& host, Hop& hop);
  bool apply_require_tls(const mx::Host& host, Hop& hop);
  void drop(RouteFailure failure);
  void find(tlsrpt::PolicyType type, View domain, View host, tls::Failure failure);
  void settle();

  RouteOptions options_;
  mx::MailHosts hosts_;
  std::vector<dns::Question> wanted_;
  std::optional<std::string> policy_wanted_;
  std::string record_id_;  // of the MTA-STS record
  std::vector<std::pair<dns::Question, dns::Answer>> tlsa_;
  bool tlsa_asked_ = false;
  std::vector<RouteFailure> lost_;  // why hosts were left out
  Routing routing_;
};

}  // namespace posthorn::outbound
