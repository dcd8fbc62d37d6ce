#include "service/store/sqlite_changes.h"

#include <array>
#include <cerrno>
#include <climits>
#include <ctime>

#include <fcntl.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "service/store/sqlite_files.h"

namespace posthorn::store::sqlite {
namespace {

constexpr std::size_t kSlots = 4096;
constexpr long kListenSeconds = 5;  // a wake that got lost costs at most this

std::size_t slot_of(AccountId account) {
  // Fibonacci hashing: neighbours and multiples spread
  return static_cast<std::size_t>((account.value() * 0x9E3779B97F4A7C15U) >> 52U);
}
static_assert(kSlots == std::size_t{1} << (64U - 52U));

}  // namespace

struct Changes::Board {
  alignas(64) std::uint32_t bell;
  alignas(64) std::array<std::uint32_t, kSlots> slots;
};

void Changes::Unmap::operator()(Board* board) const { munmap(board, sizeof(Board)); }

Changes::Changes(std::unique_ptr<Board, Unmap> board) : board_(std::move(board)) {}

Result<std::unique_ptr<Changes>> Changes::open(const std::string& path) {
  const Result<File> file = File::open(path);
  if (!file) return fail(file.error());
  // really allocated: a page that finds no room when it is touched would kill the process
  if (const int failed = posix_fallocate(file->descriptor(), 0, sizeof(Board)); failed != 0) {
    return fail(system_error(failed, "allocate " + path));
  }
  void* mapped = mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED, file->descriptor(), 0);
  if (mapped == MAP_FAILED) return fail(system_error(errno, "map " + path));
  std::unique_ptr<Board, Unmap> board(static_cast<Board*>(mapped));
  return std::make_unique<Changes>(std::move(board));
}

Changes::~Changes() {
  if (!listener_.joinable()) return;
  stopping_ = true;
  ring();
  listener_.join();
}

std::uint32_t Changes::stamp(AccountId account) const {
  return std::atomic_ref(board_->slots[slot_of(account)]).load(std::memory_order_acquire);
}

void Changes::mark(AccountId account) {
  std::atomic_ref(board_->slots[slot_of(account)]).fetch_add(1, std::memory_order_release);
}

void Changes::ring() {
  std::atomic_ref(board_->bell).fetch_add(1, std::memory_order_acq_rel);
  syscall(SYS_futex, &board_->bell, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

std::vector<bool> Changes::moved() {
  std::vector<bool> found(kSlots);
  for (std::size_t i = 0; i < kSlots; ++i) {
    const std::uint32_t now = std::atomic_ref(board_->slots[i]).load(std::memory_order_acquire);
    found[i] = now != seen_[i];
    seen_[i] = now;
  }
  return found;
}

std::unique_ptr<Watch> Changes::watch(AccountId account, std::function<void()> changed) {
  {
    const std::lock_guard lock(mutex_);
    if (!listener_.joinable()) {
      seen_.resize(kSlots);
      static_cast<void>(moved());  // what happened before does not count
      listener_ = std::thread([this] { listen(); });
    }
  }
  return watchers_->add(account, std::move(changed));
}

void Changes::listen() {
  const timespec patience{kListenSeconds, 0};
  while (!stopping_) {
    const std::uint32_t bell = std::atomic_ref(board_->bell).load(std::memory_order_acquire);
    const std::vector<bool> found = moved();
    watchers_->notify([&](AccountId account) { return found[slot_of(account)]; });
    if (stopping_) return;
    syscall(SYS_futex, &board_->bell, FUTEX_WAIT, bell, &patience, nullptr, 0);
  }
}

}  // namespace posthorn::store::sqlite
