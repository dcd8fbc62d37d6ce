// How queued mail gets to other hosts: finds the way, calls the hosts one after the other, lets a courier work.
#pragma once

#include <memory>

#include "posthorn/io/caller.h"
#include "posthorn/protocol/dns/resolver.h"
#include "posthorn/protocol/mta_sts/fetcher.h"
#include "posthorn/service/outbound/route.h"
#include "posthorn/service/queue/dispatcher.h"

#include "shared/log.h"
#include "shared/queue_policies.h"
#include "shared/tls_reports.h"

namespace posthorn::servers {

/// The policy in the words of a configuration or of a backup domain: a mode, then "name=HOST", "fingerprint=HEX" and
/// "authorities=FILE" as far as it needs them, with spaces between. @errors syntax, misuse (it can not be met)
[[nodiscard]] Result<outbound::TlsPolicy> parse_tls_policy(View text, const Settings& settings);

class MailCarrier : public queue::Carrier {
 public:
  /// What it stands on. @lifetime all outlive every connection
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

  explicit MailCarrier(Ground ground) : ground_(ground) {}
  void carry(const queue::Destination& destination, MakeCourier make, Done done) override;

 private:
  class Journey;
  Ground ground_;
};

}  // namespace posthorn::servers
