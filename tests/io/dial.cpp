#include "posthorn/io/dial.h"

#include <array>
#include <cstring>

#include <arpa/inet.h>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace posthorn {
namespace {

using namespace std::chrono_literals;
using io::Endpoint;

IpAddress ip(View text) { return *IpAddress::parse(text); }

/// A socket that listens on 127.0.0.1.
class Listening {
 public:
  explicit Listening(int backlog = 8) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof where;
    auto* address = reinterpret_cast<sockaddr*>(&where);
    REQUIRE(::bind(socket_, address, size) == 0);
    REQUIRE(::listen(socket_, backlog) == 0);
    REQUIRE(::getsockname(socket_, address, &size) == 0);
    endpoint_ = {ip("127.0.0.1"), ntohs(where.sin_port)};
  }
  ~Listening() { ::close(socket_); }
  Listening(const Listening&) = delete;
  Listening& operator=(const Listening&) = delete;

  [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }
  /// The address of the next peer, and its first octet.
  std::string accept_one() const {
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    const int accepted = ::accept(socket_, reinterpret_cast<sockaddr*>(&peer), &size);
    char octet = '-';
    CHECK(::recv(accepted, &octet, 1, 0) == 1);
    ::close(accepted);
    std::array<char, INET_ADDRSTRLEN> text{};
    inet_ntop(AF_INET, &peer.sin_addr, text.data(), text.size());
    return std::string(text.data()) + octet;
  }

 private:
  int socket_;
  Endpoint endpoint_;
};

/// A listener whose queue is full: Linux leaves further connections without an answer.
class Silent {
 public:
  Silent() {
    for (int& socket : sockets_) {
      socket = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
      sockaddr_in where{};
      where.sin_family = AF_INET;
      where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      where.sin_port = htons(endpoint().port);
      static_cast<void>(::connect(socket, reinterpret_cast<const sockaddr*>(&where), sizeof where));
    }
  }
  ~Silent() {
    for (const int socket : sockets_) ::close(socket);
  }
  Silent(const Silent&) = delete;
  Silent& operator=(const Silent&) = delete;
  [[nodiscard]] const Endpoint& endpoint() const { return listening_.endpoint(); }

 private:
  Listening listening_{0};
  std::array<int, 3> sockets_{};
};

Endpoint refusing() {
  const Listening gone;
  return gone.endpoint();
}

struct Outcome {
  std::optional<Error> error;
  Endpoint remote;
  Duration took{};
};

Outcome try_dial(std::vector<Endpoint> candidates, const io::DialOptions& options = {}) {
  asio::io_context context{1};
  Outcome outcome;
  auto body = [&]() -> asio::awaitable<void> {
    Result<io::Dialed> dialed = co_await io::dial(std::move(candidates), options);
    if (!dialed) {
      outcome.error = dialed.error();
      co_return;
    }
    outcome.remote = dialed->remote;
    static_cast<void>(co_await dialed->stream->write("x"));
  };
  const auto before = std::chrono::steady_clock::now();
  asio::co_spawn(context, body, asio::detached);
  context.run();
  outcome.took = std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - before);
  return outcome;
}

TEST_CASE("the families take turns, beginning with that of the first (RFC 8305 section 4)") {
  const auto at = [](View text) { return Endpoint{ip(text), 25}; };
  const std::vector<Endpoint> mixed =
      io::in_turn({at("2001:db8::1"), at("2001:db8::2"), at("2001:db8::3"), at("192.0.2.1"), at("192.0.2.2")});
  CHECK(mixed ==
        std::vector{at("2001:db8::1"), at("192.0.2.1"), at("2001:db8::2"), at("192.0.2.2"), at("2001:db8::3")});
  CHECK(io::in_turn({at("192.0.2.1"), at("2001:db8::1")}).front() == at("192.0.2.1"));
  CHECK(io::in_turn({}).empty());
}

TEST_CASE("a connection, from the source address that was asked for") {
  const Listening server;
  const Outcome outcome = try_dial({server.endpoint()});
  CHECK(!outcome.error);
  CHECK(outcome.remote == server.endpoint());
  CHECK(server.accept_one() == "127.0.0.1x");

  io::DialOptions options;
  options.source_v4 = ip("127.0.0.2");
  options.source_v6 = ip("2001:db8::1");  // for the other family
  CHECK(!try_dial({server.endpoint()}, options).error);
  CHECK(server.accept_one() == "127.0.0.2x");
  options.source_v4 = ip("192.0.2.1");  // not ours
  CHECK(try_dial({server.endpoint()}, options).error->code == Code::unavailable);
}

TEST_CASE("one that refuses gives way at once") {
  const Listening server;
  io::DialOptions options;
  options.next = 60s;
  const Outcome outcome = try_dial({refusing(), refusing(), server.endpoint()}, options);
  CHECK(!outcome.error);
  CHECK(outcome.took < 30s);
  CHECK(server.accept_one() == "127.0.0.1x");
}

TEST_CASE("one that does not answer gets a rival") {
  const Silent silent;
  const Listening server;
  io::DialOptions options;
  options.next = 50ms;
  const Outcome outcome = try_dial({silent.endpoint(), server.endpoint()}, options);
  CHECK(!outcome.error);
  CHECK(outcome.remote == server.endpoint());
  CHECK(outcome.took >= 50ms);
  CHECK(outcome.took < 20s);
  CHECK(server.accept_one() == "127.0.0.1x");
}

TEST_CASE("limits: for an attempt, for all, and for the number of addresses") {
  const Silent silent;
  io::DialOptions options;
  options.attempt = 50ms;
  Outcome outcome = try_dial({silent.endpoint()}, options);
  CHECK(outcome.error->code == Code::timed_out);
  CHECK(outcome.error->note.contains("127.0.0.1"));
  CHECK(outcome.took < 20s);
  options.attempt = 60s;
  options.total = 50ms;
  outcome = try_dial({silent.endpoint(), silent.endpoint()}, options);
  CHECK(outcome.error->code == Code::timed_out);
  CHECK(outcome.took < 20s);
  const Listening server;
  options = {};
  options.max_candidates = 2;
  CHECK(try_dial({refusing(), refusing(), server.endpoint()}, options).error);
}

TEST_CASE("what fails is said") {
  CHECK(try_dial({}).error->code == Code::misuse);
  const Endpoint nobody = refusing();
  const Outcome outcome = try_dial({nobody});
  CHECK(outcome.error->code == Code::unavailable);
  CHECK(outcome.error->lasting == Lasting::transient);
  CHECK(outcome.error->note.starts_with("127.0.0.1:" + std::to_string(nobody.port)));
}

}  // namespace
}  // namespace posthorn
