// Fetches MTA-STS policies over HTTPS (RFC 8461 section 3.3), with libcurl.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "posthorn/bytes/clock.h"
#include "posthorn/io/worker.h"
#include "posthorn/protocol/dns/resolver.h"
#include "posthorn/protocol/mta_sts/fetcher.h"

namespace posthorn::io {

struct PolicyFetcherOptions {
  std::string ca_file;                          ///< PEM file of the authorities that count; empty: those of the system
  std::uint16_t port = 443;                     ///< another one is for tests
  Duration connect = std::chrono::seconds(20);  ///< until TLS stands
  Duration total = std::chrono::seconds(60);    ///< for all of it (RFC 8461 section 3.3 suggests a minute)
  std::size_t octets = 64U << 10U;              ///< a longer policy is refused
  std::size_t addresses = 8;                    ///< of the host that are tried, of each family; more are left out
  bool anywhere = false;                        ///< addresses that are not public count too; for tests
};

/// Asks the resolver for the addresses of "mta-sts.DOMAIN" and fetches from there: the certificate is verified, no
/// redirect is followed, only a text/plain answer with status 200 counts. No proxy and no cache is between.
class PolicyFetcher final : public mta_sts::Fetcher {
 public:
  /// @lifetime resolver and worker outlive the object and every fetch
  PolicyFetcher(dns::Resolver& resolver, Worker& worker, PolicyFetcherOptions options = {});
  ~PolicyFetcher() override;

  /// `done` is called on a thread of the worker, or by the resolver when there are no addresses.
  void fetch(std::string domain, Done done) override;

 private:
  dns::Resolver& resolver_;
  Worker& worker_;
  std::shared_ptr<const PolicyFetcherOptions> options_;
};

}  // namespace posthorn::io
