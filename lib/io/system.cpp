#include "posthorn/io/system.h"

#include <cerrno>
#include <cstdlib>

#include <sys/random.h>

namespace posthorn::io {

TimePoint SystemClock::now() const { return std::chrono::time_point_cast<Duration>(std::chrono::steady_clock::now()); }

WallTime SystemClock::wall() const {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

void SystemRandom::fill(std::span<std::byte> out) {
  while (!out.empty()) {
    const ssize_t got = getrandom(out.data(), out.size(), 0);
    if (got < 0) {
      if (errno == EINTR) continue;
      std::abort();
    }
    out = out.subspan(static_cast<std::size_t>(got));
  }
}

}  // namespace posthorn::io
