#include "posthorn/io/stream.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <exception>
#include <utility>

#include <asio/error.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/tls_handshake.h"
#include "io/tls_session.h"

namespace posthorn::io {

// Shared with the handlers that Asio still holds when the Stream is gone, and with wakers.
struct Stream::Parts : std::enable_shared_from_this<Stream::Parts> {
  Parts(asio::any_io_executor e, int s, const TlsServer* t, StreamLimits l)
      : executor(std::move(e)), descriptor(executor, s), timer(executor), tls_server(t), limits(l) {}

  asio::any_io_executor executor;
  asio::posix::stream_descriptor descriptor;
  asio::steady_timer timer;
  const TlsServer* tls_server;
  StreamLimits limits;
  std::unique_ptr<TlsSession> tls;

  std::move_only_function<void()> resume;  // the coroutine in wait()
  std::optional<TimePoint> timer_at;       // when the timer that runs now will fire
  unsigned wanted = 0;
  unsigned seen = 0;
  unsigned waiting = 0;           // kReadable, kWritable: asked of Asio and not answered yet
  unsigned read_for = kReadable;  // what the next read needs; TLS may need the other direction
  unsigned write_for = kWritable;
  bool alive = true;
  std::atomic<bool> wake_posted = false;

  int socket() { return descriptor.native_handle(); }
  void ask(unsigned direction);
  void ask_timer(TimePoint at);
  void saw(unsigned what);
  void end();
};

void Stream::Parts::saw(unsigned what) {
  seen |= what;
  if (resume && (seen & wanted) != 0) std::exchange(resume, nullptr)();
}

// A wait on the socket stays with Asio until it is answered, also when the coroutine went on for another reason.
void Stream::Parts::ask(unsigned direction) {
  if ((waiting & direction) != 0 || !alive) return;
  waiting |= direction;
  using Descriptor = asio::posix::stream_descriptor;
  const auto kind = direction == kReadable ? Descriptor::wait_read : Descriptor::wait_write;
  descriptor.async_wait(kind, [self = shared_from_this(), direction](const asio::error_code&) {
    self->waiting &= ~direction;
    self->saw(direction);
  });
}

// A later deadline needs no new timer: the one that runs fires too early, sees it and starts again. So the timer is not
// touched at each command of a session.
void Stream::Parts::ask_timer(TimePoint at) {
  if (timer_at && *timer_at <= at) return;
  timer_at = at;
  timer.expires_at(std::chrono::steady_clock::time_point(at));
  timer.async_wait([self = shared_from_this(), at](const asio::error_code& error) {
    if (error || self->timer_at != at) return;
    self->timer_at.reset();
    if (self->alive) self->saw(kDeadline);
  });
}

void Stream::Parts::end() {
  if (!alive) return;
  alive = false;
  tls.reset();
  asio::error_code ignored;
  timer.cancel();
  descriptor.close(ignored);
  if (resume) std::exchange(resume, nullptr)();
}

Stream::Stream(asio::any_io_executor executor, int socket, const TlsServer* tls, StreamLimits limits)
    : parts_(std::make_shared<Parts>(std::move(executor), socket, tls, limits)) {
  fcntl(socket, F_SETFL, fcntl(socket, F_GETFL) | O_NONBLOCK);
}

Stream::~Stream() {
  parts_->resume = nullptr;
  parts_->end();
}

TimePoint Stream::now() const { return std::chrono::time_point_cast<Duration>(std::chrono::steady_clock::now()); }
const asio::any_io_executor& Stream::executor() const { return parts_->executor; }
const StreamLimits& Stream::limits() const { return parts_->limits; }
void Stream::abort() { parts_->end(); }

namespace {

Error closed(View why) { return {Code::closed, Blame::peer, Lasting::permanent, why}; }

unsigned direction_of(Step step, unsigned usual) {
  if (step == Step::want_read) return kReadable;
  return step == Step::want_write ? unsigned{kWritable} : usual;
}

}  // namespace

Result<std::optional<std::size_t>> Stream::read_now(std::span<char> into) {
  Parts& p = *parts_;
  if (!p.alive) return fail(closed("aborted"));
  if (p.tls) {
    const Progress got = p.tls->read(into);
    p.read_for = direction_of(got.step, kReadable);
    if (got.step == Step::failed) return fail(closed(p.tls->why()));
    if (got.step == Step::done || got.step == Step::end) return got.octets;
    return std::nullopt;
  }
  const ssize_t got = recv(p.socket(), into.data(), into.size(), 0);
  if (got >= 0) return static_cast<std::size_t>(got);
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return std::nullopt;
  return fail(closed("reset by the peer"));
}

Result<std::size_t> Stream::write_now(View octets) {
  Parts& p = *parts_;
  if (!p.alive) return fail(closed("aborted"));
  if (octets.empty()) return std::size_t{0};
  if (p.tls) {
    const Progress put = p.tls->write(octets);
    p.write_for = direction_of(put.step, kWritable);
    if (put.step == Step::failed || put.step == Step::end) return fail(closed(p.tls->why()));
    return put.octets;
  }
  const ssize_t put = send(p.socket(), octets.data(), octets.size(), MSG_NOSIGNAL);
  if (put >= 0) return static_cast<std::size_t>(put);
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return std::size_t{0};
  return fail(closed("reset by the peer"));
}

asio::awaitable<unsigned> Stream::wait(unsigned wanted, std::optional<TimePoint> deadline) {
  const std::shared_ptr<Parts> p = parts_;
  if (!p->alive) co_return wanted;
  unsigned answer = p->wake_posted.load() ? unsigned{kWoken} : 0U;
  if ((wanted & kReadable) != 0 && p->tls && p->tls->pending()) answer |= kReadable;
  if (deadline && *deadline <= now()) answer |= kDeadline;
  if (answer != 0) co_return answer;

  const unsigned read_for = (wanted & kReadable) != 0 ? p->read_for : 0U;
  const unsigned write_for = (wanted & kWritable) != 0 ? p->write_for : 0U;
  for (;;) {
    p->wanted = read_for | write_for | kWoken | kDeadline;
    p->seen = 0;
    for (const unsigned direction : {unsigned{kReadable}, unsigned{kWritable}})
      if (((read_for | write_for) & direction) != 0) p->ask(direction);
    if (deadline) p->ask_timer(*deadline);
    Parts* parts = p.get();
    auto start = [parts](auto handler) { parts->resume = [h = std::move(handler)]() mutable { std::move(h)(); }; };
    co_await asio::async_initiate<const asio::use_awaitable_t<>&, void()>(start, asio::use_awaitable);
    if (!p->alive) co_return wanted;
    if ((p->seen & read_for) != 0) answer |= kReadable;
    if ((p->seen & write_for) != 0) answer |= kWritable;
    if ((p->seen & kWoken) != 0) answer |= kWoken;
    if (deadline && *deadline <= now()) answer |= kDeadline;
    if (answer != 0) co_return answer;
  }
}

asio::awaitable<Result<std::size_t>> Stream::read_some(std::span<char> into, std::optional<TimePoint> deadline) {
  for (;;) {
    const Result<std::optional<std::size_t>> got = read_now(into);
    if (!got) co_return fail(got.error());
    if (*got) co_return **got;
    const unsigned ready = co_await wait(kReadable, deadline);
    if ((ready & (kReadable | kDeadline)) == kDeadline)
      co_return fail(Error(Code::timed_out, Blame::peer, Lasting::transient));
    if ((ready & kWoken) != 0) static_cast<void>(take_wake());
  }
}

asio::awaitable<Result<void>> Stream::write(View octets) {
  std::size_t step = 0;
  TimePoint limit = now() + parts_->limits.write;
  while (!octets.empty()) {
    const Result<std::size_t> put = write_now(octets);
    if (!put) co_return fail(put.error());
    octets.remove_prefix(*put);
    step += *put;
    if (step >= kWriteStep) {
      step = 0;
      limit = now() + parts_->limits.write;
    }
    if (*put != 0) continue;
    const unsigned ready = co_await wait(kWritable, limit);
    if ((ready & (kWritable | kDeadline)) == kDeadline)
      co_return fail(Error(Code::timed_out, Blame::peer, Lasting::transient, "the peer does not read"));
    if ((ready & kWoken) != 0) static_cast<void>(take_wake());
  }
  co_return Result<void>();
}

asio::awaitable<Result<void>> Stream::shake_hands(TlsSession& session) {
  const std::shared_ptr<Parts> p = parts_;
  const TimePoint limit = now() + p->limits.handshake;
  for (;;) {
    const Progress progress = session.handshake();
    if (progress.step == Step::done) co_return Result<void>();
    if (progress.step == Step::end) co_return fail(closed("closed in the TLS handshake"));
    if (progress.step == Step::failed) co_return fail(peer_error(Code::syntax, session.why()));
    p->read_for = kReadable;
    p->write_for = kWritable;
    const unsigned wanted = progress.step == Step::want_read ? kReadable : kWritable;
    const unsigned ready = co_await wait(wanted, limit);
    if (!p->alive) co_return fail(closed("aborted"));
    if ((ready & kWoken) != 0) static_cast<void>(take_wake());
    if ((ready & (wanted | kDeadline)) == kDeadline)
      co_return fail(Error(Code::timed_out, Blame::peer, Lasting::transient, "TLS handshake"));
  }
}

asio::awaitable<Result<TlsFacts>> Stream::upgrade() {
  const std::shared_ptr<Parts> p = parts_;
  if (p->tls_server == nullptr || p->tls || !p->alive)
    co_return fail(caller_error(Code::misuse, "no TLS to start here"));
  Result<std::unique_ptr<TlsSession>> session = TlsSession::accept(p->tls_server->snapshot(), p->socket());
  if (!session) co_return fail(session.error());
  const Result<void> shaken = co_await shake_hands(**session);
  if (!shaken) co_return fail(shaken.error());
  p->tls = std::move(*session);
  co_return p->tls->facts();
}

asio::awaitable<TlsOutcome> Stream::upgrade(const TlsClient& client, tls::Demand demand) {
  const std::shared_ptr<Parts> p = parts_;
  if (p->tls || !p->alive) co_return std::unexpected(refusal(caller_error(Code::misuse, "no TLS to start here")));
  Result<std::unique_ptr<TlsHandshake>> handshake = TlsHandshake::begin(client, std::move(demand), p->socket());
  if (!handshake) co_return std::unexpected(refusal(handshake.error()));
  const Result<void> shaken = co_await shake_hands((*handshake)->session());
  if (!shaken) co_return std::unexpected((*handshake)->refused(shaken.error()));
  co_return (*handshake)->finish(p->tls);
}

asio::awaitable<void> Stream::close() {
  const std::shared_ptr<Parts> p = parts_;
  if (!p->alive) co_return;
  if (p->tls) static_cast<void>(p->tls->close());
  ::shutdown(p->socket(), SHUT_WR);
  // Closing with unread octets would reset the connection and destroy the last reply on its way.
  std::array<char, 1024> dropped;
  p->tls.reset();
  const TimePoint limit = now() + p->limits.linger;
  for (std::size_t total = 0; total < kWriteStep;) {
    const ssize_t got = p->alive ? recv(p->socket(), dropped.data(), dropped.size(), 0) : 0;
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)) break;
    if (got > 0) {
      total += static_cast<std::size_t>(got);
      continue;
    }
    p->read_for = kReadable;
    const unsigned ready = co_await wait(kReadable, limit);
    if ((ready & kWoken) != 0) static_cast<void>(take_wake());
    if ((ready & (kReadable | kDeadline)) == kDeadline) break;
  }
  p->end();
}

std::function<void()> Stream::waker() {
  return [weak = std::weak_ptr<Parts>(parts_)] {
    const std::shared_ptr<Parts> p = weak.lock();
    if (!p || p->wake_posted.exchange(true)) return;
    asio::post(p->executor, [p] { p->saw(kWoken); });
  };
}

bool Stream::take_wake() { return parts_->wake_posted.exchange(false); }

asio::awaitable<void> run(Worker& worker, asio::any_io_executor home, std::move_only_function<void()> job) {
  std::exception_ptr thrown;
  auto start = [&worker, &home, &job, &thrown](auto handler) {
    worker.submit([&job, &thrown, &home, h = std::move(handler)]() mutable {
      try {
        job();
      } catch (...) {
        thrown = std::current_exception();
      }
      asio::post(asio::any_io_executor(home), [h = std::move(h)]() mutable { std::move(h)(); });
    });
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<>&, void()>(start, asio::use_awaitable);
  if (thrown) std::rethrow_exception(thrown);
}

}  // namespace posthorn::io
