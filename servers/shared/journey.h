// The way to a host of a domain: finds the route, and calls one host after the other until an errand is done.
#pragma once

#include <memory>
#include <string>

#include "posthorn/io/caller.h"
#include "posthorn/protocol/dns/resolver.h"
#include "posthorn/protocol/mta_sts/fetcher.h"
#include "posthorn/protocol/smtp/client_session.h"
#include "posthorn/service/inquiry.h"
#include "posthorn/service/outbound/route.h"
#include "posthorn/service/queue/courier.h"
#include "posthorn/service/queue/dispatcher.h"

#include "shared/log.h"
#include "shared/queue_policies.h"
#include "shared/tls_reports.h"

namespace posthorn::servers {

/// A host that is called.
struct Host {
  std::string name;
  smtp::TlsPolicy tls = smtp::TlsPolicy::opportunistic;
  bool require_tls = false;  ///< mail goes with REQUIRETLS, or not at all
  bool last = true;          ///< no other one is called
};

/// What came of the talk with a host.
struct Visit {
  bool served = false;  ///< it did its part, or said why not: no other one is called
  std::string status;   ///< enhanced status code of the trouble
  std::string trouble;  ///< why it did not; empty: it said nothing
};

/// What is to be done at a host.
class Errand {
 public:
  virtual ~Errand() = default;
  /// "mail": for the log.
  [[nodiscard]] virtual View what() const = 0;
  /// For the connection to one address.
  [[nodiscard]] virtual Duration connect_patience() const { return io::Call().connect; }
  /// What talks to the host. Must not block.
  [[nodiscard]] virtual std::unique_ptr<Conversation> make(const Host& host) = 0;
  /// The talk that make() made is over, in whatever way. May block.
  [[nodiscard]] virtual Visit visited(Conversation& talk) = 0;
  /// Last, and once; on a thread that may block where a host was called, else on any.
  virtual void finish(queue::Carried carried) = 0;
};

/// Lives as long as something calls it back.
class Journey : public std::enable_shared_from_this<Journey> {
 public:
  /// What it stands on. @lifetime all outlive every journey
  struct Ground {
    const Settings& settings;
    QueuePolicies& policies;
    dns::Resolver& resolver;
    mta_sts::Fetcher& fetcher;
    io::Caller& caller;
    const Clock& clock;
    Random& random;
    TlsReports& reports;
    LineLog& log;
  };

 private:
  struct Key {};

 public:
  /// For begin().
  Journey(Key key, const Ground& ground, queue::Destination destination, outbound::RouteOptions options,
          std::unique_ptr<Errand> errand);
  /// Sets out; may be over before it returns.
  static void begin(const Ground& ground, queue::Destination destination, std::unique_ptr<Errand> errand);

 private:
  /// Asks what the route wants to know; goes when all is known.
  void ask();
  void fetch_policy();
  void leave();
  void call(std::size_t hop, bool plain);
  void called(std::size_t hop, bool plain, io::CallEnd end);
  void next(std::size_t hop, View status, View why);
  void finish(queue::Carried::What what, View status, View why);

  const Ground ground_;
  const queue::Destination destination_;
  Inquiry inquiry_;
  const Inquiry::Part<outbound::Route> route_;
  outbound::Routing routing_;   // what came of it
  bool no_require_tls_ = true;  // no host so far was in any other trouble than that it lacks REQUIRETLS
  const std::unique_ptr<Errand> errand_;
};

}  // namespace posthorn::servers
