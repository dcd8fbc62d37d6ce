// Repeats IMAP commands over many TLS sessions at once and prints what was done in how long.
//
//   imap-load port=N password=P [clients=N] [users=N] [prefix=user] [setup=COMMAND]... op=COMMAND...
//             [milliseconds=1000] [most=N] [corpus=FILE] [batch=1] [range=N] [scram]
//   imap-load ... sessions     the operation is a session: connection, handshake, login, LOGOUT
//   imap-load ... hold         no operation: all sessions stay in IDLE
//
// Client n logs in as <prefix><n mod users>@example.org and does the setup. A setup command after a '?' may fail. When
// all clients are there it prints "ready", waits for a line of input (the caller takes the server's time), runs, prints
// "done OPERATIONS SECONDS P50 P99 OCTETS" (milliseconds of one operation; octets received), and waits for a line again
// before it hangs up. In an op, %r is a random number from 1 to range, %p the one before, %a the next `batch` messages
// of the corpus as non-synchronizing literals.
//
// One thread and epoll, so that it takes little of the machine from the server that it measures.
#include "imap_load.h"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace load {
namespace {

constexpr std::string_view kTag = "Zq9 ";   // in no message
constexpr std::size_t kTail = 8192;         // octets kept: longer than a tagged response, or a list of capabilities
constexpr std::size_t kOpeningAtOnce = 32;  // sessions that log in at the same time before the clock runs

enum class Await : std::uint8_t { greeting, challenge, verdict, login, setup, idle, ready, operation, logout, done };

/// What a client needs of the process.
struct Surroundings {
  SSL_CTX* tls = nullptr;
  int poll = -1;
};

/// A socket with TLS that sends when it can.
struct Wire {
  int socket = -1;
  SSL* session = nullptr;
  bool watching = false;  ///< for the moment when it can be written
  std::string output;
};

class Client {
 public:
  Client(Plan& plan, Surroundings around, std::uint64_t number)
      : plan_(plan),
        around_(around),
        noise_(number * 0x9E3779B97F4A7C15U + 1),
        user_(fmt::format("{}{}@example.org", plan.prefix, number % plan.users)) {}
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() { close(); }

  [[nodiscard]] bool ready() const { return await_ == Await::ready; }
  [[nodiscard]] bool done() const { return await_ == Await::done; }

  void open() {
    wire_.socket = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(plan_.port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int on = 1;
    ::setsockopt(wire_.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::connect(wire_.socket, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) fail("cannot connect");
    ::fcntl(wire_.socket, F_SETFL, O_NONBLOCK);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = this;
    ::epoll_ctl(around_.poll, EPOLL_CTL_ADD, wire_.socket, &event);
    wire_.session = SSL_new(around_.tls);
    SSL_set_fd(wire_.session, wire_.socket);
    SSL_set_connect_state(wire_.session);
    await_ = Await::greeting;
    tail_.clear();
    wire_.output.clear();
    turn_ = 0;
    readable();
  }

  /// Begins the next operation, or is done. The commands are not left in the middle, so that they can undo each other.
  void start(Clock::time_point now) {
    const bool between = plan_.sessions || turn_ % plan_.commands.size() == 0;
    if (between && !plan_.may_start(started_, now)) {
      await_ = Await::done;
      return;
    }
    ++started_;
    begin_ = now;
    if (plan_.sessions) return open();
    say(expanded(plan_.commands[turn_++ % plan_.commands.size()]), Await::operation);
  }

  /// What the socket has; it calls back into the state machine.
  void readable() {
    flush();
    char chunk[16384];
    while (wire_.session != nullptr) {
      const int got = SSL_read(wire_.session, chunk, sizeof chunk);
      if (got <= 0) {
        if (SSL_get_error(wire_.session, got) == SSL_ERROR_WANT_READ) return;
        if (await_ == Await::done) return close();
        ERR_print_errors_fp(stderr);
        fail(fmt::format("{}: the server hung up after: {}", user_, tail_));
      }
      plan_.octets += static_cast<std::uint64_t>(got);
      keep({chunk, static_cast<std::size_t>(got)});
      if (tail_.ends_with("\r\n")) line(last_line());
    }
  }

  void flush() {
    while (wire_.session != nullptr && !wire_.output.empty()) {
      const int sent = SSL_write(wire_.session, wire_.output.data(),
                                 static_cast<int>(std::min(wire_.output.size(), std::size_t{1} << 20U)));
      if (sent <= 0) {
        const int why = SSL_get_error(wire_.session, sent);
        if (why != SSL_ERROR_WANT_WRITE && why != SSL_ERROR_WANT_READ) fail("cannot send");
        return watch(why == SSL_ERROR_WANT_WRITE);
      }
      wire_.output.erase(0, static_cast<std::size_t>(sent));
    }
    watch(false);
  }

 private:
  void keep(std::string_view chunk) {
    tail_.append(chunk);
    if (tail_.size() > kTail) tail_.erase(0, tail_.size() - kTail);
  }

  [[nodiscard]] std::string last_line() const {
    const std::size_t end = tail_.size() - 2;
    const std::size_t before = end == 0 ? tail_.npos : tail_.rfind("\r\n", end - 1);
    return before == tail_.npos ? tail_.substr(0, end) : tail_.substr(before + 2, end - before - 2);
  }

  /// The last complete line so far: goes on when it is what is awaited.
  void line(const std::string& text) {
    const bool tagged = text.starts_with(kTag);
    const bool may_fail = await_ == Await::setup && plan_.setup[turn_].starts_with('?');
    if (tagged && !may_fail && !text.substr(kTag.size()).starts_with("OK")) fail(fmt::format("{}: {}", user_, text));
    if (tagged && (await_ == Await::challenge || await_ == Await::verdict)) await_ = Await::login;
    const bool go_on = text.starts_with('+');
    switch (await_) {
      case Await::greeting: return text.starts_with("* OK") ? log_in() : void();
      case Await::challenge: return go_on ? answer(text) : void();
      case Await::verdict: return go_on ? send("\r\n", Await::login) : void();
      case Await::idle: return go_on ? void(await_ = Await::ready) : void();
      case Await::login: return tagged ? logged_in() : void();
      case Await::setup:
        if (tagged) ++turn_;
        return tagged ? set_up() : void();
      case Await::operation: return tagged ? finish() : void();
      case Await::logout:
        if (tagged) close();
        return tagged ? finish() : void();
      case Await::ready:
      case Await::done: return;
    }
  }

  void log_in() {
    if (!plan_.scram) return say(fmt::format("LOGIN {} \"{}\"", user_, plan_.password), Await::login);
    scram_.emplace(user_, plan_.password);
    say("AUTHENTICATE SCRAM-SHA-256 " + scram_->first(), Await::challenge);
  }

  void answer(const std::string& text) {
    send(scram_->final(std::string_view(text).substr(2)) + "\r\n", Await::verdict);
  }

  void logged_in() {
    if (plan_.sessions) return say("LOGOUT", Await::logout);
    set_up();
  }

  void set_up() {
    if (turn_ < plan_.setup.size()) {
      const std::string& command = plan_.setup[turn_];
      return say(command.starts_with('?') ? command.substr(1) : command, Await::setup);
    }
    turn_ = 0;
    if (plan_.hold) return say("IDLE", Await::idle);
    await_ = Await::ready;
  }

  void finish() {
    const Clock::time_point now = Clock::now();
    plan_.latencies.push_back(std::chrono::duration<double, std::milli>(now - begin_).count());
    plan_.last = now;
    start(now);
  }

  [[nodiscard]] std::string expanded(const std::string& command) {
    std::string text;
    for (std::size_t i = 0; i < command.size(); ++i) {
      const char kind = command[i] == '%' && i + 1 < command.size() ? command[++i] : '\0';
      if (kind == 'r')
        text += std::to_string(random_ = chance() % plan_.range + 1);
      else if (kind == 'p')
        text += std::to_string(random_);
      else if (kind == 'a')
        text += plan_.literals();
      else
        text += command[i];
    }
    return text;
  }

  std::uint64_t chance() {
    noise_ ^= noise_ << 13U;
    noise_ ^= noise_ >> 7U;
    noise_ ^= noise_ << 17U;
    return noise_;
  }

  void say(const std::string& command, Await next) { send(std::string(kTag) + command + "\r\n", next); }

  void send(const std::string& octets, Await next) {
    await_ = next;
    tail_.clear();
    wire_.output += octets;
    flush();
  }

  void watch(bool writable) {
    if (writable == wire_.watching || wire_.session == nullptr) return;
    wire_.watching = writable;
    epoll_event event{};
    event.events = EPOLLIN | (writable ? EPOLLOUT : 0U);
    event.data.ptr = this;
    ::epoll_ctl(around_.poll, EPOLL_CTL_MOD, wire_.socket, &event);
  }

  void close() {
    if (wire_.session == nullptr) return;
    SSL_free(wire_.session);
    ::close(wire_.socket);
    wire_.session = nullptr;
    wire_.watching = false;
  }

  Plan& plan_;
  Surroundings around_;
  Wire wire_;
  std::uint64_t noise_;
  std::string user_;
  Await await_ = Await::done;
  std::string tail_;
  std::size_t turn_ = 0;
  std::uint64_t random_ = 1;
  std::uint64_t started_ = 0;
  Clock::time_point begin_;
  std::optional<Scram> scram_;
};

void handle_events(int poll) {
  epoll_event events[64];
  const int count = ::epoll_wait(poll, events, 64, 60'000);
  if (count <= 0) fail("nothing came for a minute");
  for (int i = 0; i < count; ++i) static_cast<Client*>(events[i].data.ptr)->readable();
}

void await_line() {
  std::fflush(stdout);
  while (true) {
    const int c = std::getchar();
    if (c == '\n' || c == EOF) return;
  }
}

/// Logs in with all clients, some at the same time.
void open_all(const std::vector<std::unique_ptr<Client>>& clients, int poll) {
  std::size_t opened = 0;
  for (std::size_t there = 0; there < clients.size();) {
    while (opened < clients.size() && opened < there + kOpeningAtOnce) clients[opened++]->open();
    const auto is_ready = [](const auto& client) { return client->ready(); };
    while (there < opened && is_ready(clients[there])) ++there;
    if (there < opened && (opened == clients.size() || opened >= there + kOpeningAtOnce)) handle_events(poll);
  }
}

void run(Plan& plan) {
  const Surroundings around{SSL_CTX_new(TLS_client_method()), ::epoll_create1(0)};
  SSL_CTX_set_mode(around.tls,
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  std::vector<std::unique_ptr<Client>> clients;
  for (std::uint64_t i = 0; i < plan.clients; ++i) clients.push_back(std::make_unique<Client>(plan, around, i));
  if (!plan.sessions) open_all(clients, around.poll);
  fmt::print("ready\n");
  await_line();
  if (!plan.hold) {
    plan.octets = 0;
    plan.begin = plan.last = Clock::now();
    for (const auto& client : clients) client->start(plan.begin);
    while (!std::all_of(clients.begin(), clients.end(), [](const auto& client) { return client->done(); }))
      handle_events(around.poll);
    std::sort(plan.latencies.begin(), plan.latencies.end());
    const auto at = [&](double share) {
      return plan.latencies[static_cast<std::size_t>(share * static_cast<double>(plan.latencies.size() - 1))];
    };
    fmt::print("done {} {:.6f} {:.4f} {:.4f} {}\n", plan.latencies.size(),
               std::chrono::duration<double>(plan.last - plan.begin).count(), at(0.5), at(0.99), plan.octets);
    await_line();
  }
  clients.clear();
  SSL_CTX_free(around.tls);
  ::close(around.poll);
}

}  // namespace
}  // namespace load

int main(int count, char** words) {
  load::Plan plan = load::Plan::parse({words + 1, words + count});
  load::run(plan);
}
