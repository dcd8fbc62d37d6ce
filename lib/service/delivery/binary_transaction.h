// A message of any octets (BODY=BINARYMIME) on its way in: kept until it is whole, then handed on in lines, because
// that is what mailboxes, their clients and most other hosts take.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "posthorn/service/delivery/delivery.h"

namespace posthorn::delivery {

class BinaryTransaction : public Transaction {
 public:
  /// Octets that such messages keep now, all together.
  struct Room {
    std::uint64_t most = 0;
    std::atomic<std::uint64_t> held = 0;
  };

  /// @param within  takes the message in lines
  /// @lifetime `room` outlives the transaction
  BinaryTransaction(std::unique_ptr<Transaction> within, std::size_t recipients, Room& room)
      : within_(std::move(within)), recipients_(recipients), room_(room) {}
  ~BinaryTransaction() override { release(); }
  BinaryTransaction(const BinaryTransaction&) = delete;
  BinaryTransaction& operator=(const BinaryTransaction&) = delete;

  /// @errors no_space (Room::most)
  Result<void> append(View octets) override;
  void judge(Findings findings) override { within_->judge(std::move(findings)); }
  bool hold(View why) override { return within_->hold(why); }
  /// @errors for all recipients those of mime::to_eight_bit()
  std::vector<Result<void>> finish() override;
  std::string refusal(std::size_t recipient) const override { return within_->refusal(recipient); }
  View id() const override { return within_->id(); }

 private:
  void release();

  std::unique_ptr<Transaction> within_;
  std::size_t recipients_;
  Room& room_;
  std::string content_;
};

}  // namespace posthorn::delivery
