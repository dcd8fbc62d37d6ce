#include "posthorn/service/outbound/route.h"

#include <algorithm>

#include "posthorn/grammar/mail/domain.h"
#include "posthorn/protocol/dane/dane.h"

namespace posthorn::outbound {

namespace {

constexpr mail::StatusCode kNotProved{4, 7, 5};    // "cryptographic failure"
constexpr mail::StatusCode kRequireTls{5, 7, 30};  // RFC 8689 section 7

bool is_host_question(const dns::Question& question) {
  return question.type == dns::Type::mx || question.type == dns::Type::a || question.type == dns::Type::aaaa;
}

mx::Options hosts_of(const RouteOptions& options) {
  mx::Options made;
  made.own = options.own;
  made.seed = options.seed;
  made.direct = options.policy.next_hop.has_value();
  made.limits = options.limits;
  return made;
}

/// Whether mail may go as if the domain published nothing (RFC 8689 section 5).
bool ignores_published(const RouteOptions& options) { return options.tls_not_required && !options.require_tls; }

/// The policy that holds and says something.
const mta_sts::Policy* policy_in(const RouteOptions& options) {
  if (!options.known || options.known->policy.mode == mta_sts::Mode::none) return nullptr;
  return &options.known->policy;
}

tls::Level level_of(TlsMode mode) {
  switch (mode) {
    case TlsMode::may: return tls::Level::opportunistic;
    case TlsMode::encrypt: return tls::Level::encrypted;
    case TlsMode::verify:
    case TlsMode::mutual: return tls::Level::authority;
    case TlsMode::dane: return tls::Level::dane;
    case TlsMode::fingerprint: return tls::Level::fingerprint;
  }
  return tls::Level::authority;
}

}  // namespace

RouteFailure tls_refused(const Hop& hop, tls::Failure failure) {
  return {kNotProved, "the TLS of " + hop.host + " does not prove what mail for " + hop.policy_domain +
                          " needs: " + own(tls::word_of(failure))};
}

Route::Route(View domain, RouteOptions options)
    : options_(std::move(options)),
      hosts_(options_.policy.next_hop ? View(options_.policy.next_hop->host) : domain, hosts_of(options_)) {
  if (options_.known && options_.known->expires() <= options_.now) options_.known.reset();
  wanted_.assign(hosts_.wanted().begin(), hosts_.wanted().end());
  if (asks_mta_sts()) wanted_.push_back({mta_sts::record_name(hosts_.domain()), dns::Type::txt});
  ask_next();
}

// TLSA records count where nothing stronger or other was configured.
bool Route::asks_dane() const {
  const TlsMode mode = options_.policy.mode;
  if (mode == TlsMode::dane) return true;
  return (mode == TlsMode::may || mode == TlsMode::encrypt) && !ignores_published(options_);
}

// A policy is about the exchanges of a domain: not about a next hop that was configured.
bool Route::asks_mta_sts() const {
  const TlsMode mode = options_.policy.mode;
  const bool of_domain = !options_.policy.next_hop && !hosts_.wanted().empty();
  return of_domain && mode != TlsMode::dane && mode != TlsMode::fingerprint && !ignores_published(options_);
}

void Route::answer(std::size_t index, const dns::Answer& answer) {
  if (index >= wanted_.size()) return;
  dns::Question question = std::move(wanted_[index]);
  wanted_.erase(wanted_.begin() + static_cast<std::ptrdiff_t>(index));
  if (question.type == dns::Type::tlsa) {
    tlsa_.emplace_back(std::move(question), answer);
  } else if (question.type == dns::Type::txt) {
    take_record(answer);
  } else {
    const auto asked = std::ranges::find(hosts_.wanted(), question);
    if (asked != hosts_.wanted().end()) {
      hosts_.answer(static_cast<std::size_t>(asked - hosts_.wanted().begin()), answer);
    }
    std::erase_if(wanted_, is_host_question);
    wanted_.insert(wanted_.begin(), hosts_.wanted().begin(), hosts_.wanted().end());
  }
  ask_next();
}

void Route::take_record(const dns::Answer& answer) {
  const auto record = mta_sts::find_record(answer.records);
  if (!options_.may_fetch || !mta_sts::needs_fetch(options_.known, record, options_.now)) return;
  record_id_ = record->id;
  policy_wanted_ = hosts_.domain();
}

void Route::policy(const mta_sts::Fetched& fetched) {
  if (!policy_wanted_) return;
  policy_wanted_.reset();
  std::optional<tls::Failure> failure;
  if (!fetched) {
    failure = fetched.error().failure;
  } else if (auto policy = mta_sts::parse_policy(*fetched)) {
    routing_.learned = mta_sts::Entry{record_id_, std::move(*policy), options_.now};
    options_.known = routing_.learned;
  } else {
    failure = tls::Failure::sts_policy_invalid;
  }
  if (failure) {
    routing_.fetch_failed = true;
    find(tlsrpt::PolicyType::sts, hosts_.domain(), {}, *failure);
  }
  ask_next();
}

void Route::ask_next() {
  if (!hosts_.wanted().empty()) return;
  if (hosts_.verdict().outcome != mx::Outcome::found) {
    wanted_.clear();  // whatever the policy is, there is nobody to apply it to
    policy_wanted_.reset();
  } else if (!std::exchange(tlsa_asked_, true) && asks_dane()) {
    ask_tlsa();
  }
  if (finished()) settle();
}

// RFC 7672 section 2.2.2: without a proof of the MX records and addresses TLSA records prove nothing, and asking for
// them breaks delivery to hosts whose name servers fail at it.
void Route::ask_tlsa() {
  if (!hosts_.verdict().authenticated) return;
  for (const mx::Host& host : hosts_.verdict().hosts) {
    if (host.literal || !host.authenticated) continue;
    for (const View name : {View(host.canonical), View(host.name)}) {
      if (name.empty()) continue;
      dns::Question question{dane::record_name(name, first_hop(host).port), dns::Type::tlsa};
      if (std::ranges::find(wanted_, question) == wanted_.end()) wanted_.push_back(std::move(question));
    }
  }
}

// RFC 7672 section 2.2.3: at the end of the aliases first, then at the name itself.
Route::Dane Route::dane_of(const mx::Host& host) const {
  Dane dane;
  for (const View name : {View(host.canonical), View(host.name)}) {
    const dns::Question question{dane::record_name(name, first_hop(host).port), dns::Type::tlsa};
    const auto asked = std::ranges::find(tlsa_, question, [](const auto& row) -> const auto& { return row.first; });
    if (name.empty() || asked == tlsa_.end()) continue;
    const dns::Answer& answer = asked->second;
    dane.base = own(name);
    if (answer.failed()) {
      dane.state = Dane::State::failed;
      return dane;
    }
    dane.state = Dane::State::absent;
    if (answer.absent() || !answer.authenticated) continue;
    for (const dns::Record& record : answer.records) {
      if (const auto* tlsa = std::get_if<dns::Tlsa>(&record)) dane.records.push_back(*tlsa);
    }
    if (dane.records.empty()) continue;
    dane.state = Dane::State::found;
    return dane;
  }
  return dane;
}

Hop Route::first_hop(const mx::Host& host) const {
  const TlsPolicy& policy = options_.policy;
  Hop hop;
  hop.host = host.name;
  hop.port = policy.next_hop ? policy.next_hop->port : options_.port;
  hop.addresses = host.addresses;
  hop.why = policy.mode == TlsMode::may ? Why::opportunistic : Why::configured;
  if (policy.mode == TlsMode::may && ignores_published(options_)) hop.why = Why::tls_not_required;
  hop.policy_domain = hosts_.domain();
  hop.tls.level = level_of(policy.mode);
  if (!host.literal) hop.tls.server_name = host.name;
  if (hop.tls.level == tls::Level::authority) hop.tls.names = expected_names(host);
  hop.tls.fingerprints = policy.fingerprints;
  hop.tls.ca_file = policy.ca_file;
  hop.tls.certificate_file = policy.certificate_file;
  hop.tls.key_file = policy.key_file;
  return hop;
}

/// Whether the host's name is known from more than an unsigned answer.
bool Route::is_proved(const mx::Host& host) const {
  const mta_sts::Policy* policy = policy_in(options_);
  return options_.policy.next_hop || hosts_.verdict().authenticated ||
         (policy != nullptr && policy->mode == mta_sts::Mode::enforce && mta_sts::covers(*policy, host.name));
}

std::vector<std::string> Route::expected_names(const mx::Host& host) const {
  std::vector<std::string> names;
  for (const std::string& name : options_.policy.names) {
    auto ascii = mail::ascii_domain(name);
    if (ascii) names.push_back(std::move(*ascii));
  }
  if (names.empty()) names.push_back(is_proved(host) || host.literal ? host.name : hosts_.domain());
  return names;
}

bool Route::apply_dane(const mx::Host& host, Hop& hop) {
  if (!asks_dane()) return true;
  constexpr auto kTlsa = tlsrpt::PolicyType::tlsa;
  const Dane dane = dane_of(host);
  const std::vector<dns::Tlsa> usable = dane::usable(dane.records);
  const bool demanded = options_.policy.mode == TlsMode::dane;
  if (dane.state == Dane::State::failed) {
    find(kTlsa, dane.base, host.name, tls::Failure::dnssec_invalid);
    drop({kNotProved, "the TLSA records of " + host.name + " cannot be looked up now"});
    return false;
  }
  if (usable.empty() && demanded) {
    const bool some = dane.state == Dane::State::found;
    find(kTlsa, host.name, host.name, some ? tls::Failure::tlsa_invalid : tls::Failure::dane_required);
    drop({kNotProved, host.name + " has no TLSA records that prove its certificate, which is demanded"});
    return false;
  }
  if (dane.state != Dane::State::found) return true;
  hop.policy_type = kTlsa;
  hop.policy_domain = dane.base;
  hop.tls.server_name = dane.base;
  if (usable.empty()) {
    find(kTlsa, dane.base, host.name, tls::Failure::tlsa_invalid);
    hop.tls.level = tls::Level::encrypted;
    hop.why = Why::dane_unusable;
    return true;
  }
  hop.tls.level = tls::Level::dane;
  hop.tls.tlsa = usable;
  hop.tls.names = dane::reference_names(dane.base, hosts_.domain(), hosts_.verdict().canonical);
  hop.why = Why::dane;
  return true;
}

bool Route::apply_mta_sts(const mx::Host& host, Hop& hop) {
  const mta_sts::Policy* policy = policy_in(options_);
  const bool by_domain = !options_.policy.next_hop && !host.literal && !ignores_published(options_);
  const TlsMode mode = options_.policy.mode;
  if (policy == nullptr || !by_domain || mode == TlsMode::dane || mode == TlsMode::fingerprint) return true;
  const bool covered = mta_sts::covers(*policy, host.name);
  const bool enforced = policy->mode == mta_sts::Mode::enforce;
  if (!covered) find(tlsrpt::PolicyType::sts, hosts_.domain(), host.name, tls::Failure::validation_failure);
  if (!covered && enforced) {
    drop({kNotProved, host.name + " is not in the MTA-STS policy of " + hosts_.domain()});
    return false;
  }
  // RFC 8461 section 2: DANE is not overridden.
  if (hop.tls.level == tls::Level::dane) return true;
  hop.policy_type = tlsrpt::PolicyType::sts;
  hop.policy_domain = hosts_.domain();
  if (!covered || hop.tls.level >= tls::Level::authority) return true;
  if (!enforced && hop.tls.level != tls::Level::opportunistic) return true;  // nothing that is demanded becomes less
  hop.tls.level = tls::Level::authority;
  hop.tls.tolerant = !enforced;
  hop.tls.names = {host.name};
  hop.tls.server_name = host.name;
  hop.why = enforced ? Why::mta_sts : Why::mta_sts_testing;
  return true;
}

// RFC 8689 section 4.2.1: the name of the host must be proved, and its certificate too.
bool Route::apply_require_tls(const mx::Host& host, Hop& hop) {
  if (!options_.require_tls) return true;
  hop.require_tls = true;
  if (!is_proved(host)) {
    mail::StatusCode status = kRequireTls;
    if (routing_.fetch_failed) status.kind = 4;  // the policy may prove it later
    drop({status,
          "REQUIRETLS: neither DNSSEC nor MTA-STS proves that " + host.name + " is a host of " + hosts_.domain()});
    return false;
  }
  if (hop.tls.level >= tls::Level::authority && !hop.tls.tolerant) return true;
  hop.tls.level = tls::Level::authority;
  hop.tls.tolerant = false;
  hop.tls.names = {host.name};
  hop.why = Why::require_tls;
  return true;
}

void Route::drop(RouteFailure failure) { lost_.push_back(std::move(failure)); }

void Route::find(tlsrpt::PolicyType type, View domain, View host, tls::Failure failure) {
  routing_.findings.push_back({type, own(domain), own(host), failure});
}

void Route::settle() {
  const mx::Verdict& verdict = hosts_.verdict();
  if (verdict.outcome != mx::Outcome::found) {
    routing_.failure = RouteFailure{mx::status_of(verdict.outcome), mx::words_of(verdict.outcome, hosts_.domain())};
    // A next hop that does not exist is a mistake of the configuration: no mail is returned for it.
    if (options_.policy.next_hop) routing_.failure->status.kind = 4;
    return;
  }
  for (const mx::Host& host : verdict.hosts) {
    Hop hop = first_hop(host);
    if (apply_dane(host, hop) && apply_mta_sts(host, hop) && apply_require_tls(host, hop)) {
      routing_.hops.push_back(std::move(hop));
    }
  }
  if (!routing_.hops.empty()) return;
  // One host that may do later is enough to wait, also one whose addresses were not told.
  const auto waits = std::ranges::find_if(lost_, [](const RouteFailure& failure) { return !failure.permanent(); });
  if (waits != lost_.end()) {
    routing_.failure = *waits;
  } else if (!verdict.unresolved.empty()) {
    routing_.failure =
        RouteFailure{mx::status_of(mx::Outcome::unavailable), mx::words_of(mx::Outcome::unavailable, hosts_.domain())};
  } else {
    routing_.failure = lost_.front();
  }
}

}  // namespace posthorn::outbound
