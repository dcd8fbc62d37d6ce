// Who exists in backup domains: their primaries are asked over the same ways as mail goes to them.
#pragma once

#include <atomic>
#include <cstddef>

#include "posthorn/service/recipients/cache.h"
#include "posthorn/service/recipients/judge.h"

#include "shared/journey.h"

namespace posthorn::servers {

/// Safe to call from many threads.
class RecipientGate : public recipients::Check, private recipients::Probe {
 public:
  /// @param threads  that may wait for primaries at the same time @lifetime all outlive the gate
  RecipientGate(const Journey::Ground& ground, store::Partition& rows, std::size_t threads);

  /// Waits for kPatience at most; then, and while too many wait, what is not known yet may be known at the next time.
  [[nodiscard]] recipients::Verdict check(View address, directory::WhenUnknown when_unknown) override;
  /// Forgets what does not count any more. Blocks.
  void sweep() { static_cast<void>(cache_.sweep()); }
  /// Asks nobody any more.
  void stop() { judge_.stop(); }
  /// Somebody is asked still.
  [[nodiscard]] bool busy() const { return judge_.busy() > 0; }

  static constexpr std::chrono::seconds kPatience{15};

 private:
  void ask(const mail::Mailbox& recipient, Done done) override;

  const Journey::Ground ground_;
  const std::size_t threads_;
  std::atomic<std::size_t> waiting_ = 0;
  recipients::Cache cache_;
  recipients::Judge judge_;
};

}  // namespace posthorn::servers
