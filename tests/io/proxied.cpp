// Listeners that believe proxies, by raw sockets.
#include <algorithm>
#include <mutex>
#include <vector>

#include <doctest/doctest.h>

#include "posthorn/io/server.h"

#include "loopback.h"

namespace posthorn {
namespace {

using namespace std::chrono_literals;
using testing::Client;
using testing::Parrot;
using testing::soon;

const std::string kBinary("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0C\xC0\0\x02\x01\xC6\x33\x64\x02\xDC\x04\0\x19", 28);

/// A server on loopback that believes `trusted`, with what it heard of its peers.
struct Proxied {
  Parrot::Shared shared;
  std::mutex mutex;
  std::vector<std::string> peers;
  std::vector<io::Notice> notices;
  std::unique_ptr<io::Server> server;
  std::uint16_t port = 0;

  explicit Proxied(const char* trusted, io::ListenerOptions where = {}) {
    where.proxy_from = {*IpNetwork::parse(trusted)};
    io::ServerOptions options;
    options.threads = 1;
    options.notify = [this](io::Notice what, View, View) {
      const std::lock_guard lock(mutex);
      notices.push_back(what);
    };
    server = std::make_unique<io::Server>(std::move(options));
    port = *server->listen(where, [this](const io::Peer& peer) {
      const std::lock_guard lock(mutex);
      peers.push_back(peer.address + "#" + std::to_string(peer.port));
      return std::make_unique<Parrot>(shared);
    });
    server->start();
  }
  std::string peer() {
    const std::lock_guard lock(mutex);
    return peers.empty() ? "" : peers.back();
  }
  bool noticed(io::Notice what) {
    return soon([&] {
      const std::lock_guard lock(mutex);
      return std::ranges::find(notices, what) != notices.end();
    });
  }
};

TEST_CASE("PROXY: the peer is the client that the proxy names") {
  Proxied proxied("127.0.0.0/8");
  Client first(proxied.port);
  first.send("PROXY TCP4 192.0.2.7 198.51.100.1 4711 25\r\nhello\r\n");
  CHECK(first.line() == "echo hello\r\n");
  CHECK(proxied.peer() == "192.0.2.7#4711");
  Client second(proxied.port);
  for (char octet : kBinary) second.send(View(&octet, 1));
  second.send("hello\r\n");
  CHECK(second.line() == "echo hello\r\n");
  CHECK(proxied.peer() == "192.0.2.1#56324");
  Client check(proxied.port);
  check.send("PROXY UNKNOWN\r\nhello\r\n");
  CHECK(check.line() == "echo hello\r\n");
  CHECK(proxied.peer().starts_with("127.0.0.1#"));
}

TEST_CASE("PROXY: before the handshake of implicit TLS") {
  const testing::Folder folder;
  io::TlsSettings settings;
  settings.certificates.push_back(testing::make_certificate(folder, "a", "a.example"));
  auto tls = io::TlsServer::load(settings);
  REQUIRE(tls);
  io::ListenerOptions where;
  where.tls = io::ListenerTls::implicit;
  where.certificates = tls->get();
  Proxied proxied("127.0.0.1", where);
  Client client(proxied.port);
  client.send(kBinary);
  REQUIRE(client.start_tls("a.example"));
  client.send("hello\r\n");
  CHECK(client.line() == "echo hello\r\n");
  CHECK(proxied.peer() == "192.0.2.1#56324");
}

TEST_CASE("PROXY: a proxy without a header is cut, at once or in time") {
  io::ListenerOptions where;
  where.proxy_limit = 200ms;
  Proxied proxied("127.0.0.1", where);
  Client wrong(proxied.port);
  wrong.send("EHLO client.example\r\n");
  CHECK(wrong.ended());
  Client half(proxied.port);
  half.send("PROXY TCP4 192.0.2.7 ");
  CHECK(half.ended());
  Client silent(proxied.port);
  CHECK(silent.ended());
  CHECK(proxied.noticed(io::Notice::no_proxy_header));
  CHECK(proxied.peer().empty());
}

TEST_CASE("PROXY: nobody else is believed") {
  Proxied proxied("192.0.2.0/24");
  Client client(proxied.port);
  client.send("PROXY TCP4 192.0.2.7 198.51.100.1 4711 25\r\n");
  CHECK(client.line() == "echo PROXY TCP4 192.0.2.7 198.51.100.1 4711 25\r\n");
  CHECK(proxied.peer().starts_with("127.0.0.1#"));
}

TEST_CASE("PROXY: the limit of one source is that of the client") {
  io::ListenerOptions where;
  where.max_per_source = 1;
  Proxied proxied("127.0.0.1", where);
  const std::string header = "PROXY TCP4 192.0.2.7 198.51.100.1 4711 25\r\nhello\r\n";
  Client first(proxied.port);
  first.send(header);
  CHECK(first.line() == "echo hello\r\n");
  Client second(proxied.port);
  second.send(header);
  CHECK(second.ended());
  CHECK(proxied.noticed(io::Notice::too_many_of_peer));
  Client other(proxied.port);
  other.send("PROXY TCP4 192.0.2.8 198.51.100.1 4711 25\r\nhello\r\n");
  CHECK(other.line() == "echo hello\r\n");
}

}  // namespace
}  // namespace posthorn
