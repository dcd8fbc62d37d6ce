#include "posthorn/io/server.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <thread>

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <unistd.h>

#include "loopback.h"

namespace posthorn {
namespace {

using namespace std::chrono_literals;
using testing::Client;
using testing::Parrot;
using testing::soon;

struct Running {
  Parrot::Shared shared;
  std::mutex mutex;
  std::vector<io::Notice> notices;
  std::unique_ptr<io::Server> server;
  std::uint16_t port = 0;

  explicit Running(io::ListenerOptions where = {}) {
    io::ServerOptions options;
    options.threads = 2;
    options.notify = [this](io::Notice what, View, View) {
      const std::lock_guard lock(mutex);
      notices.push_back(what);
    };
    server = std::make_unique<io::Server>(std::move(options));
    port = *server->listen(where, [this](const io::Peer& peer) {
      CHECK(peer.address == "127.0.0.1");
      return std::make_unique<Parrot>(shared);
    });
    server->start();
  }
  bool noticed(io::Notice what) {
    return soon([&] {
      const std::lock_guard lock(mutex);
      return std::ranges::find(notices, what) != notices.end();
    });
  }
};

TEST_CASE("many connections at the same time") {
  Running running;
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 100; ++i) clients.push_back(std::make_unique<Client>(running.port));
  for (const auto& client : clients) client->send("WORK\r\nb\r\n");
  for (const auto& client : clients) {
    CHECK(client->line() == "worked\r\n");
    CHECK(client->line() == "echo b\r\n");
  }
  CHECK(running.server->connections() == 100);
  clients.clear();
  CHECK(soon([&] { return running.server->connections() == 0; }));
  CHECK(running.shared.alive == 0);
}

TEST_CASE("limits: of the listener and of one source") {
  io::ListenerOptions where;
  where.max_per_source = 2;
  Running running(where);
  Client a(running.port);
  Client b(running.port);
  a.send("x\r\n");
  b.send("x\r\n");
  CHECK(a.line() == "echo x\r\n");
  CHECK(b.line() == "echo x\r\n");
  Client c(running.port);
  CHECK(c.ended());
  CHECK(running.noticed(io::Notice::too_many_of_peer));
  a.close();
  CHECK(soon([&] { return running.server->connections() == 1; }));
  Client d(running.port);
  d.send("x\r\n");
  CHECK(d.line() == "echo x\r\n");
}

TEST_CASE("a graceful stop lets everybody finish") {
  Running running;
  Client idle(running.port);
  Client busy(running.port);
  idle.send("x\r\n");
  CHECK(idle.line() == "echo x\r\n");
  busy.send("WORK long\r\n");
  CHECK(soon([&] { return running.shared.alive == 2; }));
  std::this_thread::sleep_for(50ms);
  running.server->stop(5s);
  CHECK(idle.rest() == "bye: stopping\r\n");
  CHECK(busy.rest() == "worked\r\nbye: stopping\r\n");
  CHECK(running.shared.stopped == 2);
  CHECK(!Client(running.port).connected());
}

TEST_CASE("who does not hear is cut after the grace") {
  Running running;
  running.shared.hears_stop = false;
  Client client(running.port);
  client.send("x\r\n");
  CHECK(client.line() == "echo x\r\n");
  const auto before = std::chrono::steady_clock::now();
  running.server->stop(100ms);
  CHECK(std::chrono::steady_clock::now() - before < 2s);
  CHECK(client.ended());
  CHECK(running.shared.alive == 0);
}

TEST_CASE("work that throws cuts its connection only") {
  Running running;
  Client bad(running.port);
  Client good(running.port);
  bad.send("THROW\r\n");
  CHECK(bad.ended());
  CHECK(running.noticed(io::Notice::defect));
  good.send("x\r\n");
  CHECK(good.line() == "echo x\r\n");
}

TEST_CASE("accepting survives a process without descriptors") {
  Running running;
  Client first(running.port);
  first.send("x\r\n");
  CHECK(first.line() == "echo x\r\n");
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  std::vector<int> hoard;
  // The client's end needs a descriptor too: it gets the last one.
  rlimit low = before;
  low.rlim_cur = 200;
  setrlimit(RLIMIT_NOFILE, &low);
  for (int fd = 0; (fd = dup(0)) >= 0;) hoard.push_back(fd);
  REQUIRE(!hoard.empty());
  ::close(hoard.back());
  hoard.pop_back();
  Client second(running.port);
  CHECK(second.connected());  // by the kernel
  CHECK(running.noticed(io::Notice::no_sockets));
  for (const int fd : hoard) ::close(fd);
  setrlimit(RLIMIT_NOFILE, &before);
  second.send("y\r\n");
  CHECK(second.line() == "echo y\r\n");
  first.send("z\r\n");
  CHECK(first.line() == "echo z\r\n");
}

TEST_CASE("wait ends with stop; misuse is refused") {
  io::Server server;
  io::ListenerOptions where;
  where.tls = io::ListenerTls::implicit;
  CHECK(!server.listen(where, {}));
  std::jthread stopper([&] {
    std::this_thread::sleep_for(20ms);
    server.stop(1s);
  });
  server.wait();
  CHECK(server.connections() == 0);
}

long resident_octets() {
  std::ifstream status("/proc/self/statm");
  long total = 0;
  long resident = 0;
  long shared = 0;
  status >> total >> resident >> shared;
  return (resident - shared) * sysconf(_SC_PAGESIZE);
}

TEST_CASE("memory of idle TLS connections (printed, not demanded)") {
  const testing::Folder folder;
  io::TlsSettings settings;
  settings.certificates.push_back(make_certificate(folder, "a", "a.example.org"));
  auto tls = io::TlsServer::load(settings);
  REQUIRE(tls);
  io::ListenerOptions where;
  where.tls = io::ListenerTls::implicit;
  where.certificates = tls->get();
  where.max_per_source = 100'000;
  std::array<int, 2> to_client{};
  std::array<int, 2> to_server{};
  REQUIRE(pipe(to_client.data()) == 0);
  REQUIRE(pipe(to_server.data()) == 0);
  constexpr int kConnections = 400;
  // The clients are in a process of their own, made before there are threads.
  const pid_t child = fork();
  if (child == 0) {
    std::uint16_t port = 0;
    if (::read(to_client[0], &port, sizeof port) != sizeof port) _exit(1);
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < kConnections; ++i) {
      clients.push_back(std::make_unique<Client>(port));
      if (!clients.back()->start_tls("a.example.org")) _exit(2);
      clients.back()->send("x\r\n");
      if (clients.back()->line() != "echo x\r\n") _exit(3);
    }
    if (::write(to_server[1], "d", 1) != 1) _exit(4);
    char c = 0;
    static_cast<void>(::read(to_client[0], &c, 1) == 1);
    _exit(0);
  }
  Running running(where);
  const long before = resident_octets();
  REQUIRE(::write(to_client[1], &running.port, sizeof running.port) == sizeof running.port);
  char done = 0;
  REQUIRE(::read(to_server[0], &done, 1) == 1);
  const long after = resident_octets();
  MESSAGE("private memory of an idle TLS connection: ", (after - before) / kConnections / 1024, " KiB");
  CHECK(running.server->connections() == kConnections);
  CHECK(::write(to_client[1], "x", 1) == 1);
  for (const int fd : {to_client[0], to_client[1], to_server[0], to_server[1]}) ::close(fd);
}

}  // namespace
}  // namespace posthorn
