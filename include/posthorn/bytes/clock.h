// Time as an argument: the core never asks the machine what time it is.
#pragma once

#include <chrono>

namespace posthorn {

using Duration = std::chrono::microseconds;
/// Monotonic time, for deadlines; never compared between processes.
using TimePoint = std::chrono::time_point<std::chrono::steady_clock, Duration>;
/// Wall time in seconds since 1970-01-01T00:00:00Z, for dates that people and peers see.
using WallTime = std::chrono::sys_seconds;

/// Where the embedding program keeps the time. Safe to call from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual TimePoint now() const = 0;
  [[nodiscard]] virtual WallTime wall() const = 0;
};

}  // namespace posthorn
