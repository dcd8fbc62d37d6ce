// Asks the messages of a mailbox one after the other, in steps that let others have their turn.
#pragma once

#include <cstdint>
#include <vector>

#include "posthorn/bytes/result.h"

#include "protocol/imap/search_match.h"

namespace posthorn::imap::search {

/// Octets read, and messages asked, in one step.
inline constexpr std::uint64_t kOctetsPerStep = 8U << 20U;
inline constexpr std::uint32_t kMessagesPerStep = 50'000;

/// Which of the matches are wanted; neither: all.
struct Ends {
  bool lowest = false;
  bool highest = false;
};

class Scan {
 public:
  /// @param lowest_number  messages below it are not asked (RFC 9738 section 3.1 limits a command in this way)
  Scan(Key root, SelectedMailbox& view, const Surroundings& around, Ends ends = {}, std::uint32_t lowest_number = 1);

  /// @returns whether all is asked
  [[nodiscard]] Result<bool> step();
  /// Numbers of the messages that match, ascending.
  [[nodiscard]] std::vector<std::uint32_t> take_found();
  [[nodiscard]] std::uint64_t asked() const { return low_ + (count_ - high_); }
  /// How many messages there are to ask at most.
  [[nodiscard]] std::uint64_t goal() const { return count_; }

 private:
  [[nodiscard]] std::uint32_t number_at(std::uint64_t index) const;
  Result<bool> ask(std::uint64_t index);

  Matcher matcher_;
  Ends ends_;
  std::vector<Range> ranges_;           // of numbers that may match...
  std::vector<std::uint64_t> offsets_;  // ...and how many numbers are in those before each
  std::uint64_t count_ = 0;
  std::uint64_t low_ = 0;   // asked from the bottom up to here
  std::uint64_t high_ = 0;  // asked from the top down to here
  std::vector<std::uint32_t> found_;
  std::vector<std::uint32_t> found_from_top_;
};

/// The highest mod-sequence of some messages (RFC 7162 section 3.1.5); 0 of none.
[[nodiscard]] ModSeq highest_modseq(const SelectedMailbox& view, const std::vector<std::uint32_t>& numbers);

}  // namespace posthorn::imap::search
