#include "service/store/sqlite_changes.h"

#include <chrono>
#include <condition_variable>

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "service/store/scratch.h"

namespace posthorn::store::sqlite {
namespace {

class Bell {
 public:
  void ring() {
    const std::lock_guard lock(mutex_);
    ++rung_;
    changed_.notify_all();
  }
  bool wait(int count = 1) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(4), [&] { return rung_ >= count; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int rung_ = 0;
};

}  // namespace

TEST_CASE("changes: another process is heard at once") {
  const Scratch scratch;
  const std::string path = scratch.path("changes");
  int pipe_ends[2];
  REQUIRE(pipe(pipe_ends) == 0);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    char go = 0;
    const auto changes = Changes::open(path);
    if (!changes || read(pipe_ends[0], &go, 1) != 1) _exit(1);
    (*changes)->mark(AccountId(7));
    (*changes)->ring();
    _exit(0);
  }
  const auto changes = Changes::open(path);
  REQUIRE(changes);
  Bell bell;
  const auto watch = (*changes)->watch(AccountId(7), [&] { bell.ring(); });
  const auto begin = std::chrono::steady_clock::now();
  REQUIRE(write(pipe_ends[1], "g", 1) == 1);
  CHECK(bell.wait());
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::milliseconds(1000));
  int status = 0;
  waitpid(child, &status, 0);
  CHECK(status == 0);
  close(pipe_ends[0]);
  close(pipe_ends[1]);
}

TEST_CASE("changes: every mark is heard, also of objects side by side") {
  const Scratch scratch;
  const auto one = Changes::open(scratch.path("changes"));
  const auto two = Changes::open(scratch.path("changes"));
  REQUIRE(one);
  REQUIRE(two);
  (*one)->mark(AccountId(1));  // before the watch: not heard
  (*one)->ring();
  for (int i = 0; i < 200; ++i) {
    Bell bell;
    const auto watch = (*two)->watch(AccountId(1), [&] { bell.ring(); });
    (*one)->mark(AccountId(1));
    (*one)->ring();
    REQUIRE(bell.wait());
  }
}

}  // namespace posthorn::store::sqlite
