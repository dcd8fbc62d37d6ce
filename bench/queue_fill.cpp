// A queue with very many messages: how long it takes to fill it, and what it costs to load it.
//
//   queue-fill DIRECTORY fill [--count N]     accepts N messages (1,000,000) of one recipient each, by many threads
//   queue-fill DIRECTORY load                 loads the queue as a server does when it starts
//
// `fill` prints messages and seconds; `load` prints messages, seconds, those of them on a processor, those of them in
// which all processors were taken by others, and the octets of resident memory before and after.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <fmt/core.h>
#include <unistd.h>

#include "posthorn/io/system.h"
#include "posthorn/service/queue/queue.h"
#include "posthorn/service/store/sqlite.h"

namespace {

using namespace posthorn;
using Time = std::chrono::steady_clock;

constexpr std::uint64_t kDomains = 1000;
constexpr unsigned kThreads = 256;  // each waits for a commit that takes in what all of them brought

class FixedPolicies : public queue::Policies {
 public:
  [[nodiscard]] queue::Policy policy(const queue::Destination&) override { return {}; }
};

/// What a queue stands on.
struct Site {
  io::SystemClock clock;
  io::SystemRandom random;
  FixedPolicies policies;
  std::unique_ptr<store::Store> store;
  std::unique_ptr<queue::Queue> queue;
};

bool complain(const Error& error) {
  fmt::print(stderr, "queue-fill: {}\n", error.note);
  return false;
}

bool open(Site& site, const std::string& directory) {
  auto store = store::open_sqlite_store({.directory = directory});
  if (!store) return complain(store.error());
  site.store = std::move(*store);
  const auto nobody = [](View) -> Result<std::vector<queue::Item>> { return std::vector<queue::Item>(); };
  queue::Options options;
  options.host_name = "mail.example.org";
  auto queue = queue::Queue::open(*site.store, site.clock, site.random, site.policies, nobody, options);
  if (!queue) return complain(queue.error());
  site.queue = std::move(*queue);
  return true;
}

Result<void> accept(queue::Queue& queue, std::uint64_t number) {
  auto body = queue.write_body();
  if (!body) return fail(body.error());
  const std::string text = fmt::format("From: user@example.org\r\nSubject: message {}\r\n\r\nHello\r\n", number);
  if (auto written = (*body)->append(text); !written) return written;
  const auto id = (*body)->finish();
  if (!id) return fail(id.error());
  queue::Message message;
  message.sender = fmt::format("user{}@example.org", number % 5000);
  message.account = message.sender;
  message.body = *id;
  message.octets = text.size();
  std::vector<queue::Item> items(1);
  items[0].destination.domain = fmt::format("host{}.example.net", number % kDomains);
  items[0].sender = message.sender;
  items[0].recipients.push_back({.address = fmt::format("somebody{}@{}", number, items[0].destination.domain)});
  const auto accepted = queue.accept(std::move(message), std::move(items));
  return accepted ? Result<void>() : fail(accepted.error());
}

bool fill(Site& site, std::uint64_t count) {
  // Who runs the queue takes mail in for himself: no news for another process.
  if (const auto loaded = site.queue->load(); !loaded) return complain(loaded.error());
  std::atomic<std::uint64_t> next = 0;
  std::atomic<bool> good = true;
  const auto begin = Time::now();
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (std::uint64_t number = next++; number < count && good; number = next++) {
        if (const auto accepted = accept(*site.queue, number); !accepted) good = complain(accepted.error());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  fmt::print("{} {:.3f}\n", site.queue->size(), std::chrono::duration<double>(Time::now() - begin).count());
  return good;
}

/// Octets of resident memory (proc(5): the second number of statm, in pages).
std::uint64_t resident() {
  std::uint64_t pages = 0;
  if (std::FILE* file = std::fopen("/proc/self/statm", "r")) {
    if (std::fscanf(file, "%*u %lu", &pages) != 1) pages = 0;
    std::fclose(file);
  }
  return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

/// Seconds in which this thread could run and had no processor (proc(5): the second number of schedstat, nanoseconds).
double waited() {
  unsigned long long worked = 0;
  unsigned long long stood = 0;
  if (std::FILE* file = std::fopen("/proc/thread-self/schedstat", "r")) {
    if (std::fscanf(file, "%llu %llu", &worked, &stood) != 2) stood = 0;
    std::fclose(file);
  }
  return static_cast<double>(stood) / 1e9;
}

bool load(Site& site) {
  const std::uint64_t before = resident();
  const auto begin = Time::now();
  const std::clock_t worked = std::clock();
  const double waited_before = waited();
  if (const auto loaded = site.queue->load(); !loaded) return complain(loaded.error());
  const double processor = static_cast<double>(std::clock() - worked) / CLOCKS_PER_SEC;
  const double seconds = std::chrono::duration<double>(Time::now() - begin).count();
  fmt::print("{} {:.3f} {:.3f} {:.3f} {} {}\n", site.queue->size(), seconds, processor, waited() - waited_before,
             before, resident());
  return true;
}

}  // namespace

int main(int count, char** words) {
  const std::vector<std::string_view> arguments(words + 1, words + count);
  const bool filling = arguments.size() >= 2 && arguments[1] == "fill";
  const bool counted = filling && arguments.size() == 4 && arguments[2] == "--count";
  if (arguments.size() < 2 || (!filling && arguments[1] != "load") || (arguments.size() > 2 && !counted)) {
    fmt::print(stderr, "usage: queue-fill DIRECTORY fill [--count N] | queue-fill DIRECTORY load\n");
    return 2;
  }
  Site site;
  if (!open(site, words[1])) return 1;
  return (filling ? fill(site, counted ? std::strtoull(words[4], nullptr, 10) : 1'000'000) : load(site)) ? 0 : 1;
}
