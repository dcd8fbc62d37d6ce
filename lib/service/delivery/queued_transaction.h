// A transaction that becomes a message of the queue: some of its recipients are on other hosts.
#pragma once

#include <optional>
#include <string>

#include "posthorn/service/delivery/delivery.h"

#include "service/delivery/front.h"

namespace posthorn::delivery {

class QueuedTransaction : public Transaction {
 public:
  /// @lifetime `options` and its queue outlive the transaction
  QueuedTransaction(const Options& options, std::string id, Envelope envelope, WallTime now);

  /// Makes room for the body. Blocks.
  Result<void> open();
  Result<void> append(View octets) override;
  void judge(Findings findings) override { findings_ = std::move(findings); }
  bool hold(View why) override {
    held_ = own(why);
    return true;
  }
  std::vector<Result<void>> finish() override;
  View id() const override { return id_; }

 private:
  Result<void> write(View octets);
  [[nodiscard]] Result<void> check_loops(const std::vector<queue::Item>& items) const;
  Result<void> accept();

  const Options& options_;
  const std::string id_;
  Envelope envelope_;
  Front front_;
  Findings findings_;
  std::string trace_;
  std::unique_ptr<store::BlobWriter> body_;
  std::optional<std::string> held_;  // why
  std::uint64_t octets_ = 0;
  bool eight_bit_ = false;
  Result<void> failure_;
  bool finished_ = false;
};

}  // namespace posthorn::delivery
