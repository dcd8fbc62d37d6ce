#include "posthorn/io/tls.h"

#include <fstream>

#include <doctest/doctest.h>

#include "posthorn/io/server.h"

#include "loopback.h"

namespace posthorn {
namespace {

using testing::Client;
using testing::Folder;
using testing::Parrot;

struct Fixture {
  Folder folder;
  io::TlsSettings settings;
  std::unique_ptr<io::TlsServer> tls;
  Parrot::Shared shared;
  std::unique_ptr<io::Server> server = std::make_unique<io::Server>();
  std::uint16_t port = 0;

  void start(io::ListenerTls mode) {
    if (settings.certificates.empty()) settings.certificates.push_back(make_certificate(folder, "a", "a.example.org"));
    auto loaded = io::TlsServer::load(settings);
    REQUIRE(loaded);
    tls = std::move(*loaded);
    io::ListenerOptions where;
    where.tls = mode;
    where.certificates = tls.get();
    where.handshake_limit = std::chrono::milliseconds(300);
    port = *server->listen(where, [this](const io::Peer&) { return std::make_unique<Parrot>(shared); });
    server->start();
  }
};

TEST_CASE("implicit TLS: facts and the exporter are those of the client") {
  Fixture f;
  f.settings.alpn = {"parrot"};
  f.start(io::ListenerTls::implicit);
  Client client(f.port);
  REQUIRE(client.start_tls("a.example.org", "parrot"));
  CHECK(client.protocol() == "parrot");
  client.send("TLS\r\n");
  CHECK(client.line() == "TLSv1.3 a.example.org 32\r\n");
  client.send("BIG 200000\r\nQUIT\r\n");
  CHECK(client.rest() == std::string(200'000, 'x') + "\r\nbye\r\n");

  Client binding(f.port);
  REQUIRE(binding.start_tls("a.example.org"));
  binding.send("EXPORTER\r\nQUIT\r\n");
  CHECK(binding.rest() == binding.exporter() + "\r\nbye\r\n");
}

TEST_CASE("without channel binding there is no exporter to offer it with") {
  Fixture f;
  f.settings.channel_binding = false;
  f.start(io::ListenerTls::implicit);
  Client client(f.port);
  REQUIRE(client.start_tls("a.example.org"));
  client.send("TLS\r\n");
  CHECK(client.line() == "TLSv1.3 a.example.org 0\r\n");
}

TEST_CASE("TLS 1.2 works without a channel binding, TLS 1.1 does not work") {
  Fixture f;
  f.start(io::ListenerTls::implicit);
  Client client(f.port);
  REQUIRE(client.start_tls("a.example.org", {}, TLS1_2_VERSION));
  client.send("TLS\r\n");
  CHECK(client.line() == "TLSv1.2 a.example.org 0\r\n");
  Client old(f.port);
  CHECK(!old.start_tls("a.example.org", {}, TLS1_1_VERSION));
}

TEST_CASE("a client certificate names its owner; none is no harm; one of a stranger ends the handshake") {
  Fixture f;
  const io::Certificate ann = make_certificate(f.folder, "ann", "ann@example.org", "email");
  const io::Certificate eve = make_certificate(f.folder, "eve", "eve@example.org", "email");
  f.settings.client_authorities = ann.certificate_file;
  f.start(io::ListenerTls::implicit);
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    Client known(f.port);
    known.show(ann);
    REQUIRE(known.start_tls("a.example.org", {}, version));
    known.send("PEER\r\n");
    CHECK(known.line() == "ann@example.org \r\n");
    Client nobody(f.port);
    REQUIRE(nobody.start_tls("a.example.org", {}, version));
    nobody.send("PEER\r\n");
    CHECK(nobody.line() == "\r\n");
    // With TLS 1.3 the client is through before the server has looked.
    Client stranger(f.port);
    stranger.show(eve);
    if (stranger.start_tls("a.example.org", {}, version)) {
      stranger.send("PEER\r\n");
      CHECK(stranger.line().empty());
    }
  }
  io::TlsSettings missing = f.settings;
  missing.client_authorities = f.folder / "missing.crt";
  CHECK(io::TlsServer::load(missing).error().code == Code::not_found);
  missing.client_authorities = ann.key_file;
  CHECK(io::TlsServer::load(missing).error().code == Code::corrupt);
}

TEST_CASE("a client of another protocol is refused") {
  Fixture f;
  f.settings.alpn = {"parrot", "other"};
  f.start(io::ListenerTls::implicit);
  Client client(f.port);
  CHECK(!client.start_tls("a.example.org", "http/1.1"));
  Client second(f.port);
  CHECK(second.start_tls("a.example.org", "other"));
  CHECK(second.protocol() == "other");
}

TEST_CASE("certificates by SNI, wildcards, and the first for the rest") {
  Fixture f;
  f.settings.certificates.push_back(make_certificate(f.folder, "a", "a.example.org"));
  f.settings.certificates.push_back(make_certificate(f.folder, "b", "*.example.net"));
  f.settings.certificates.push_back(make_certificate(f.folder, "c", "mail.example.net"));
  f.settings.alpn = {"parrot"};
  f.start(io::ListenerTls::implicit);
  const auto served = [&](const std::string& host) {
    Client client(f.port);
    REQUIRE(client.start_tls(host, "parrot"));  // ALPN holds on every context
    CHECK(client.protocol() == "parrot");
    return client.server_certificate();
  };
  CHECK(served("a.example.org") == "a.example.org");
  CHECK(served("MAIL.example.NET") == "mail.example.net");
  CHECK(served("other.example.net") == "*.example.net");
  CHECK(served("two.labels.example.net") == "a.example.org");
  CHECK(served("unknown.example") == "a.example.org");
  CHECK(served("") == "a.example.org");
}

TEST_CASE("STARTTLS drops what came with it") {
  Fixture f;
  f.start(io::ListenerTls::starttls);
  Client client(f.port);
  client.send("TLS\r\n");
  CHECK(client.line() == "  0\r\n");
  client.send("STARTTLS\r\nINJECTED\r\n");
  CHECK(client.line() == "go ahead\r\n");
  REQUIRE(client.start_tls("a.example.org"));
  CHECK(f.shared.dropped == 10);
  client.send("b\r\n");
  CHECK(client.line() == "echo b\r\n");
}

TEST_CASE("plain octets in place of a handshake end the connection, and are never commands") {
  Fixture f;
  f.start(io::ListenerTls::starttls);
  Client client(f.port);
  client.send("STARTTLS\r\n");
  CHECK(client.line() == "go ahead\r\n");
  client.send("INJECTED\r\nQUIT\r\n");
  CHECK(!client.rest().contains("echo"));
}

TEST_CASE("a handshake has a deadline") {
  Fixture f;
  f.start(io::ListenerTls::implicit);
  Client client(f.port);
  CHECK(client.ended());
  CHECK(testing::soon([&] { return f.server->connections() == 0; }));
}

TEST_CASE("reload serves new certificates to new connections only; a bad file changes nothing") {
  Fixture f;
  f.start(io::ListenerTls::implicit);
  Client before(f.port);
  REQUIRE(before.start_tls("a.example.org"));
  make_certificate(f.folder, "a", "renewed.example.org");
  REQUIRE(f.tls->reload());
  Client after(f.port);
  REQUIRE(after.start_tls("a.example.org"));
  CHECK(after.server_certificate() == "renewed.example.org");
  before.send("still here\r\n");
  CHECK(before.line() == "echo still here\r\n");

  std::ofstream(f.settings.certificates[0].certificate_file) << "no certificate";
  const Result<void> bad = f.tls->reload();
  REQUIRE(!bad);
  CHECK(bad.error().note.contains("a.crt"));
  Client third(f.port);
  REQUIRE(third.start_tls("a.example.org"));
  CHECK(third.server_certificate() == "renewed.example.org");
}

TEST_CASE("bad files are named") {
  const Folder folder;
  io::TlsSettings settings;
  CHECK(!io::TlsServer::load(settings));
  const io::Certificate a = make_certificate(folder, "a", "a.example.org");
  const io::Certificate b = make_certificate(folder, "b", "b.example.org");
  settings.certificates = {io::Certificate{a.certificate_file, b.key_file, {}}};
  const auto mixed = io::TlsServer::load(settings);
  REQUIRE(!mixed);
  CHECK(mixed.error().note.contains("b.key"));
  settings.certificates = {io::Certificate{folder / "none.crt", a.key_file, {}}};
  const auto missing = io::TlsServer::load(settings);
  REQUIRE(!missing);
  CHECK(missing.error().code == Code::not_found);
  CHECK(missing.error().note.contains("none.crt"));
}

}  // namespace
}  // namespace posthorn
