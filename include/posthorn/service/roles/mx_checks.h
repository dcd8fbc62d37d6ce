// What an MX knows of its clients before it takes their mail (features F52): DNS lists, names, greylisting, rates.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "posthorn/bytes/clock.h"
#include "posthorn/protocol/dns/resolver.h"
#include "posthorn/protocol/dnsbl/list.h"
#include "posthorn/service/admission/judge.h"
#include "posthorn/service/admission/source_rates.h"

namespace posthorn::roles {

/// Shared by all connections of the MX listeners. Safe to use from many threads. Loopback clients are never checked.
class MxChecks {
 public:
  struct Settings {
    bool names = false;  ///< the client's name, what it calls itself, the domain of the sender
    std::vector<std::string> own_names;
    Duration patience = std::chrono::seconds(20);  ///< for the DNS; then what is known counts
  };

  /// @lifetime all outlive the object
  MxChecks(dns::Resolver& resolver, admission::Judge& judge, admission::SourceRates& rates, Settings settings)
      : resolver_(resolver), judge_(judge), rates_(rates), settings_(std::move(settings)) {}

  [[nodiscard]] dns::Resolver& resolver() const { return resolver_; }
  [[nodiscard]] const admission::Judge& judge() const { return judge_; }
  [[nodiscard]] admission::SourceRates& rates() const { return rates_; }
  [[nodiscard]] const Settings& settings() const { return settings_; }

  /// The lists that work.
  [[nodiscard]] std::shared_ptr<const std::vector<dnsbl::List>> lists() const {
    const std::lock_guard lock(mutex_);
    return lists_;
  }
  void set_lists(std::vector<dnsbl::List> lists) {
    auto made = std::make_shared<const std::vector<dnsbl::List>>(std::move(lists));
    const std::lock_guard lock(mutex_);
    lists_ = std::move(made);
  }

 private:
  dns::Resolver& resolver_;
  admission::Judge& judge_;
  admission::SourceRates& rates_;
  const Settings settings_;
  mutable std::mutex mutex_;
  std::shared_ptr<const std::vector<dnsbl::List>> lists_ = std::make_shared<const std::vector<dnsbl::List>>();
};

}  // namespace posthorn::roles
