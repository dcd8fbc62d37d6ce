// What settings say of the DNS: the resolver, and how organizational domains are found.
#pragma once

#include <memory>
#include <mutex>

#include "posthorn/bytes/result.h"
#include "posthorn/io/dns_client.h"
#include "posthorn/protocol/dmarc/public_suffixes.h"
#include "posthorn/service/reports/sender.h"

#include "shared/settings.h"

namespace posthorn::servers {

/// Without somebody who hears of what goes wrong: DnsOptions::notify.
[[nodiscard]] io::DnsOptions dns_options(const Settings& settings);

/// The list of public suffixes (authentication.public_suffixes); null: the tree walk. @errors those of the file
[[nodiscard]] Result<std::unique_ptr<dmarc::PublicSuffixes>> public_suffixes(const Settings& settings);

/// What reports are posted with (outbound.authorities, outbound.https_anywhere). @lifetime the resolver outlives it
[[nodiscard]] reports::Post https_post(dns::Resolver& resolver, const Settings& settings);

/// Lets no question through once it is shut: the resolver may end before whoever asks does.
class DnsGate final : public dns::Resolver {
 public:
  /// @lifetime the resolver outlives shut()
  explicit DnsGate(dns::Resolver& behind) : behind_(behind) {}
  void resolve(dns::Question question, Done done) override;
  void shut();

 private:
  dns::Resolver& behind_;
  std::mutex mutex_;  // guards what follows
  bool shut_ = false;
};

}  // namespace posthorn::servers
