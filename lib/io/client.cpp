#include "posthorn/io/client.h"

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/tls_handshake.h"
#include "io/tls_session.h"

namespace posthorn::io {

namespace {

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

/// Closes a descriptor when it ends.
class Socket {
 public:
  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Socket& operator=(Socket&&) = delete;
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  [[nodiscard]] int get() const { return descriptor_; }

 private:
  int descriptor_;
};

Error unavailable(View what, int number) {
  return environment_error(Code::unavailable, own(what) + ": " + std::generic_category().message(number));
}
Error gone(View why) { return {Code::closed, Blame::peer, Lasting::transient, why}; }
Error late(View what) { return {Code::timed_out, Blame::peer, Lasting::transient, what}; }

/// Waits for some of `events`. @returns what there is; 0 at the deadline
short wait_for(int socket, short events, std::optional<TimePoint> deadline) {
  for (;;) {
    pollfd waited{socket, events, 0};
    int milliseconds = -1;
    if (deadline) {
      const auto left = *deadline - ClientConnection::now();
      milliseconds = static_cast<int>(
          std::clamp<std::int64_t>(std::chrono::ceil<std::chrono::milliseconds>(left).count(), 0, 1'000'000'000));
    }
    const int ready = ::poll(&waited, 1, milliseconds);
    if (ready > 0) return waited.revents;
    if (ready == 0) return 0;
    if (errno != EINTR) return POLLERR;
  }
}

Result<Socket> connect_to(const addrinfo& address, const ConnectLimits& limits, const std::string& host) {
  Socket socket(::socket(address.ai_family, address.ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, address.ai_protocol));
  if (socket.get() < 0) return fail(unavailable(host, errno));
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(socket.get(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  if (::connect(socket.get(), address.ai_addr, address.ai_addrlen) == 0) return socket;
  if (errno != EINPROGRESS) return fail(unavailable(host, errno));
  if (wait_for(socket.get(), POLLOUT, ClientConnection::now() + limits.connect) == 0)
    return fail(late(host + ": no connection in time"));
  int number = 0;
  socklen_t size = sizeof number;
  ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &number, &size);
  if (number != 0) return fail(unavailable(host, number));
  return socket;
}

tls::Demand demand_of(const ClientTls& tls, const std::string& name) {
  tls::Demand demand;
  demand.level = tls.verify ? tls::Level::authority : tls::Level::encrypted;
  demand.server_name = name;
  demand.names = {name};
  demand.ca_file = tls.ca_file;
  return demand;
}

}  // namespace

struct ClientConnection::Parts {
  Parts(Socket s, std::string h, const ConnectLimits& l) : socket(std::move(s)), host(std::move(h)), limits(l) {}

  Socket socket;
  std::string host;
  ConnectLimits limits;
  std::unique_ptr<TlsSession> tls;  // ends before the socket
  std::optional<TimePoint> write_limit;
  short read_for = POLLIN;
  short write_for = POLLOUT;

  Result<std::size_t> write(View out);
  Result<std::optional<std::size_t>> read(std::span<char> into);
};

namespace {

short direction_of(Step step, short usual) {
  if (step == Step::want_read) return POLLIN;
  return step == Step::want_write ? short{POLLOUT} : usual;
}

bool is_later(int number) { return number == EAGAIN || number == EWOULDBLOCK || number == EINTR; }

}  // namespace

ClientConnection::ClientConnection(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

ClientConnection::~ClientConnection() {
  if (parts_->tls) static_cast<void>(parts_->tls->close());
}

TimePoint ClientConnection::now() { return std::chrono::time_point_cast<Duration>(std::chrono::steady_clock::now()); }

Result<std::unique_ptr<ClientConnection>> ClientConnection::open(const Remote& remote, const ConnectLimits& limits) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* found = nullptr;
  const int failed = ::getaddrinfo(remote.host.c_str(), std::to_string(remote.port).c_str(), &hints, &found);
  const std::unique_ptr<addrinfo, FreeAddresses> list(found);
  if (failed != 0) {
    const Code code = failed == EAI_AGAIN ? Code::unavailable : Code::not_found;
    return fail(environment_error(code, remote.host + ": " + ::gai_strerror(failed)));
  }
  Error last = environment_error(Code::not_found, remote.host + ": no address");
  for (const addrinfo* address = list.get(); address != nullptr; address = address->ai_next) {
    auto socket = connect_to(*address, limits, remote.host);
    if (socket) {
      auto parts = std::make_unique<Parts>(std::move(*socket), remote.host, limits);
      return std::make_unique<ClientConnection>(std::move(parts));
    }
    last = std::move(socket.error());
  }
  return fail(std::move(last));
}

Result<TlsFacts> ClientConnection::upgrade(const ClientTls& tls) {
  Parts& p = *parts_;
  if (p.tls) return fail(caller_error(Code::misuse, "TLS is there already"));
  const TlsClient client;
  auto handshake = TlsHandshake::begin(client, demand_of(tls, tls.name.empty() ? p.host : tls.name), p.socket.get());
  if (!handshake) return fail(handshake.error());
  TlsSession& session = (*handshake)->session();
  const TimePoint limit = now() + p.limits.handshake;
  for (;;) {
    const Progress progress = session.handshake();
    if (progress.step == Step::done) break;
    if (progress.step == Step::end) return fail(gone("closed in the TLS handshake"));
    if (progress.step == Step::failed) {
      Error error = (*handshake)->refused(peer_error(Code::syntax, "TLS: " + session.why())).error;
      if (error.code == Code::denied) error.note = "the certificate of " + p.host + ": " + error.note;
      return fail(std::move(error));
    }
    if (wait_for(p.socket.get(), direction_of(progress.step, POLLIN), limit) == 0) return fail(late("TLS handshake"));
  }
  return (*handshake)->finish(p.tls).facts;
}

Result<std::size_t> ClientConnection::Parts::write(View out) {
  if (out.empty()) return std::size_t{0};
  if (tls) {
    const Progress put = tls->write(out);
    write_for = direction_of(put.step, POLLOUT);
    if (put.step == Step::failed || put.step == Step::end) return fail(gone(tls->why()));
    return put.octets;
  }
  const ssize_t put = ::send(socket.get(), out.data(), out.size(), MSG_NOSIGNAL);
  if (put >= 0) return static_cast<std::size_t>(put);
  if (is_later(errno)) return std::size_t{0};
  return fail(gone(std::generic_category().message(errno)));
}

Result<std::optional<std::size_t>> ClientConnection::Parts::read(std::span<char> into) {
  if (into.empty()) return std::nullopt;
  if (tls) {
    const Progress got = tls->read(into);
    read_for = direction_of(got.step, POLLIN);
    if (got.step == Step::failed) return fail(gone(tls->why()));
    if (got.step == Step::done || got.step == Step::end) return got.octets;
    return std::nullopt;
  }
  const ssize_t got = ::recv(socket.get(), into.data(), into.size(), 0);
  if (got >= 0) return static_cast<std::size_t>(got);
  if (is_later(errno)) return std::nullopt;
  return fail(gone(std::generic_category().message(errno)));
}

Result<Moved> ClientConnection::exchange(View out, std::span<char> into, std::optional<TimePoint> deadline) {
  Parts& p = *parts_;
  if (out.empty()) p.write_limit.reset();
  for (;;) {
    const auto written = p.write(out);
    if (!written) return fail(written.error());
    const auto read = p.read(into);
    if (!read) return fail(read.error());
    if (*written > 0) p.write_limit.reset();
    if (*written > 0 || *read) return Moved{*written, *read};
    if (!out.empty() && !p.write_limit) p.write_limit = now() + p.limits.write;
    std::optional<TimePoint> until = deadline;
    if (p.write_limit && (!until || *p.write_limit < *until)) until = p.write_limit;
    const int wanted = (into.empty() ? 0 : p.read_for) | (out.empty() ? 0 : p.write_for);
    if (wait_for(p.socket.get(), static_cast<short>(wanted), until) != 0) continue;
    if (p.write_limit && now() >= *p.write_limit) return fail(late("the server does not read"));
    return Moved{};
  }
}

}  // namespace posthorn::io
