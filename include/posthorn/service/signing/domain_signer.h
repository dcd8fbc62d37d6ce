// Signs what leaves: with the keys of the author's domain where the DNS publishes them, else with those of this host
// (features 1.11).
//
// Signed are messages that a login submitted, and reports of this site. What an address here sends on gets a seal of
// that address's domain (RFC 8617), else of this host; what is kept for another host goes as it is.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "posthorn/bytes/clock.h"
#include "posthorn/service/queue/courier.h"

namespace posthorn::dns {
class Resolver;
}

namespace posthorn::signing {

class Keys;

struct SignerOptions {
  std::string host_name;                                           ///< the domain of last resort
  std::chrono::seconds recheck = std::chrono::hours(1);            ///< a domain is not asked for more often
  std::chrono::seconds recheck_unknown = std::chrono::minutes(1);  ///< when the DNS does not answer
  Duration patience = std::chrono::seconds(10);                    ///< for the DNS
  bool host_too = false;  ///< the host signs as well where the author's domain does
  bool seal = true;       ///< what is sent on is sealed
  /// Hears that the keys of a domain are used from now on, or are not; null: nobody does.
  std::function<void(View domain, bool used)> notify;
};

class DomainSigner final : public queue::Signer {
 public:
  /// @lifetime all outlive the object
  DomainSigner(const Keys& keys, dns::Resolver& resolver, const Clock& clock, SignerOptions options);
  ~DomainSigner() override;
  DomainSigner(const DomainSigner&) = delete;
  DomainSigner& operator=(const DomainSigner&) = delete;

  [[nodiscard]] std::string sign(const queue::Work& work, const queue::Queue& queue) override;
  /// Keys and the DNS are looked at anew. Does not block.
  void refresh();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace posthorn::signing
