#include "posthorn/service/store/sqlite.h"

#include <array>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <thread>

#include <doctest/doctest.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "service/store/scratch.h"

namespace posthorn::store {
namespace {

std::unique_ptr<Store> open_store(const Scratch& scratch, const SqliteOptions& options = {}) {
  SqliteOptions with_directory = options;
  with_directory.directory = scratch.path("store");
  Result<std::unique_ptr<Store>> store = open_sqlite_store(with_directory);
  REQUIRE_MESSAGE(store, store.error().note);
  return std::move(*store);
}

void check_clean(const Store& store) {
  REQUIRE(store.check([](View problem) { FAIL_CHECK(std::string(problem)); }));
}

std::string body_of(unsigned thread, std::uint64_t number, std::size_t octets) {
  std::string body = std::to_string(thread) + " " + std::to_string(number) + " ";
  body.resize(octets, static_cast<char>('a' + number % 26));
  return body;
}

constexpr unsigned kThreads = 8;
constexpr std::size_t kSmall = 3000;
constexpr std::size_t kBig = 500'000;

std::size_t size_of(std::uint64_t number) { return number % 20 == 7 ? kBig : kSmall; }

struct Acknowledged {
  unsigned thread;
  std::uint64_t number;
};

/// Commits until it is killed; writes one record to `out` after each acknowledged commit.
[[noreturn]] void deliver_for_ever(const std::string& directory, int out, std::uint64_t from) {
  Result<std::unique_ptr<Store>> store = open_sqlite_store({.directory = directory, .checkpoint_pages = 200});
  if (!store) _exit(1);
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < kThreads; ++t) {
    threads.emplace_back([&store, t, out, from] {
      const auto p = (*store)->open(AccountId(t));
      for (std::uint64_t n = from;; ++n) {
        const auto writer = (*p)->write_blob();
        if (!writer || !(*writer)->append(body_of(t, n, size_of(n)))) _exit(2);
        const auto blob = (*writer)->finish();
        if (!blob) _exit(3);
        const std::string name = std::to_string(n);
        const auto done = (*p)->commit(Batch()
                                           .expect("m/" + name, std::nullopt)
                                           .keep(*blob)
                                           .put("m/" + name, std::to_string(blob->value()))
                                           .put("last", name));
        if (!done) _exit(4);
        const Acknowledged record{t, n};
        if (write(out, &record, sizeof record) != sizeof record) _exit(5);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  _exit(6);
}

/// Every acknowledged commit is there, with its body; what is there beyond them is whole and at most one per thread.
void verify(Store& store, const std::map<unsigned, std::uint64_t>& last_acknowledged, std::uint64_t from) {
  for (unsigned t = 0; t < kThreads; ++t) {
    const auto p = std::move(*store.open(AccountId(t)));
    const auto last = last_acknowledged.find(t);
    const std::uint64_t acknowledged = last == last_acknowledged.end() ? from : last->second + 1;
    std::uint64_t present = 0;
    std::vector<std::pair<std::uint64_t, BlobId>> messages;
    REQUIRE(p->scan("m/", after_prefix("m/"), [&](View key, View value, Revision) {
      messages.emplace_back(std::stoull(std::string(key.substr(2))), BlobId(std::stoull(std::string(value))));
      return true;
    }));
    for (const auto& [number, blob] : messages) {
      present = std::max(present, number + 1);
      const auto body = p->read_blob(blob, 0, ~std::uint64_t{0});
      REQUIRE(body);
      CHECK(*body == body_of(t, number, size_of(number)));
    }
    CHECK(messages.size() == present);  // no hole
    CHECK(present >= acknowledged);
    CHECK(present <= acknowledged + 1);
    std::size_t bodies = 0;
    REQUIRE(p->each_blob([&](BlobId, std::uint64_t) { ++bodies; }));
    CHECK(bodies == messages.size());
  }
  check_clean(store);
}

/// How many are there of each thread.
std::uint64_t next_number(Store& store) {
  std::uint64_t next = 0;
  for (unsigned t = 0; t < kThreads; ++t) {
    const auto entry = (*store.open(AccountId(t)))->get("last");
    REQUIRE(entry);
    if (*entry) next = std::max<std::uint64_t>(next, std::stoull((*entry)->value) + 1);
  }
  return next;
}

/// Adds the messages that threads miss below `number`, so that all begin at one number again.
void level(Store& store, std::uint64_t number) {
  for (unsigned t = 0; t < kThreads; ++t) {
    const auto p = std::move(*store.open(AccountId(t)));
    const auto entry = *p->get("last");
    for (std::uint64_t n = entry ? std::stoull(entry->value) + 1 : 0; n < number; ++n) {
      const auto writer = *p->write_blob();
      REQUIRE(writer->append(body_of(t, n, size_of(n))));
      const auto blob = writer->finish();
      REQUIRE(p->commit(Batch()
                            .keep(*blob)
                            .put("m/" + std::to_string(n), std::to_string(blob->value()))
                            .put("last", std::to_string(n)),
                        Durability::relaxed));
    }
  }
}

struct Child {
  pid_t process = -1;
  int records = -1;
};

Child start_child(const std::string& directory, std::uint64_t from) {
  std::array<int, 2> ends{};
  REQUIRE(pipe(ends.data()) == 0);
  const pid_t process = fork();
  REQUIRE(process >= 0);
  if (process == 0) {
    close(ends[0]);
    deliver_for_ever(directory, ends[1], from);
  }
  close(ends[1]);
  return {process, ends[0]};
}

/// Waits until it has acknowledged something: a slow machine takes its time.
void await_first(const Child& child) {
  pollfd waiting{child.records, POLLIN, 0};
  REQUIRE(poll(&waiting, 1, 60'000) == 1);
}

std::map<unsigned, std::uint64_t> kill_child(const Child& child) {
  kill(child.process, SIGKILL);
  std::map<unsigned, std::uint64_t> last;
  Acknowledged record{};
  while (read(child.records, &record, sizeof record) == sizeof record) last[record.thread] = record.number;
  close(child.records);
  int status = 0;
  waitpid(child.process, &status, 0);
  CHECK(WIFSIGNALED(status));
  return last;
}

/// Sets the largest size of a file that this process may write.
class FileLimit {
 public:
  explicit FileLimit(rlim_t octets) {
    previous_handler_ = std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &previous_);
    rlimit limit = previous_;
    limit.rlim_cur = octets;
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  FileLimit(const FileLimit&) = delete;
  FileLimit& operator=(const FileLimit&) = delete;
  ~FileLimit() {
    setrlimit(RLIMIT_FSIZE, &previous_);
    std::signal(SIGXFSZ, previous_handler_);
  }

 private:
  rlimit previous_{};
  void (*previous_handler_)(int) = SIG_DFL;
};

}  // namespace

TEST_CASE("sqlite store: killed at random moments it keeps what it acknowledged") {
  const Scratch scratch;
  const std::string directory = scratch.path("store");
  std::uint64_t from = 0;
  for (int round = 0; round < 6; ++round) {
    CAPTURE(round);
    const Child child = start_child(directory, from);
    await_first(child);
    usleep(static_cast<useconds_t>(60'000 + round * 47'111));
    const auto acknowledged = kill_child(child);
    const auto store = open_store(scratch);
    verify(*store, acknowledged, from);
    from = next_number(*store);
    level(*store, from);
  }
  CHECK(from > 0);
}

TEST_CASE("sqlite store: a process that is killed harms none that goes on") {
  const Scratch scratch;
  const Child child = start_child(scratch.path("store"), 0);  // first: what is open does not survive a fork
  const auto store = open_store(scratch);
  const auto p = std::move(*store->open(AccountId(1000)));
  std::atomic<bool> stop = false;
  std::atomic<int> failures = 0;
  std::atomic<int> done = 0;
  std::thread writer([&] {
    for (int i = 0; !stop; ++i) {
      if (!p->commit(Batch().put("k" + std::to_string(i), "v"))) ++failures;
      ++done;
    }
  });
  await_first(child);
  usleep(300'000);
  const auto acknowledged = kill_child(child);
  const int before = done;
  for (int i = 0; i < 600 && done == before; ++i) usleep(100'000);
  CHECK(done > before);
  CHECK(!acknowledged.empty());
  stop = true;
  writer.join();
  CHECK(failures == 0);
  verify(*store, acknowledged, 0);
}

TEST_CASE("sqlite store: no space is reported, harms nothing and passes") {
  const Scratch scratch;
  const auto store = open_store(scratch, {.shards = 1});
  const auto p = std::move(*store->open(AccountId(1)));
  REQUIRE(p->commit(Batch().put("a", "1")));
  const Revision before = *p->revision();
  {
    const FileLimit limit(1'000'000);
    const auto refused = p->commit(Batch().put("b", std::string(3'000'000, 'x')));
    REQUIRE(!refused);
    CHECK_MESSAGE(refused.error().code == Code::no_space, refused.error().note);
    CHECK(refused.error().lasting == Lasting::transient);
    const auto body = *p->write_blob();
    const auto staged = body->append(std::string(3'000'000, 'x'));
    REQUIRE(!staged);
    CHECK(staged.error().code == Code::no_space);
    CHECK(!body->finish());
    CHECK((*p->get("a"))->value == "1");
    CHECK(!*p->get("b"));
    CHECK(*p->revision() == before);
    const auto small = p->commit(Batch().put("c", "fits"));
    CHECK(small);
  }
  REQUIRE(p->commit(Batch().put("b", std::string(3'000'000, 'x'))));
  CHECK((*p->get("b"))->value.size() == 3'000'000);
  check_clean(*store);
}

TEST_CASE("sqlite store: staged bodies of a killed process are collected, those of a living one stay") {
  const Scratch scratch;
  const auto living = open_store(scratch);
  const auto p = std::move(*living->open(AccountId(1)));
  const auto body = *p->write_blob();
  REQUIRE(body->append(std::string(700'000, 'x')));
  const auto other = open_store(scratch);  // collects at open
  check_clean(*other);                     // and here
  const auto blob = body->finish();
  REQUIRE(blob);
  REQUIRE(p->commit(Batch().keep(*blob)));
  CHECK((*other->open(AccountId(1))).get()->read_blob(*blob, 699'999, 10)->size() == 1);
  check_clean(*other);
}

TEST_CASE("sqlite store: shards and chunks are fixed at creation; modes and versions") {
  const Scratch scratch;
  const std::string directory = scratch.path("store");
  {
    const auto store = open_store(scratch, {.shards = 2, .chunk_octets = 4096});
    REQUIRE((*store->open(AccountId(5)))->commit(Batch().put("a", "1")));
  }
  {
    const auto store = open_store(scratch, {.shards = 7});
    CHECK((*(*store->open(AccountId(5)))->get("a"))->value == "1");
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
      struct stat status = {};
      REQUIRE(stat(entry.path().c_str(), &status) == 0);
      CHECK_MESSAGE((status.st_mode & 0777U) == 0600, entry.path().string());
    }
    CHECK(std::filesystem::exists(directory + "/shard-1.db"));
    CHECK(!std::filesystem::exists(directory + "/shard-2.db"));
  }
  struct stat status = {};
  REQUIRE(stat(directory.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777U) == 0700);
  std::ofstream(directory + "/format") << "posthorn store 99\n";
  const auto newer = open_sqlite_store({.directory = directory});
  REQUIRE(!newer);
  CHECK(newer.error().code == Code::unsupported);
  CHECK(newer.error().note.find("99") != std::string::npos);
}

TEST_CASE("sqlite store: options out of range and places that cannot be are refused") {
  CHECK(open_sqlite_store({}).error().code == Code::misuse);
  CHECK(open_sqlite_store({.directory = "/tmp/x", .shards = 0}).error().code == Code::misuse);
  CHECK(open_sqlite_store({.directory = "/tmp/x", .shards = 65}).error().code == Code::misuse);
  CHECK(open_sqlite_store({.directory = "/nonexistent/a/b"}).error().code == Code::unavailable);
}

TEST_CASE("sqlite store: an interrupted creation begins anew") {
  const Scratch scratch;
  const std::string directory = scratch.path("store");
  { const auto store = open_store(scratch); }
  std::filesystem::remove(directory + "/format");
  std::filesystem::remove(directory + "/shard-3.db");
  const auto store = open_store(scratch);
  REQUIRE((*store->open(AccountId(1)))->commit(Batch().put("a", "1")));
  check_clean(*store);
}

TEST_CASE("sqlite store: many openers at once make one store") {
  const Scratch scratch;
  std::atomic<int> failures = 0;
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 6; ++t) {
    threads.emplace_back([&, t] {
      const auto store = open_sqlite_store({.directory = scratch.path("store"), .shards = 1 + t});
      if (!store || !(*(*store)->open(AccountId(t)))->commit(Batch().put("a", "1"))) ++failures;
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(failures == 0);
  const auto store = open_store(scratch);
  int accounts = 0;
  REQUIRE(store->each_account([&](AccountId) { ++accounts; }));
  CHECK(accounts == 6);
}

}  // namespace posthorn::store
