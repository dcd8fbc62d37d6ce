// How an MX finds out who really sent a message, and what it does then (features 1.4).
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "posthorn/bytes/clock.h"
#include "posthorn/grammar/ip_address.h"
#include "posthorn/protocol/dns/resolver.h"
#include "posthorn/service/authentication/decision.h"

namespace posthorn::roles {

/// Hears of every message that was judged, for reports (RFC 9990, RFC 9991). Safe to call from many threads; may block.
class Judgements {
 public:
  virtual ~Judgements() = default;
  /// @param header  of the message, as far as it was looked at
  /// @param done    what became of the message, for its recipients here
  virtual void judged(const authentication::Client& client, View header, const authentication::Results& results,
                      const authentication::Decision& decision, directory::Enforcement done) = 0;
};

/// Shared by all connections of the MX listeners. Safe to use from many threads.
class Authentication {
 public:
  struct Settings {
    std::string host_name;          ///< who speaks in Authentication-Results (RFC 8601 section 2.5)
    std::vector<IpNetwork> exempt;  ///< clients whose mail nothing is asked about
    authentication::Trust trust;
    authentication::Options options;
    Duration patience = std::chrono::seconds(20);  ///< for what SPF and DKIM ask, then for what DMARC asks
  };

  /// @param judgements  null: nobody hears @lifetime all outlive the object
  Authentication(dns::Resolver& resolver, Settings settings, Judgements* judgements)
      : resolver_(resolver), settings_(std::move(settings)), judgements_(judgements) {}

  [[nodiscard]] dns::Resolver& resolver() const { return resolver_; }
  [[nodiscard]] const Settings& settings() const { return settings_; }
  [[nodiscard]] Judgements* judgements() const { return judgements_; }

 private:
  dns::Resolver& resolver_;
  const Settings settings_;
  Judgements* judgements_;
};

}  // namespace posthorn::roles
