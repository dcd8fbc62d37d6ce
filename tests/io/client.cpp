#include "posthorn/io/client.h"

#include <array>
#include <string>

#include <doctest/doctest.h>

#include "posthorn/io/server.h"

#include "loopback.h"

namespace posthorn {
namespace {

using testing::Folder;
using testing::Parrot;

/// A server that echoes lines, with a certificate for a.example.org.
struct Fixture {
  Folder folder;
  io::Certificate certificate = make_certificate(folder, "a", "a.example.org");
  std::unique_ptr<io::TlsServer> tls;
  Parrot::Shared shared;
  io::Server server;
  std::uint16_t port = 0;

  explicit Fixture(io::ListenerTls mode, Duration idle_limit = std::chrono::seconds(30)) {
    shared.idle_limit = idle_limit;
    io::TlsSettings settings;
    settings.certificates.push_back(certificate);
    auto loaded = io::TlsServer::load(settings);
    REQUIRE(loaded);
    tls = std::move(*loaded);
    io::ListenerOptions where;
    where.tls = mode;
    where.certificates = tls.get();
    port = *server.listen(where, [this](const io::Peer&) { return std::make_unique<Parrot>(shared); });
    server.start();
  }
  ~Fixture() { server.stop(std::chrono::milliseconds(0)); }

  [[nodiscard]] std::unique_ptr<io::ClientConnection> open() const {
    auto connection = io::ClientConnection::open({"127.0.0.1", port});
    REQUIRE(connection);
    return std::move(*connection);
  }
  [[nodiscard]] io::ClientTls trust() const {
    io::ClientTls tls_client;
    tls_client.name = "a.example.org";
    tls_client.ca_file = certificate.certificate_file;
    return tls_client;
  }
};

/// Sends octets and gives back what comes, up to `count` octets or the end.
std::string say(io::ClientConnection& connection, std::string out, std::size_t count) {
  std::string heard;
  std::array<char, 1000> octets{};
  while (heard.size() < count) {
    const auto limit = io::ClientConnection::now() + std::chrono::seconds(10);
    const auto moved = connection.exchange(out, octets, limit);
    if (!moved || (!moved->read && moved->written == 0) || moved->read == 0U) break;
    out.erase(0, moved->written);
    heard.append(octets.data(), moved->read.value_or(0));
  }
  return heard;
}

TEST_CASE("a plain connection, and its end") {
  const Fixture fixture(io::ListenerTls::none);
  const auto connection = fixture.open();
  CHECK(say(*connection, "hello\r\n", 12) == "echo hello\r\n");
  CHECK(say(*connection, "BIG 300000\r\n", 300'000).size() >= 300'000);
}

TEST_CASE("TLS: the certificate must be believed and be for the name") {
  const Fixture fixture(io::ListenerTls::implicit);
  const auto connection = fixture.open();
  const auto facts = connection->upgrade(fixture.trust());
  REQUIRE(facts);
  CHECK(facts->version == "TLSv1.3");
  CHECK(facts->exporter.size() == 32);
  CHECK(say(*connection, "hello\r\n", 12) == "echo hello\r\n");
  CHECK(connection->upgrade(fixture.trust()).error().code == Code::misuse);

  io::ClientTls other = fixture.trust();
  other.name = "b.example.org";
  CHECK(fixture.open()->upgrade(other).error().code == Code::denied);
  other.verify = false;
  CHECK(fixture.open()->upgrade(other));
  io::ClientTls address = fixture.trust();
  address.name.clear();  // 127.0.0.1
  CHECK(fixture.open()->upgrade(address).error().code == Code::denied);
  io::ClientTls system;
  system.name = "a.example.org";
  CHECK(!fixture.open()->upgrade(system));
  io::ClientTls absent = fixture.trust();
  absent.ca_file = fixture.folder / "absent";
  CHECK(fixture.open()->upgrade(absent).error().code == Code::not_found);
}

TEST_CASE("what fails is said") {
  CHECK(io::ClientConnection::open({"no-such-host.invalid", 143}).error().blame == Blame::environment);
  {
    // No TLS there: a text answers the handshake, long before the handshake's own limit.
    const Fixture fixture(io::ListenerTls::none, std::chrono::milliseconds(50));
    const auto none = fixture.open()->upgrade(fixture.trust());
    REQUIRE(!none);
    CHECK(none.error().code == Code::syntax);
    CHECK(none.error().note.starts_with("TLS: "));
  }
  std::uint16_t port = 0;
  {
    const Fixture fixture(io::ListenerTls::none);
    port = fixture.port;
    const auto connection = fixture.open();
    std::array<char, 10> octets{};
    const auto moved = connection->exchange({}, octets, io::ClientConnection::now() + std::chrono::milliseconds(20));
    REQUIRE(moved);
    CHECK(!moved->read);
  }
  CHECK(io::ClientConnection::open({"127.0.0.1", port}).error().code == Code::unavailable);
}

/// As much of a session as drive() needs: says a line, waits for it to come back, goes.
class Asker {
 public:
  void receive(View octets) { heard_ += octets; }
  void receive_end() { ended_ = true; }
  std::variant<NeedInput, std::string, Violation, Closed> next(TimePoint) {
    if (heard_.ends_with("\r\n")) return std::exchange(heard_, {});
    if (ended_) return Closed{};
    return NeedInput{};
  }
  [[nodiscard]] View transmit() const { return out_; }
  void transmitted(std::size_t octets) { out_.erase(0, octets); }
  [[nodiscard]] std::optional<TimePoint> deadline() const { return std::nullopt; }
  void upgraded(const TlsFacts&) {}
  void say(View line) { out_ += line; }

 private:
  std::string heard_;
  std::string out_;
  bool ended_ = false;
};

TEST_CASE("drive() runs a session to its end") {
  const Fixture fixture(io::ListenerTls::none);
  const auto connection = fixture.open();
  Asker session;
  session.say("one\r\n");
  int lines = 0;
  const auto driven = io::drive(*connection, {}, session, [&](Asker& asker, auto& event) {
    const auto* line = std::get_if<std::string>(&event);
    CHECK(line != nullptr);
    asker.say(++lines == 1 ? "two\r\n" : "QUIT\r\n");
    return Wants::again;
  });
  REQUIRE(driven);
  CHECK(*driven);
  CHECK(lines >= 2);
}

}  // namespace
}  // namespace posthorn
