// The checks of MX clients, put together from settings: lists that are tested every day, greylist, rates.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "posthorn/protocol/dnsbl/self_test.h"
#include "posthorn/service/admission/greylist.h"
#include "posthorn/service/inquiry.h"
#include "posthorn/service/roles/mx_checks.h"

#include "shared/log.h"
#include "shared/settings.h"

namespace posthorn::servers {

class MxGate {
 public:
  /// @errors syntax (mx.lists) @lifetime all outlive the gate
  [[nodiscard]] static Result<std::unique_ptr<MxGate>> open(const Settings& settings, store::Partition& rows,
                                                            const Clock& clock, dns::Resolver& resolver, LineLog& log);
  /// For open().
  MxGate(const Settings& settings, store::Partition& rows, const Clock& clock, dns::Resolver& resolver, LineLog& log,
         std::vector<dnsbl::List> lists);

  [[nodiscard]] roles::MxChecks& checks() { return checks_; }
  /// Asks the lists for their test points; those that fail are left out until they pass. Call it at the start and
  /// daily.
  void test_lists();
  /// Forgets what the greylist need not know any more. Blocks.
  void sweep() { static_cast<void>(greylist_.sweep()); }

 private:
  void take(const std::vector<dnsbl::ListHealth>& health);

  LineLog& log_;
  const std::vector<dnsbl::List> lists_;
  admission::Greylist greylist_;
  admission::Judge judge_;
  admission::SourceRates rates_;
  roles::MxChecks checks_;
  std::optional<Inquiry> testing_;  // of the lists
};

}  // namespace posthorn::servers
