// The flags of messages that changed since they came into their mailbox, of many messages in one row: so that a STORE
// over a whole mailbox writes few rows, and those of the messages stay as they are.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "posthorn/protocol/imap/mailboxes.h"

namespace posthorn::mailbox {

using imap::Uid;

/// What STORE changes of a message.
struct FlagState {
  std::uint64_t modseq = 0;
  std::uint8_t system = 0;              ///< imap::SystemFlag bits
  std::vector<std::uint16_t> keywords;  ///< indices into the mailbox's list, ascending
  bool operator==(const FlagState&) const = default;
};

/// Of the messages whose uids have the same number(): those that changed.
class FlagBlock {
 public:
  static constexpr std::uint32_t kUids = 64;
  /// Which block has a uid.
  [[nodiscard]] static std::uint32_t number(Uid uid) { return uid.value() / kUids; }

  /// nullptr: the flags are as they were when the message came. @lifetime until the next change
  [[nodiscard]] const FlagState* find(Uid uid) const {
    const std::uint8_t state = state_of_[uid.value() % kUids];
    return state == 0 ? nullptr : &states_[state - 1U];
  }
  void set(Uid uid, const FlagState& state);
  void erase(Uid uid) { state_of_[uid.value() % kUids] = 0; }
  [[nodiscard]] bool empty() const;
  /// What the row takes, in octets, at most.
  [[nodiscard]] std::size_t octets() const;

  /// The states that some message has; and for each uid of the block which of them, from 1 on (0: none).
  struct Parts {
    std::vector<FlagState> states;
    std::array<std::uint8_t, kUids> state_of{};
  };
  [[nodiscard]] Parts parts() const;
  /// @param parts  numbers in state_of are those of states
  explicit FlagBlock(Parts parts) : states_(std::move(parts.states)), state_of_(parts.state_of) {}
  FlagBlock() = default;

 private:
  void forget_unused();

  std::vector<FlagState> states_;  // at most 255: those that nobody has any more go when the room is used up
  std::array<std::uint8_t, kUids> state_of_{};
};

}  // namespace posthorn::mailbox
