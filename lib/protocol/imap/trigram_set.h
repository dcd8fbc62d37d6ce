// The different trigrams (three octets side by side) of many texts, collected fast.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "posthorn/bytes/view.h"

namespace posthorn::imap::search {

/// A trigram is a number: its octets, the first the highest.
class TrigramSet {
 public:
  TrigramSet() { clear(); }

  /// Goes on with the present text.
  void add(View text);
  /// No trigram goes over the end of a text.
  void end_text() { octets_ = 0; }
  /// How many are known to differ: all but a few of the last.
  [[nodiscard]] std::size_t count() const { return all_.size(); }
  /// All different ones, in no order. @lifetime until the next call
  [[nodiscard]] std::span<const std::uint32_t> all();
  /// Forgets all.
  void clear();

  /// Below this, the trigram of three octets.
  static constexpr std::uint32_t kEnd = 1U << 24U;

 private:
  static constexpr unsigned kRecentBits = 13;
  static constexpr std::size_t kPending = 1024;
  static constexpr unsigned kSmallBits = 12;

  void settle();
  void grow();

  // What was met lately, by hash: most trigrams of a text are repeated, and go no further.
  std::array<std::uint32_t, std::size_t{1} << kRecentBits> recent_;
  std::array<std::uint32_t, kPending> pending_;  // not in recent_ when they were met; perhaps known
  std::size_t pending_count_ = 0;
  std::vector<std::uint32_t> slots_;  // a power of two, at most half of them taken
  unsigned slot_bits_ = kSmallBits;
  std::vector<std::uint32_t> all_;
  std::uint32_t last_ = 0;  // the last octets of the present text...
  unsigned octets_ = 0;     // ...and how many, at most 2
};

}  // namespace posthorn::imap::search
