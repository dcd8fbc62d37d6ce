// The machine's own clock and randomness, for the ports of posthorn/bytes.
#pragma once

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/random.h"

namespace posthorn::io {

/// The monotonic and the wall clock of the machine.
class SystemClock : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override;
  [[nodiscard]] WallTime wall() const override;
};

/// getrandom(2): octets that nobody can predict. Ends the process when the kernel gives none, because nothing that
/// asked could go on safely.
class SystemRandom : public Random {
 public:
  void fill(std::span<std::byte> out) override;
};

}  // namespace posthorn::io
