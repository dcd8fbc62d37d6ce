#include "posthorn/io/server.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <span>
#include <system_error>
#include <thread>
#include <unordered_set>
#include <utility>
#include <vector>

#include <asio/co_spawn.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>

#include "posthorn/io/drive.h"
#include "posthorn/io/stream.h"
#include "posthorn/protocol/proxy/reader.h"

#include "io/listener.h"

namespace posthorn::io {
namespace {

// How long accepting rests when the process has no descriptor left.
constexpr std::chrono::milliseconds kPause(100);
// Connections taken from the queue of a listener before others get their turn.
constexpr int kBurst = 64;

// One thread with its sockets: a connection never changes its thread, so it needs no lock.
struct Loop {
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> guard{context.get_executor()};
  std::unordered_set<Stream*> streams;
  std::thread thread;
};

struct Listener {
  Listener(const ListenerOptions& o, Factory f)
      : options(o), factory(std::move(f)), admission(o.max_connections, o.max_per_source) {}
  ListenerOptions options;
  Factory factory;
  Admission admission;
  Descriptor bound;                                        // until start()
  std::unique_ptr<asio::posix::stream_descriptor> socket;  // from start() on
  std::unique_ptr<asio::steady_timer> pause;
};

StreamLimits limits_of(const ListenerOptions& options) {
  StreamLimits limits;
  limits.handshake = options.handshake_limit;
  limits.write = options.write_limit;
  return limits;
}

/// Whether a peer has to say for whom it talks.
bool is_proxy(const ListenerOptions& options, const Peer& peer) {
  const auto address = IpAddress::parse(peer.address);
  return address &&
         std::ranges::any_of(options.proxy_from, [&](const IpNetwork& network) { return network.contains(*address); });
}

/// The PROXY header at the beginning of a connection; nullopt when there is none, or not in time.
asio::awaitable<std::optional<proxy::Header>> read_proxy_header(Stream& stream, Duration limit) {
  proxy::Reader reader;
  std::array<char, 256> octets{};
  const TimePoint deadline = stream.now() + limit;
  for (;;) {
    const std::span<char> into(octets.data(), std::min(octets.size(), reader.wants()));
    const Result<std::size_t> count = co_await stream.read_some(into, deadline);
    if (!count || *count == 0) co_return std::nullopt;
    Result<std::optional<proxy::Header>> header = reader.receive(View(octets.data(), *count));
    if (!header) co_return std::nullopt;
    if (*header) co_return std::move(*header);
  }
}

/// A source that was counted when it became known.
struct NamedSource {
  NamedSource(Admission& a, std::string s) : admission(a), source(std::move(s)), admitted(admission.name(source)) {}
  ~NamedSource() {
    if (admitted) admission.unname(source);
  }
  NamedSource(const NamedSource&) = delete;
  NamedSource& operator=(const NamedSource&) = delete;
  Admission& admission;
  const std::string source;
  const bool admitted;
};

Peer peer_from(const proxy::Endpoint& end) { return {end.address.text(), end.port}; }

bool is_shortage(int number) { return number == EMFILE || number == ENFILE || number == ENOBUFS || number == ENOMEM; }

}  // namespace

struct Server::Parts {
  explicit Parts(ServerOptions o) : options(std::move(o)), worker(options.worker) {}

  ServerOptions options;
  std::vector<std::unique_ptr<Loop>> loops;
  std::vector<std::unique_ptr<Listener>> listeners;
  std::atomic<bool> stopping = false;
  std::size_t next_loop = 0;  // on the first loop's thread
  mutable std::mutex mutex;
  std::condition_variable changed;
  std::size_t connections = 0;
  bool running = false;
  bool over = false;
  Worker worker;  // last: its jobs use the rest

  void notify(Notice what, View peer, View detail) {
    if (options.notify) options.notify(what, peer, detail);
  }
  void accept_soon(Listener& listener);
  void accept_some(Listener& listener);
  void take(Listener& listener, int socket, const sockaddr_storage& address);
  asio::awaitable<void> serve(Loop& loop, Listener& listener, int socket, Peer peer);
  asio::awaitable<void> talk(Stream& stream, Listener& listener, const Peer& peer);
  asio::awaitable<void> talk_for(Stream& stream, Listener& listener, const Peer& proxy);
  void left(Listener& listener, const std::string& source);
  void close_listeners();
  void for_each_stream(void (*what)(Stream&));
};

// --- accepting, on the first loop's thread --------------------------------------------------------------------------

void Server::Parts::accept_soon(Listener& listener) {
  listener.socket->async_wait(asio::posix::stream_descriptor::wait_read,
                              [this, &listener](const asio::error_code& error) {
                                if (!error && !stopping) accept_some(listener);
                              });
}

void Server::Parts::accept_some(Listener& listener) {
  for (int i = 0; i < kBurst; ++i) {
    sockaddr_storage address{};
    socklen_t octets = sizeof address;
    const int socket = accept4(listener.socket->native_handle(), reinterpret_cast<sockaddr*>(&address), &octets,
                               SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket >= 0) {
      take(listener, socket, address);
      continue;
    }
    if (is_shortage(errno)) {
      notify(Notice::no_sockets, {}, std::generic_category().message(errno));
      listener.pause->expires_after(kPause);
      listener.pause->async_wait([this, &listener](const asio::error_code& error) {
        if (!error && !stopping) accept_some(listener);
      });
      return;
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK) break;  // every other failure is of one connection
  }
  accept_soon(listener);
}

void Server::Parts::take(Listener& listener, int socket, const sockaddr_storage& address) {
  Descriptor owned(socket);
  Peer peer = peer_of(address);
  std::string source = is_proxy(listener.options, peer) ? std::string() : source_of(address);
  const Admission::Answer answer = listener.admission.enter(source);
  if (answer != Admission::Answer::admitted) {
    const bool of_peer = answer == Admission::Answer::too_many_of_source;
    notify(of_peer ? Notice::too_many_of_peer : Notice::too_many, peer.address, {});
    return;
  }
  {
    const std::lock_guard lock(mutex);
    ++connections;
  }
  const int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  Loop& loop = *loops[next_loop++ % loops.size()];
  auto finished = [this, &listener, source = std::move(source), name = peer.address](std::exception_ptr thrown) {
    if (thrown) notify(Notice::defect, name, "exception");
    left(listener, source);
  };
  asio::co_spawn(loop.context, serve(loop, listener, owned.release(), std::move(peer)), std::move(finished));
}

// --- one connection -------------------------------------------------------------------------------------------------

asio::awaitable<void> Server::Parts::serve(Loop& loop, Listener& listener, int socket, Peer peer) {
  const ListenerOptions& o = listener.options;
  const TlsServer* certificates = o.tls == ListenerTls::none ? nullptr : o.certificates;
  Stream stream(loop.context.get_executor(), socket, certificates, limits_of(o));
  struct Listed {
    Loop& loop;
    Stream& stream;
    Listed(Loop& l, Stream& s) : loop(l), stream(s) { loop.streams.insert(&stream); }
    ~Listed() { loop.streams.erase(&stream); }
  };
  const Listed listed(loop, stream);
  if (is_proxy(o, peer)) {
    co_await talk_for(stream, listener, peer);
  } else {
    co_await talk(stream, listener, peer);
  }
}

asio::awaitable<void> Server::Parts::talk_for(Stream& stream, Listener& listener, const Peer& proxy) {
  const std::optional<proxy::Header> header = co_await read_proxy_header(stream, listener.options.proxy_limit);
  if (!header) {
    notify(Notice::no_proxy_header, proxy.address, {});
    co_return;
  }
  if (!header->source) {
    co_await talk(stream, listener, proxy);
    co_return;
  }
  const Peer client = peer_from(*header->source);
  const NamedSource counted(listener.admission, source_of(header->source->address));
  if (!counted.admitted) {
    notify(Notice::too_many_of_peer, client.address, {});
    co_return;
  }
  co_await talk(stream, listener, client);
}

asio::awaitable<void> Server::Parts::talk(Stream& stream, Listener& listener, const Peer& peer) {
  TlsFacts facts;
  const bool implicit = listener.options.tls == ListenerTls::implicit;
  if (implicit) {
    Result<TlsFacts> shaken = co_await stream.upgrade();
    if (!shaken) {
      // Who only looks whether the port is open is no news.
      if (shaken.error().code != Code::closed) notify(Notice::no_handshake, peer.address, shaken.error().note);
      co_return;
    }
    facts = std::move(*shaken);
  }
  const std::unique_ptr<Conversation> conversation = listener.factory(peer);
  if (!conversation) co_return;
  if (implicit) conversation->upgraded(facts);
  const Ending ending = co_await converse(stream, *conversation, worker, &stopping);
  if (ending == Ending::too_slow) notify(Notice::too_slow, peer.address, {});
  if (ending == Ending::no_tls) notify(Notice::no_handshake, peer.address, {});
  if (ending == Ending::defect) notify(Notice::defect, peer.address, "no progress");
}

void Server::Parts::left(Listener& listener, const std::string& source) {
  listener.admission.leave(source);
  const std::lock_guard lock(mutex);
  --connections;
  changed.notify_all();
}

// --- start and stop -------------------------------------------------------------------------------------------------

void Server::Parts::close_listeners() {
  for (const auto& listener : listeners) {
    asio::error_code ignored;
    if (listener->socket) listener->socket->close(ignored);
    if (listener->pause) listener->pause->cancel();
  }
}

void Server::Parts::for_each_stream(void (*what)(Stream&)) {
  for (const auto& loop : loops) {
    asio::post(loop->context, [&loop = *loop, what] {
      // What is done to a stream may end it and so change the set.
      const std::vector<Stream*> now(loop.streams.begin(), loop.streams.end());
      for (Stream* stream : now)
        if (loop.streams.contains(stream)) what(*stream);
    });
  }
}

Server::Server(ServerOptions options) : parts_(std::make_unique<Parts>(std::move(options))) {
  std::size_t threads = parts_->options.threads;
  if (threads == 0) threads = std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, 8);
  for (std::size_t i = 0; i < threads; ++i) parts_->loops.push_back(std::make_unique<Loop>());
}

Server::~Server() { stop(Duration(0)); }

Result<std::uint16_t> Server::listen(const ListenerOptions& options, Factory factory) {
  if (parts_->running || parts_->stopping) return fail(caller_error(Code::misuse, "the server runs already"));
  if (options.tls != ListenerTls::none && options.certificates == nullptr)
    return fail(caller_error(Code::misuse, "a listener with TLS needs certificates"));
  Result<Descriptor> bound = bind_listener(options.address, options.port, options.backlog);
  if (!bound) return fail(bound.error());
  auto listener = std::make_unique<Listener>(options, std::move(factory));
  listener->bound = std::move(*bound);
  const std::uint16_t port = port_of(listener->bound.get());
  parts_->listeners.push_back(std::move(listener));
  return port;
}

void Server::start() {
  Parts& p = *parts_;
  if (p.running || p.stopping) return;
  p.running = true;
  asio::io_context& first = p.loops.front()->context;
  for (const auto& listener : p.listeners) {
    listener->socket = std::make_unique<asio::posix::stream_descriptor>(first, listener->bound.release());
    listener->pause = std::make_unique<asio::steady_timer>(first);
    asio::post(first, [&p, &listener = *listener] { p.accept_soon(listener); });
  }
  // Signals are for the program's own threads; those of the pool are made by these and inherit it.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  for (const auto& loop : p.loops) loop->thread = std::thread([&context = loop->context] { context.run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void Server::stop(Duration grace) {
  Parts& p = *parts_;
  if (p.stopping.exchange(true)) return;
  if (p.running) {
    asio::post(p.loops.front()->context, [&p] { p.close_listeners(); });
    p.for_each_stream([](Stream& stream) { stream.waker()(); });
    std::unique_lock lock(p.mutex);
    const auto empty = [&p] { return p.connections == 0; };
    bool done = p.changed.wait_for(lock, grace, empty);
    while (!done) {
      lock.unlock();
      p.for_each_stream([](Stream& stream) { stream.abort(); });
      lock.lock();
      done = p.changed.wait_for(lock, kPause, empty);  // one that was accepted last may not have been there yet
    }
    lock.unlock();
    for (const auto& loop : p.loops) loop->guard.reset();
    for (const auto& loop : p.loops) loop->thread.join();
  }
  const std::lock_guard lock(p.mutex);
  p.over = true;
  p.changed.notify_all();
}

void Server::wait() {
  std::unique_lock lock(parts_->mutex);
  parts_->changed.wait(lock, [this] { return parts_->over; });
}

std::size_t Server::connections() const {
  const std::lock_guard lock(parts_->mutex);
  return parts_->connections;
}

}  // namespace posthorn::io
