#include "posthorn/io/dial.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>
#include <utility>

#include <asio/posix/stream_descriptor.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace posthorn::io {

namespace {

TimePoint time_now() { return std::chrono::time_point_cast<Duration>(std::chrono::steady_clock::now()); }

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t octets = 0;
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

SocketAddress socket_address(const IpAddress& address, std::uint16_t port) {
  SocketAddress made;
  const auto octets = address.octets();
  if (address.is_v4()) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    std::memcpy(&v4.sin_addr, octets.data(), octets.size());
    std::memcpy(&made.storage, &v4, sizeof v4);
    made.octets = sizeof v4;
  } else {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    std::memcpy(&v6.sin6_addr, octets.data(), octets.size());
    std::memcpy(&made.storage, &v6, sizeof v6);
    made.octets = sizeof v6;
  }
  return made;
}

std::string text_of(const Endpoint& endpoint) {
  const std::string address = endpoint.address.text();
  return (endpoint.address.is_v4() ? address : "[" + address + "]") + ":" + std::to_string(endpoint.port);
}

Error unavailable(const Endpoint& to, int number) {
  return environment_error(Code::unavailable, text_of(to) + ": " + std::generic_category().message(number));
}
Error late(const std::string& what) { return {Code::timed_out, Blame::peer, Lasting::transient, what}; }

struct Attempt {
  Attempt(const asio::any_io_executor& executor, int socket, const Endpoint& e, TimePoint l)
      : descriptor(executor, socket), to(e), limit(l) {}
  void close() {
    asio::error_code ignored;
    descriptor.close(ignored);
  }

  asio::posix::stream_descriptor descriptor;
  Endpoint to;
  TimePoint limit;
  bool answered = false;  // the socket says that connecting is over, well or not
};

/// The attempts that run; shared with the handlers that Asio still holds when the race is over.
class Race : public std::enable_shared_from_this<Race> {
 public:
  Race(const asio::any_io_executor& executor, std::vector<Endpoint> candidates, const DialOptions& options)
      : executor_(executor),
        timer_(executor),
        candidates_(std::move(candidates)),
        options_(options),
        next_at_(time_now()),
        end_(next_at_ + options.total) {}

  /// Looks at what happened and begins what is due. Afterwards winner(), or lost(), or a wait().
  void advance(TimePoint now);
  [[nodiscard]] const std::shared_ptr<Attempt>& winner() const { return winner_; }
  [[nodiscard]] bool lost() const { return attempts_.empty() && begun_ == candidates_.size(); }
  [[nodiscard]] const Error& failure() const { return failure_; }
  asio::awaitable<void> wait();
  void end();

 private:
  void begin(const Endpoint& to, TimePoint now);
  int open_socket(const Endpoint& to);
  void judge(const std::shared_ptr<Attempt>& attempt);

  asio::any_io_executor executor_;
  asio::steady_timer timer_;
  std::vector<Endpoint> candidates_;
  DialOptions options_;
  TimePoint next_at_;  // when the next candidate may begin
  TimePoint end_;
  std::size_t begun_ = 0;
  std::vector<std::shared_ptr<Attempt>> attempts_;
  std::shared_ptr<Attempt> winner_;
  Error failure_ = caller_error(Code::misuse, "no address to connect to");
};

void Race::judge(const std::shared_ptr<Attempt>& attempt) {
  int number = 0;
  socklen_t size = sizeof number;
  getsockopt(attempt->descriptor.native_handle(), SOL_SOCKET, SO_ERROR, &number, &size);
  if (number == 0) {
    winner_ = attempt;
  } else {
    failure_ = unavailable(attempt->to, number);
  }
}

void Race::advance(TimePoint now) {
  const bool expired = now >= end_;
  std::erase_if(attempts_, [&](const std::shared_ptr<Attempt>& attempt) {
    if (winner_) return false;
    if (attempt->answered) {
      judge(attempt);
      if (winner_) return true;
      next_at_ = now;  // RFC 8305 section 5: a failure need not be waited out
      attempt->close();
      return true;
    }
    if (!expired && now < attempt->limit) return false;
    failure_ = late(text_of(attempt->to) + ": no connection in time");
    attempt->close();
    return true;
  });
  if (winner_) return;
  if (expired) {
    if (begun_ == 0) failure_ = late("no connection in time");
    begun_ = candidates_.size();
  }
  while (!winner_ && begun_ < candidates_.size() && (attempts_.empty() || now >= next_at_)) {
    begin(candidates_[begun_++], now);
  }
}

int Race::open_socket(const Endpoint& to) {
  const int family = to.address.is_v4() ? AF_INET : AF_INET6;
  const int socket = ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket < 0) return -1;
  const int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  const auto& source = to.address.is_v4() ? options_.source_v4 : options_.source_v6;
  const SocketAddress ours = socket_address(source.value_or(to.address), 0);
  const SocketAddress theirs = socket_address(to.address, to.port);
  const bool bound = !source || bind(socket, ours.get(), ours.octets) == 0;
  if (bound && (connect(socket, theirs.get(), theirs.octets) == 0 || errno == EINPROGRESS)) return socket;
  const int number = errno;
  ::close(socket);
  errno = number;
  return -1;
}

void Race::begin(const Endpoint& to, TimePoint now) {
  const int socket = open_socket(to);
  if (socket < 0) {
    failure_ = unavailable(to, errno);
    return;
  }
  auto attempt = std::make_shared<Attempt>(executor_, socket, to, std::min(now + options_.attempt, end_));
  attempts_.push_back(attempt);
  next_at_ = now + options_.next;
  // Also where the connection is there at once: the socket is writable then.
  attempt->descriptor.async_wait(asio::posix::stream_descriptor::wait_write,
                                 [self = shared_from_this(), attempt](const asio::error_code& error) {
                                   if (error) return;
                                   attempt->answered = true;
                                   self->timer_.cancel();
                                 });
}

asio::awaitable<void> Race::wait() {
  TimePoint until = end_;
  for (const auto& attempt : attempts_) until = std::min(until, attempt->limit);
  if (begun_ < candidates_.size()) until = std::min(until, next_at_);
  timer_.expires_at(std::chrono::steady_clock::time_point(until));
  asio::error_code ignored;
  co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

void Race::end() {
  for (const auto& attempt : attempts_) attempt->close();
  attempts_.clear();
  timer_.cancel();
}

/// Ends a race also when its coroutine is destroyed.
class Finish {
 public:
  explicit Finish(Race& race) : race_(race) {}
  Finish(const Finish&) = delete;
  Finish& operator=(const Finish&) = delete;
  ~Finish() { race_.end(); }

 private:
  Race& race_;
};

}  // namespace

std::vector<Endpoint> in_turn(std::vector<Endpoint> candidates) {
  std::vector<Endpoint> first;
  std::vector<Endpoint> other;
  for (const Endpoint& endpoint : candidates) {
    const bool same = endpoint.address.is_v4() == candidates.front().address.is_v4();
    (same ? first : other).push_back(endpoint);
  }
  std::vector<Endpoint> mixed;
  for (std::size_t i = 0; i < std::max(first.size(), other.size()); ++i) {
    if (i < first.size()) mixed.push_back(first[i]);
    if (i < other.size()) mixed.push_back(other[i]);
  }
  return mixed;
}

asio::awaitable<Result<Dialed>> dial(std::vector<Endpoint> candidates, DialOptions options) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  candidates = in_turn(std::move(candidates));
  if (candidates.size() > options.max_candidates) candidates.resize(options.max_candidates);
  const auto race = std::make_shared<Race>(executor, std::move(candidates), options);
  const Finish finish(*race);
  for (;;) {
    race->advance(time_now());
    if (const std::shared_ptr<Attempt> winner = race->winner()) {
      Dialed made;
      made.remote = winner->to;
      made.stream = std::make_unique<Stream>(executor, winner->descriptor.release(), nullptr, options.limits);
      co_return made;
    }
    if (race->lost()) co_return fail(race->failure());
    co_await race->wait();
  }
}

}  // namespace posthorn::io
