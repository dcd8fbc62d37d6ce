#include "shared/journey.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

namespace posthorn::servers {

namespace {

smtp::TlsPolicy session_tls(const tls::Demand& demand) {
  if (demand.level == tls::Level::none) return smtp::TlsPolicy::none;
  return demand.needs_tls() ? smtp::TlsPolicy::required : smtp::TlsPolicy::opportunistic;
}

}  // namespace

Journey::Journey(Key, const Ground& ground, queue::Destination destination, outbound::RouteOptions options,
                 std::unique_ptr<Errand> errand)
    : ground_(ground),
      destination_(std::move(destination)),
      inquiry_(ground.resolver),
      route_(inquiry_.add(std::make_unique<outbound::Route>(destination_.domain, std::move(options)))),
      errand_(std::move(errand)) {}

void Journey::ask() {
  inquiry_.begin([self = shared_from_this()] { self->fetch_policy(); });
}

void Journey::fetch_policy() {
  const auto wanted = route_.with([](const outbound::Route& route) { return route.policy_wanted(); });
  if (!wanted) return leave();
  ground_.fetcher.fetch(*wanted, [self = shared_from_this()](const mta_sts::Fetched& fetched) {
    self->route_.with([&](outbound::Route& route) { route.policy(fetched); });
    self->ask();
  });
}

void Journey::leave() {
  routing_ = route_.verdict();
  ground_.reports.learn(destination_.domain, routing_);
  if (routing_.hops.empty()) {
    const outbound::RouteFailure failure =
        routing_.failure.value_or(outbound::RouteFailure{{4, 4, 4}, "there is no way"});
    using What = queue::Carried::What;
    return finish(failure.permanent() ? What::impossible : What::unreachable, failure.status.text(), failure.text);
  }
  call(0, false);
}

void Journey::call(std::size_t number, bool plain) {
  const outbound::Hop& hop = routing_.hops[number];
  io::Call call;
  call.addresses = hop.addresses;
  call.port = hop.port;
  call.demand = hop.tls;
  call.connect = errand_->connect_patience();
  if (plain) call.demand.level = tls::Level::none;
  const Host host{hop.host, session_tls(call.demand), hop.require_tls, number + 1 == routing_.hops.size()};
  auto make = [self = shared_from_this(), host]() -> std::unique_ptr<Conversation> {
    return self->errand_->make(host);
  };
  ground_.caller.call(std::move(call), std::move(make), [self = shared_from_this(), number, plain](io::CallEnd end) {
    self->called(number, plain, std::move(end));
  });
}

void Journey::called(std::size_t number, bool plain, io::CallEnd end) {
  const outbound::Hop& hop = routing_.hops[number];
  if (!end.conversation)
    return next(number, "4.4.1", hop.host + ": " + (end.failure ? end.failure->note : "no connection"));
  const Visit visit = errand_->visited(*end.conversation);
  end.conversation.reset();
  if (!plain) ground_.reports.count(hop, end, visit.served);  // the handshake that failed was counted
  if (visit.served) return finish(queue::Carried::What::served, {}, {});
  if (end.refused) {
    // TLS that nobody demanded and that does not work is no reason to keep mail back (RFC 7435 section 3; RFC 8461
    // section 5: testing).
    if (!hop.tls.needs_tls() && !plain) return call(number, true);
    const outbound::RouteFailure why =
        outbound::tls_refused(hop, end.refused->failure.value_or(tls::Failure::validation_failure));
    return next(number, why.status.text(), why.text + ": " + end.refused->error.note);
  }
  if (!visit.trouble.empty()) return next(number, visit.status, visit.trouble);
  if (!end.finished) return next(number, "4.4.2", hop.host + " broke the connection off");
  finish(queue::Carried::What::served, {}, {});  // there was nothing to do any more
}

void Journey::next(std::size_t number, View status, View why) {
  ground_.log.say(fmt::format("{} for {}: {}", errand_->what(), destination_.domain, why));
  no_require_tls_ = no_require_tls_ && status == queue::kNoRequireTls;
  if (number + 1 < routing_.hops.size()) return call(number + 1, false);
  using What = queue::Carried::What;
  finish(no_require_tls_ ? What::impossible : What::unreachable, status, why);
}

void Journey::finish(queue::Carried::What what, View status, View why) {
  errand_->finish({what, own(status), own(why)});
}

void Journey::begin(const Ground& ground, queue::Destination destination, std::unique_ptr<Errand> errand) {
  outbound::RouteOptions options;
  Result<outbound::TlsPolicy> policy = ground.policies.way(destination.domain);
  if (!policy) {
    const std::string why = "the TLS policy for " + destination.domain + ": " + policy.error().note;
    return errand->finish({queue::Carried::What::unreachable, "4.3.5", why});
  }
  options.policy = std::move(*policy);
  options.own.names.insert(ground.settings.host_name);
  options.seed = ground.random.number();
  options.now = ground.clock.wall();
  options.require_tls = destination.tls == queue::TlsWish::required;
  options.tls_not_required = destination.tls == queue::TlsWish::optional;
  options.port = static_cast<std::uint16_t>(ground.settings.outbound_mx_port);
  ground.reports.recall(destination.domain, options);
  std::make_shared<Journey>(Key{}, ground, std::move(destination), std::move(options), std::move(errand))->ask();
}

}  // namespace posthorn::servers
