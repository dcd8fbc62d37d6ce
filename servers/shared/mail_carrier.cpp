#include "shared/mail_carrier.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/core.h>

namespace posthorn::servers {

namespace {

View next_word(View& rest) {
  const std::size_t begin = std::min(rest.find_first_not_of(' '), rest.size());
  rest.remove_prefix(begin);
  const std::size_t end = std::min(rest.find(' '), rest.size());
  const View word = rest.substr(0, end);
  rest.remove_prefix(end);
  return word;
}

Result<void> take_word(View word, outbound::TlsPolicy& policy) {
  const std::size_t equals = word.find('=');
  const View name = word.substr(0, equals);
  const View value = equals == View::npos ? View() : word.substr(equals + 1);
  if (name == "name" && !value.empty()) {
    policy.names.push_back(own(value));
  } else if (name == "authorities" && !value.empty()) {
    policy.ca_file = own(value);
  } else if (name == "fingerprint") {
    Result<std::string> fingerprint = outbound::parse_fingerprint(value);
    if (!fingerprint) return fail(fingerprint.error());
    policy.fingerprints.push_back(std::move(*fingerprint));
  } else {
    return fail(caller_error(Code::syntax, "'" + own(word) + "' is no word of a TLS policy"));
  }
  return {};
}

smtp::TlsPolicy session_tls(const tls::Demand& demand) {
  if (demand.level == tls::Level::none) return smtp::TlsPolicy::none;
  return demand.needs_tls() ? smtp::TlsPolicy::required : smtp::TlsPolicy::opportunistic;
}

}  // namespace

Result<outbound::TlsPolicy> parse_tls_policy(View text, const Settings& settings) {
  outbound::TlsPolicy policy;
  policy.ca_file = settings.outbound_authorities;
  policy.certificate_file = settings.outbound_certificate;
  policy.key_file = settings.outbound_key;
  View rest = text;
  const View mode = next_word(rest);
  if (const auto known = outbound::tls_mode_of(mode.empty() ? "may" : mode)) {
    policy.mode = *known;
  } else {
    return fail(caller_error(
        Code::syntax, "'" + own(mode) + "' is no TLS policy: may, encrypt, verify, dane, fingerprint or mutual"));
  }
  for (View word = next_word(rest); !word.empty(); word = next_word(rest)) {
    if (auto taken = take_word(word, policy); !taken) return fail(taken.error());
  }
  if (auto good = outbound::check(policy); !good) return fail(good.error());
  return policy;
}

/// One connection to a destination, from the first question to the last octet. Lives as long as something calls it
/// back.
class MailCarrier::Journey : public std::enable_shared_from_this<Journey> {
 public:
  Journey(const Ground& ground, queue::Destination destination, outbound::RouteOptions options, MakeCourier make,
          Done done)
      : ground_(ground),
        destination_(std::move(destination)),
        route_(destination_.domain, std::move(options)),
        make_(std::move(make)),
        done_(std::move(done)) {}

  /// Asks what is not asked yet; goes when all is known.
  void ask();

 private:
  void answer(const dns::Question& question, dns::Answer answer);
  void policy(const mta_sts::Fetched& fetched);
  void leave();
  void call(std::size_t hop, bool plain);
  void called(std::size_t hop, bool plain, io::CallEnd end);
  void next(std::size_t hop, View status, View why);
  void finish(queue::Carried::What what, View status, View why);

  const Ground ground_;
  const queue::Destination destination_;
  std::mutex mutex_;  // guards the route while it is asked for
  outbound::Route route_;
  std::set<dns::Question> asked_;
  bool fetching_ = false;
  bool left_ = false;
  MakeCourier make_;
  Done done_;
};

void MailCarrier::Journey::ask() {
  std::vector<dns::Question> questions;
  std::optional<std::string> fetch;
  bool go = false;
  {
    const std::lock_guard lock(mutex_);
    for (const dns::Question& question : route_.wanted()) {
      if (asked_.insert(question).second) questions.push_back(question);
    }
    if (route_.policy_wanted() && !std::exchange(fetching_, true)) fetch = route_.policy_wanted();
    go = route_.finished() && !std::exchange(left_, true);
  }
  for (dns::Question& question : questions) {
    ground_.resolver.resolve(question, [self = shared_from_this(), question](dns::Answer answer) {
      self->answer(question, std::move(answer));
    });
  }
  if (fetch)
    ground_.fetcher.fetch(*fetch,
                          [self = shared_from_this()](const mta_sts::Fetched& fetched) { self->policy(fetched); });
  if (go) leave();
}

void MailCarrier::Journey::answer(const dns::Question& question, dns::Answer answer) {
  {
    const std::lock_guard lock(mutex_);
    const auto wanted = route_.wanted();
    const auto place = std::find(wanted.begin(), wanted.end(), question);
    if (place != wanted.end()) route_.answer(static_cast<std::size_t>(place - wanted.begin()), std::move(answer));
  }
  ask();
}

void MailCarrier::Journey::policy(const mta_sts::Fetched& fetched) {
  {
    const std::lock_guard lock(mutex_);
    route_.policy(fetched);
  }
  ask();
}

void MailCarrier::Journey::leave() {
  const outbound::Routing& routing = route_.verdict();
  ground_.reports.learn(destination_.domain, routing);
  if (routing.hops.empty()) {
    const outbound::RouteFailure failure =
        routing.failure.value_or(outbound::RouteFailure{{4, 4, 4}, "there is no way"});
    using What = queue::Carried::What;
    return finish(failure.permanent() ? What::impossible : What::unreachable, failure.status.text(), failure.text);
  }
  call(0, false);
}

void MailCarrier::Journey::call(std::size_t number, bool plain) {
  const outbound::Hop& hop = route_.verdict().hops[number];
  io::Call call;
  call.addresses = hop.addresses;
  call.port = hop.port;
  call.demand = hop.tls;
  if (plain) call.demand.level = tls::Level::none;
  queue::CourierOptions options;
  options.host_name = ground_.settings.host_name;
  options.remote = hop.host;
  options.tls = session_tls(call.demand);
  options.require_tls = hop.require_tls;
  auto make = [self = shared_from_this(), options = std::move(options)]() -> std::unique_ptr<Conversation> {
    return self->make_(options);
  };
  ground_.caller.call(std::move(call), std::move(make), [self = shared_from_this(), number, plain](io::CallEnd end) {
    self->called(number, plain, std::move(end));
  });
}

void MailCarrier::Journey::called(std::size_t number, bool plain, io::CallEnd end) {
  const outbound::Hop& hop = route_.verdict().hops[number];
  auto* courier = static_cast<queue::Courier*>(end.conversation.get());
  if (courier == nullptr)
    return next(number, "4.4.1", hop.host + ": " + (end.failure ? end.failure->note : "no connection"));
  courier->abandon("the connection broke off");
  const queue::CourierReport report = courier->report();
  end.conversation.reset();
  ground_.reports.count(hop, end, report);
  if (report.transactions > 0) return finish(queue::Carried::What::served, {}, {});
  if (end.refused) {
    // TLS that nobody demanded and that does not work is no reason to keep mail back (RFC 7435 section 3).
    if (hop.tls.level == tls::Level::opportunistic && !plain) return call(number, true);
    const outbound::RouteFailure why =
        outbound::tls_refused(hop, end.refused->failure.value_or(tls::Failure::validation_failure));
    return next(number, why.status.text(), why.text + ": " + end.refused->error.note);
  }
  if (!report.trouble.empty()) return next(number, report.status, report.trouble);
  if (!end.finished) return next(number, "4.4.2", hop.host + " broke the connection off");
  finish(queue::Carried::What::served, {}, {});  // there was nothing to do any more
}

void MailCarrier::Journey::next(std::size_t number, View status, View why) {
  ground_.log.say(fmt::format("mail for {}: {}", destination_.domain, why));
  if (number + 1 < route_.verdict().hops.size()) return call(number + 1, false);
  finish(queue::Carried::What::unreachable, status, why);
}

void MailCarrier::Journey::finish(queue::Carried::What what, View status, View why) {
  done_({what, own(status), own(why)});
}

void MailCarrier::carry(const queue::Destination& destination, MakeCourier make, Done done) {
  outbound::RouteOptions options;
  const auto backup = ground_.policies.backup(destination.domain);
  Result<outbound::TlsPolicy> policy = parse_tls_policy(
      backup && !backup->tls.empty() ? View(backup->tls) : View(ground_.settings.outbound_tls), ground_.settings);
  if (!policy)
    return done({queue::Carried::What::unreachable, "4.3.5",
                 "the TLS policy for " + destination.domain + ": " + policy.error().note});
  options.policy = std::move(*policy);
  if (backup && !backup->next_hop.empty()) {
    options.policy.next_hop = outbound::NextHop{backup->next_hop, backup->port};
  } else if (!ground_.settings.outbound_next_hop.empty()) {
    options.policy.next_hop = outbound::NextHop{ground_.settings.outbound_next_hop,
                                                static_cast<std::uint16_t>(ground_.settings.outbound_port)};
  }
  options.own.names.insert(ground_.settings.host_name);
  options.seed = ground_.random.number();
  options.now = ground_.clock.wall();
  options.require_tls = destination.tls == queue::TlsWish::required;
  options.tls_not_required = destination.tls == queue::TlsWish::optional;
  options.port = static_cast<std::uint16_t>(ground_.settings.outbound_mx_port);
  ground_.reports.recall(destination.domain, options);
  std::make_shared<Journey>(ground_, destination, std::move(options), std::move(make), std::move(done))->ask();
}

}  // namespace posthorn::servers
