#include "posthorn/io/stream.h"

#include <array>
#include <stdexcept>
#include <thread>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace posthorn {
namespace {

using namespace std::chrono_literals;

// Runs a coroutine over one end of a socket pair; the other end is the test's.
struct Pair {
  Pair() { CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == 0); }
  ~Pair() { ::close(ends[1]); }
  std::array<int, 2> ends{};
  asio::io_context context{1};

  template <class F>
  void run(F& body, io::StreamLimits limits = {}) {
    asio::co_spawn(context, whole(body, limits), asio::detached);
    context.run();
  }
  template <class F>
  asio::awaitable<void> whole(F& body, io::StreamLimits limits) {
    io::Stream stream(context.get_executor(), ends[0], nullptr, limits);
    co_await body(stream);
  }
  void say(View octets) const { CHECK(::send(ends[1], octets.data(), octets.size(), 0) > 0); }
};

TEST_CASE("octets, then the end") {
  Pair pair;
  pair.say("hello");
  ::shutdown(pair.ends[1], SHUT_WR);
  std::string heard;
  bool ended = false;
  auto body = [&](io::Stream& stream) -> asio::awaitable<void> {
    std::array<char, 100> chunk;
    const Result<std::size_t> got = co_await stream.read_some(chunk, std::nullopt);
    heard.assign(chunk.data(), *got);
    const Result<std::size_t> end = co_await stream.read_some(chunk, std::nullopt);
    ended = end && *end == 0;
  };
  pair.run(body);
  CHECK(heard == "hello");
  CHECK(ended);
}

TEST_CASE("reading has a deadline") {
  Pair pair;
  Code code{};
  auto body = [&](io::Stream& stream) -> asio::awaitable<void> {
    std::array<char, 100> chunk;
    // The first deadline is later than the second one: the timer must be moved forward.
    const std::optional<TimePoint> late = stream.now() + 10s;
    pair.say("x");
    static_cast<void>(co_await stream.wait(io::kReadable, late));
    static_cast<void>(co_await stream.read_some(chunk, late));
    const std::optional<TimePoint> early = stream.now() + 50ms;
    const Result<std::size_t> got = co_await stream.read_some(chunk, early);
    code = got.error().code;
  };
  pair.run(body);
  CHECK(code == Code::timed_out);
}

TEST_CASE("a peer that does not read is cut, one that reads slowly is not") {
  Pair pair;
  io::StreamLimits limits;
  limits.write = 100ms;
  const std::string much(8U << 20U, 'x');
  Code code{};
  auto stuck = [&](io::Stream& stream) -> asio::awaitable<void> {
    const Result<void> put = co_await stream.write(much);
    code = put.error().code;
  };
  pair.run(stuck, limits);
  CHECK(code == Code::timed_out);

  Pair slow;
  bool all = false;
  std::size_t taken = 0;
  std::jthread reader([&] {
    std::array<char, 65536> chunk;
    while (taken < much.size()) {
      const ssize_t got = recv(slow.ends[1], chunk.data(), chunk.size(), 0);
      if (got <= 0) break;
      taken += static_cast<std::size_t>(got);
      std::this_thread::sleep_for(2ms);
    }
  });
  auto patient = [&](io::Stream& stream) -> asio::awaitable<void> {
    const Result<void> put = co_await stream.write(much);
    all = put.has_value();
  };
  slow.run(patient, limits);
  reader.join();
  CHECK(all);
  CHECK(taken == much.size());
}

TEST_CASE("a wake ends a wait, from any thread and before it begins") {
  Pair pair;
  unsigned first = 0;
  unsigned second = 0;
  unsigned third = 0;
  std::function<void()> wake;
  auto body = [&](io::Stream& stream) -> asio::awaitable<void> {
    wake = stream.waker();
    wake();
    first = co_await stream.wait(io::kReadable, std::nullopt);
    CHECK(stream.take_wake());
    const std::jthread other([&] {
      std::this_thread::sleep_for(20ms);
      wake();
    });
    const std::optional<TimePoint> limit = stream.now() + 10s;
    do {
      second = co_await stream.wait(io::kReadable, limit);  // the first wake's event may still come: it is spurious
    } while (!stream.take_wake());
    pair.say("x");
    do {
      third = co_await stream.wait(io::kReadable, limit);
    } while ((third & io::kReadable) == 0);
  };
  pair.run(body);
  CHECK(first == io::kWoken);
  CHECK(second == io::kWoken);
  CHECK((third & io::kReadable) != 0);
  wake();  // after the stream is gone
}

TEST_CASE("work runs on another thread and comes back; what it throws comes too") {
  Pair pair;
  io::Worker worker;
  const std::thread::id here = std::this_thread::get_id();
  std::thread::id there;
  bool back = false;
  bool thrown = false;
  auto body = [&](io::Stream& stream) -> asio::awaitable<void> {
    std::move_only_function<void()> job = [&] { there = std::this_thread::get_id(); };
    co_await io::run(worker, stream.executor(), std::move(job));
    back = std::this_thread::get_id() == here;
    std::move_only_function<void()> bad = [] { throw std::runtime_error("x"); };
    try {
      co_await io::run(worker, stream.executor(), std::move(bad));
    } catch (const std::runtime_error&) {
      thrown = true;
    }
  };
  pair.run(body);
  CHECK(there != here);
  CHECK(back);
  CHECK(thrown);
}

TEST_CASE("abort fails everything") {
  Pair pair;
  bool read_failed = false;
  bool write_failed = false;
  auto body = [&](io::Stream& stream) -> asio::awaitable<void> {
    stream.abort();
    std::array<char, 10> chunk;
    const Result<std::size_t> got = co_await stream.read_some(chunk, std::nullopt);
    read_failed = !got;
    const Result<void> put = co_await stream.write("x");
    write_failed = !put;
    const Result<TlsFacts> up = co_await stream.upgrade();
    CHECK(!up);
  };
  pair.run(body);
  CHECK(read_failed);
  CHECK(write_failed);
}

}  // namespace
}  // namespace posthorn
