#include "posthorn/io/worker.h"

#include <atomic>
#include <chrono>
#include <latch>
#include <thread>

#include <doctest/doctest.h>

namespace posthorn {

using namespace std::chrono_literals;

TEST_CASE("the pool grows while its threads block") {
  io::Worker worker;
  std::latch all(64);
  std::atomic<int> met = 0;
  for (int i = 0; i < 64; ++i)
    worker.submit([&] {
      all.arrive_and_wait();  // passes only when 64 jobs run at the same time
      ++met;
    });
  for (int i = 0; i < 500 && met != 64; ++i) std::this_thread::sleep_for(10ms);
  CHECK(met == 64);
  CHECK(worker.threads() == 64);
}

TEST_CASE("the pool keeps to its maximum and runs everything") {
  io::WorkerOptions options;
  options.max_threads = 3;
  std::atomic<int> running = 0;
  std::atomic<int> most = 0;
  std::atomic<int> done = 0;
  {
    io::Worker worker(options);
    for (int i = 0; i < 50; ++i)
      worker.submit([&] {
        const int now = ++running;
        for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
        }
        std::this_thread::sleep_for(1ms);
        --running;
        ++done;
      });
  }
  CHECK(done == 50);
  CHECK(most == 3);
}

TEST_CASE("idle threads end") {
  io::WorkerOptions options;
  options.idle_limit = 20ms;
  io::Worker worker(options);
  std::atomic<bool> ran = false;
  worker.submit([&] { ran = true; });
  for (int i = 0; i < 500 && (!ran || worker.threads() != 0); ++i) std::this_thread::sleep_for(10ms);
  CHECK(ran);
  CHECK(worker.threads() == 0);
  worker.submit([&] { ran = false; });
  for (int i = 0; i < 500 && ran; ++i) std::this_thread::sleep_for(10ms);
  CHECK(!ran);
}

}  // namespace posthorn
