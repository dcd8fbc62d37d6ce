// Choices that repeat from a seed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>

namespace posthorn::stress {

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}
  /// 0 <= roll < sides; 0 for no sides.
  std::size_t roll(std::size_t sides) { return sides < 2 ? 0 : static_cast<std::size_t>(engine_() % sides); }
  bool one_in(std::size_t sides) { return roll(sides) == 0; }

 private:
  std::mt19937_64 engine_;
};

}  // namespace posthorn::stress
