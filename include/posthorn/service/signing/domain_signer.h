// Signs what leaves: with the keys of the author's domain where the DNS publishes them, else with those of this host
// (features 1.11).
//
// Signed are messages that a login submitted, and reports of this site; what is only passed on goes as it is.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "posthorn/bytes/clock.h"
#include "posthorn/protocol/dns/resolver.h"
#include "posthorn/service/queue/courier.h"
#include "posthorn/service/signing/keys.h"

namespace posthorn::signing {

struct SignerOptions {
  std::string host_name;                                           ///< the domain of last resort
  std::chrono::seconds recheck = std::chrono::hours(1);            ///< a domain is not asked for more often
  std::chrono::seconds recheck_unknown = std::chrono::minutes(1);  ///< when the DNS does not answer
  Duration patience = std::chrono::seconds(10);                    ///< for the DNS
  bool host_too = false;  ///< the host signs as well where the author's domain does
  /// Hears that the keys of a domain are used from now on, or are not; null: nobody does.
  std::function<void(View domain, bool used)> notify;
};

class DomainSigner final : public queue::Signer {
 public:
  /// @lifetime all outlive the object
  DomainSigner(const Keys& keys, dns::Resolver& resolver, const Clock& clock, SignerOptions options);

  [[nodiscard]] std::string sign(const queue::Work& work, const queue::Queue& queue) override;
  /// Keys and the DNS are looked at anew. Does not block.
  void refresh();

 private:
  struct Usable {
    std::string domain;
    std::string selector;
    crypto::PrivateKey key;
  };
  using UsableKeys = std::vector<Usable>;
  struct Known {
    std::shared_ptr<const UsableKeys> keys;
    WallTime recheck{};
  };

  /// The keys of a domain that the DNS publishes, the newest of each scheme. Blocks.
  [[nodiscard]] std::shared_ptr<const UsableKeys> usable(const std::string& domain);
  [[nodiscard]] Known look(const std::string& domain, const std::shared_ptr<const UsableKeys>& before);
  [[nodiscard]] std::vector<Usable> keys_for(const std::string& author_domain);
  [[nodiscard]] std::string signatures(const queue::Work& work, const queue::Queue& queue);

  const Keys& keys_;
  dns::Resolver& resolver_;
  const Clock& clock_;
  const SignerOptions options_;
  std::mutex mutex_;                                             // guards what follows
  std::map<std::string, Known> known_;                           // by domain
  std::deque<std::pair<queue::MessageId, std::string>> signed_;  // the last ones: a message may go to many hosts
};

}  // namespace posthorn::signing
