// Durable commits a second: N threads, each with accounts of its own, each commit one body and three small rows.
//
//   store_commit DIRECTORY [threads] [octets] [seconds] [accounts per thread] [shards] [checkpoint pages]
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "posthorn/service/store/sqlite.h"

namespace {

using namespace posthorn;
using namespace posthorn::store;
using Time = std::chrono::steady_clock;

struct Settings {
  std::string directory;
  unsigned threads = 64;
  std::size_t octets = 4096;
  unsigned seconds = 5;
  unsigned accounts = 4;
  unsigned shards = 4;
  unsigned checkpoint_pages = 4096;
};

std::string random_octets(std::size_t count, std::uint64_t& state) {
  std::string octets(count, '\0');
  for (char& c : octets) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    c = static_cast<char>(state >> 56U);
  }
  return octets;
}

bool deliver(Partition& partition, View body, std::uint64_t number) {
  Result<std::unique_ptr<BlobWriter>> writer = partition.write_blob();
  if (!writer || !(*writer)->append(body)) return false;
  const Result<BlobId> blob = (*writer)->finish();
  if (!blob) return false;
  const std::string uid = std::to_string(1'000'000'000 + number);
  Batch batch;
  batch.keep(*blob).put("m/1/" + uid, std::string(120, 'm')).put("c/1/" + uid, uid).put("b/1", std::string(60, 'b'));
  return partition.commit(batch).has_value();
}

void run_thread(Store& store, const Settings& settings, unsigned thread, const std::atomic<bool>& stop,
                std::vector<double>& milliseconds, std::atomic<unsigned>& failures) {
  std::uint64_t state = thread + 1;
  const std::string body = random_octets(settings.octets, state);
  std::vector<std::unique_ptr<Partition>> partitions;
  for (unsigned i = 0; i < settings.accounts; ++i) {
    partitions.push_back(std::move(*store.open(AccountId(1000 + thread * settings.accounts + i))));
  }
  for (std::uint64_t n = 0; !stop; ++n) {
    const auto begin = Time::now();
    if (!deliver(*partitions[n % partitions.size()], body, n)) ++failures;
    milliseconds.push_back(std::chrono::duration<double, std::milli>(Time::now() - begin).count());
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 2) {
    std::fputs(
        "usage: store_commit DIRECTORY [threads] [octets] [seconds] [accounts per thread] [shards] [checkpoint "
        "pages]\n",
        stderr);
    return 2;
  }
  const auto number = [&](int i, unsigned otherwise) {
    return i < count ? static_cast<unsigned>(std::strtoul(arguments[i], nullptr, 10)) : otherwise;
  };
  const Settings settings{arguments[1], number(2, 64), number(3, 4096), number(4, 5),
                          number(5, 4), number(6, 4),  number(7, 4096)};
  Result<std::unique_ptr<Store>> store = open_sqlite_store(
      {.directory = settings.directory, .shards = settings.shards, .checkpoint_pages = settings.checkpoint_pages});
  if (!store) {
    std::fprintf(stderr, "%s\n", store.error().note.c_str());
    return 1;
  }
  std::atomic<bool> stop = false;
  std::atomic<unsigned> failures = 0;
  std::vector<std::vector<double>> milliseconds(settings.threads);
  std::vector<std::thread> threads;
  const auto begin = Time::now();
  for (unsigned i = 0; i < settings.threads; ++i) {
    threads.emplace_back([&, i] { run_thread(**store, settings, i, stop, milliseconds[i], failures); });
  }
  std::this_thread::sleep_for(std::chrono::seconds(settings.seconds));
  stop = true;
  for (std::thread& thread : threads) thread.join();
  const double seconds = std::chrono::duration<double>(Time::now() - begin).count();
  std::vector<double> all;
  for (const auto& some : milliseconds) all.insert(all.end(), some.begin(), some.end());
  std::sort(all.begin(), all.end());
  const auto part = [&](double p) { return all.empty() ? 0.0 : all[static_cast<std::size_t>(p * (all.size() - 1.0))]; };
  std::printf("%u threads, %zu octets: %.0f commits/s, p50 %.2f ms, p99 %.2f ms, longest %.0f ms, %u failed\n",
              settings.threads, settings.octets, static_cast<double>(all.size()) / seconds, part(0.5), part(0.99),
              part(1.0), failures.load());
  return failures == 0 ? 0 : 1;
}
