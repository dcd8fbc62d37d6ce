#include "service/store/sqlite_gate.h"

#include <climits>

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace posthorn::store::sqlite {
namespace {

constexpr std::uint32_t kClosed = 0;
constexpr std::uint32_t kAwaited = 1;
constexpr std::uint32_t kOpen = 2;

}  // namespace

void Gate::open() {
  if (state_.exchange(kOpen) == kAwaited) syscall(SYS_futex, &state_, FUTEX_WAKE_PRIVATE, INT_MAX, nullptr, nullptr, 0);
}

void Gate::wait() {
  for (;;) {
    std::uint32_t seen = kClosed;
    if (!state_.compare_exchange_strong(seen, kAwaited) && seen == kOpen) return;
    syscall(SYS_futex, &state_, FUTEX_WAIT_PRIVATE, kAwaited, nullptr, nullptr, 0);
  }
}

}  // namespace posthorn::store::sqlite
