#include "posthorn/io/drive.h"

#include <array>
#include <thread>
#include <variant>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loopback.h"

namespace posthorn {
namespace {

using namespace std::chrono_literals;
using testing::Parrot;

// A conversation over a socket pair; `peer` plays the other side on its own thread.
template <class Peer>
io::Ending converse_with(Parrot::Shared& shared, Peer peer, io::StreamLimits limits = {}) {
  std::array<int, 2> ends{};
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == 0);
  const timeval limit{5, 0};
  setsockopt(ends[1], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  std::jthread other([&, end = ends[1]] {
    peer(end);
    ::close(end);
  });
  asio::io_context context(1);
  io::Worker worker;
  io::Ending ending{};
  auto body = [&]() -> asio::awaitable<void> {
    io::Stream stream(context.get_executor(), ends[0], nullptr, limits);
    Parrot parrot(shared);
    ending = co_await io::converse(stream, parrot, worker);
  };
  asio::co_spawn(context, body(), asio::detached);
  context.run();
  return ending;
}

void say(int end, View octets) {
  while (!octets.empty()) {
    const ssize_t put = ::send(end, octets.data(), octets.size(), MSG_NOSIGNAL);
    if (put <= 0) return;
    octets.remove_prefix(static_cast<std::size_t>(put));
  }
}

std::string hear_all(int end) {
  std::string heard;
  std::array<char, 16384> chunk;
  for (ssize_t got = 0; (got = recv(end, chunk.data(), chunk.size(), 0)) > 0;)
    heard.append(chunk.data(), static_cast<std::size_t>(got));
  return heard;
}

TEST_CASE("answers come in order, whatever thread made them") {
  Parrot::Shared shared;
  std::string heard;
  const io::Ending ending = converse_with(shared, [&](int end) {
    say(end, "a\r\nWORK\r\nb\r\nPAUSE\r\nc\r\nQUIT\r\n");
    heard = hear_all(end);
  });
  CHECK(ending == io::Ending::finished);
  CHECK(heard == "echo a\r\nworked\r\necho b\r\npaused\r\necho c\r\nbye\r\n");
}

TEST_CASE("octet by octet gives the same") {
  Parrot::Shared shared;
  std::string heard;
  converse_with(shared, [&](int end) {
    for (const char c : View("a\r\nWORK\r\nb\r\nQUIT\r\n")) say(end, View(&c, 1));
    heard = hear_all(end);
  });
  CHECK(heard == "echo a\r\nworked\r\necho b\r\nbye\r\n");
}

TEST_CASE("the end of the input is told, and ends what is only waiting for input") {
  Parrot::Shared shared;
  std::string heard;
  const io::Ending ending = converse_with(shared, [&](int end) {
    say(end, "a\r\nhalf");
    ::shutdown(end, SHUT_WR);
    heard = hear_all(end);
  });
  CHECK(ending == io::Ending::finished);
  CHECK(heard == "echo a\r\n");
}

TEST_CASE("the conversation's deadline is kept") {
  Parrot::Shared shared;
  shared.idle_limit = 50ms;
  std::string heard;
  const io::Ending ending = converse_with(shared, [&](int end) { heard = hear_all(end); });
  CHECK(ending == io::Ending::finished);
  CHECK(heard == "bye: idle\r\n");
}

TEST_CASE("a wake from another thread leads to next()") {
  Parrot::Shared shared;
  std::string heard;
  converse_with(shared, [&](int end) {
    say(end, "a\r\n");
    char c = 0;
    while (recv(end, &c, 1, 0) == 1 && c != '\n') {
    }
    shared.news = true;
    {
      const std::lock_guard lock(shared.mutex);
      shared.wake();
    }
    while (recv(end, &c, 1, 0) == 1 && c != '\n') heard += c;
    say(end, "QUIT\r\n");
    hear_all(end);
  });
  CHECK(heard == "news\r");
}

TEST_CASE("two sides that write first get on") {
  Parrot::Shared shared;
  std::size_t heard = 0;
  const io::Ending ending = converse_with(shared, [&](int end) {
    say(end, "BIG 4000000\r\n");
    std::this_thread::sleep_for(50ms);
    // The answer fills all buffers by now; this peer reads nothing before it has written this.
    say(end, std::string(60'000, 'y') + "\r\nQUIT\r\n");
    heard = hear_all(end).size();
  });
  CHECK(ending == io::Ending::finished);
  CHECK(heard == 4'000'002 + 60'007 + 5);
}

TEST_CASE("a slow reader is cut") {
  Parrot::Shared shared;
  io::StreamLimits limits;
  limits.write = 100ms;
  std::atomic<bool> over = false;
  std::jthread watch;
  const io::Ending ending = converse_with(
      shared,
      [&](int end) {
        say(end, "BIG 40000000\r\n");
        while (shared.alive == 0) std::this_thread::sleep_for(1ms);
        for (int i = 0; i < 500 && shared.alive != 0; ++i) std::this_thread::sleep_for(10ms);
      },
      limits);
  CHECK(ending == io::Ending::too_slow);
}

TEST_CASE("a conversation that spins is cut") {
  Parrot::Shared shared;
  const io::Ending ending = converse_with(shared, [&](int end) {
    say(end, "SPIN\r\n");
    hear_all(end);
  });
  CHECK(ending == io::Ending::defect);
}

TEST_CASE("a peer that goes away ends it") {
  Parrot::Shared shared;
  const io::Ending ending = converse_with(shared, [&](int end) { say(end, "BIG 40000000\r\n"); });
  CHECK(ending == io::Ending::peer_gone);
  CHECK(shared.alive == 0);
}

// A session of an embedding program.
struct Number {
  char digit;
};
class Summer {
 public:
  using Event = std::variant<NeedInput, Number, Closed>;
  void receive(View octets) { in_.append(octets); }
  void receive_end() { ended_ = true; }
  Event next(TimePoint) {
    if (in_.empty()) {
      if (ended_) return Closed{};
      return NeedInput{};
    }
    const char c = in_.view().front();
    in_.consume(1);
    return Number{c};
  }
  View transmit() const { return out_.view(); }
  void transmitted(std::size_t octets) { out_.consume(octets); }
  std::optional<TimePoint> deadline() const { return std::nullopt; }
  void say(View text) { out_.append(text); }

 private:
  Buffer in_;
  Buffer out_;
  bool ended_ = false;
};

TEST_CASE("drive runs a bare session") {
  std::array<int, 2> ends{};
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == 0);
  say(ends[1], "1234");
  ::shutdown(ends[1], SHUT_WR);
  asio::io_context context(1);
  io::Worker worker;
  io::Ending ending{};
  auto body = [&]() -> asio::awaitable<void> {
    io::Stream stream(context.get_executor(), ends[0], nullptr);
    Summer session;
    auto on_event = [sum = 0](Summer& s, const Summer::Event& event) mutable {
      if (const Number* number = std::get_if<Number>(&event)) sum += number->digit - '0';
      if (std::holds_alternative<Closed>(event)) s.say("sum " + std::to_string(sum));
      return true;
    };
    ending = co_await io::drive(stream, session, worker, std::move(on_event));
  };
  asio::co_spawn(context, body(), asio::detached);
  std::jthread runner([&] { context.run(); });
  const std::string heard = hear_all(ends[1]);
  ::close(ends[1]);
  runner.join();
  CHECK(heard == "sum 10");
  CHECK(ending == io::Ending::finished);
}

}  // namespace
}  // namespace posthorn
