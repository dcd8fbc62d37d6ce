// Doubles that work: a clock that tests turn and a random source that repeats.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/random.h"

namespace posthorn::testing {

/// Stands still until advance().
class FakeClock : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override { return TimePoint(Duration(now_.load())); }
  [[nodiscard]] WallTime wall() const override {
    return kStart + std::chrono::duration_cast<std::chrono::seconds>(Duration(now_.load()));
  }
  void advance(Duration by) { now_ += by.count(); }
  /// 2026-01-01T00:00:00Z
  static constexpr WallTime kStart{std::chrono::seconds(1'767'225'600)};

 private:
  std::atomic<Duration::rep> now_{1'000'000};
};

/// The same octets for the same seed (splitmix64).
class SeededRandom : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  void fill(std::span<std::byte> out) override {
    const std::lock_guard lock(mutex_);
    for (std::byte& b : out) b = static_cast<std::byte>(step());
  }

 private:
  std::uint64_t step() {
    state_ += 0x9E3779B97F4A7C15U;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
  }
  std::mutex mutex_;
  std::uint64_t state_;
};

}  // namespace posthorn::testing
