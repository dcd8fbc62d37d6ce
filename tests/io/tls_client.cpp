#include "posthorn/io/tls_client.h"

#include <array>
#include <fstream>
#include <iterator>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <doctest/doctest.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "posthorn/bytes/crypto/certificate.h"
#include "posthorn/bytes/crypto/hash.h"
#include "posthorn/io/dial.h"
#include "posthorn/io/server.h"

#include "loopback.h"

namespace posthorn {
namespace {

using namespace std::chrono_literals;
using testing::Folder;
using testing::Parrot;
using tls::Failure;
using tls::Level;
using tls::Proof;

crypto::Certificate read(const std::string& pem_file) {
  FILE* in = std::fopen(pem_file.c_str(), "r");
  X509* certificate = PEM_read_X509(in, nullptr, nullptr, nullptr);
  std::fclose(in);
  std::string der(static_cast<std::size_t>(i2d_X509(certificate, nullptr)), '\0');
  auto* at = reinterpret_cast<unsigned char*>(der.data());
  i2d_X509(certificate, &at);
  X509_free(certificate);
  return *crypto::Certificate::read(der);
}

/// A server that echoes lines under TLS, with a certificate for mx.example.org.
struct Fixture {
  Folder folder;
  io::Certificate certificate;
  std::unique_ptr<io::TlsServer> tls;
  Parrot::Shared shared;
  io::Server server;
  io::TlsClient client;
  std::uint16_t port = 0;

  explicit Fixture(long lifetime = 3600, io::ListenerTls mode = io::ListenerTls::implicit,
                   const std::string& authorities = {}) {
    certificate = make_certificate(folder, "a", "mx.example.org", "DNS", lifetime);
    io::TlsSettings settings;
    settings.certificates.push_back(certificate);
    settings.client_authorities = authorities;
    auto loaded = io::TlsServer::load(settings);
    REQUIRE(loaded);
    tls = std::move(*loaded);
    io::ListenerOptions where;
    where.tls = mode;
    where.certificates = tls.get();
    port = *server.listen(where, [this](const io::Peer&) { return std::make_unique<Parrot>(shared); });
    server.start();
  }
  ~Fixture() { server.stop(0ms); }

  [[nodiscard]] tls::Demand demand(Level level) const {
    tls::Demand made;
    made.level = level;
    made.server_name = "mx.example.org";
    made.names = {"mx.example.org"};
    made.ca_file = certificate.certificate_file;
    return made;
  }

  /// What comes of a demand; where it is met, `question` is asked and the answer kept.
  io::TlsOutcome connect(const tls::Demand& demand, View question = "hello\r\n", Duration limit = 10s) {
    asio::io_context context{1};
    std::optional<io::TlsOutcome> outcome;
    auto body = [&]() -> asio::awaitable<void> {
      std::vector<io::Endpoint> where;
      where.push_back(io::Endpoint{*IpAddress::parse("127.0.0.1"), port});
      io::DialOptions options;
      options.limits.handshake = limit;
      Result<io::Dialed> dialed = co_await io::dial(std::move(where), options);
      if (!dialed) co_return;
      io::Stream& stream = *dialed->stream;
      outcome = co_await stream.upgrade(client, demand);
      if (!*outcome) co_return;
      static_cast<void>(co_await stream.write(question));
      std::array<char, 200> octets;
      const std::optional<TimePoint> until = stream.now() + 10s;
      const Result<std::size_t> got = co_await stream.read_some(octets, until);
      heard = got ? std::string(octets.data(), *got) : std::string("nothing");
      const io::TlsOutcome again = co_await stream.upgrade(client, demand);
      CHECK(again.error().error.code == Code::misuse);
    };
    asio::co_spawn(context, body, asio::detached);
    context.run();
    REQUIRE(outcome);
    return *outcome;
  }
  std::string heard;
};

void check_refused(const io::TlsOutcome& outcome, Failure failure) {
  REQUIRE(!outcome);
  REQUIRE(outcome.error().failure);
  CHECK(tls::word_of(*outcome.error().failure) == tls::word_of(failure));
}

TEST_CASE("any certificate will do where encryption is all that is asked") {
  Fixture f(-3600);
  for (const Level level : {Level::opportunistic, Level::encrypted}) {
    const auto outcome = f.connect(f.demand(level));
    REQUIRE(outcome);
    CHECK(outcome->proof == Proof::none);
    CHECK(!outcome->doubt);
    CHECK(outcome->facts.version == "TLSv1.3");
    CHECK(outcome->facts.peer_subject.empty());  // nobody vouches for it
    CHECK(f.heard == "echo hello\r\n");
  }
  // SNI is what was asked for.
  static_cast<void>(f.connect(f.demand(Level::encrypted), "TLS\r\n"));
  CHECK(f.heard == "TLSv1.3 mx.example.org 32\r\n");
}

TEST_CASE("an authority must vouch for one of the names") {
  Fixture f;
  auto outcome = f.connect(f.demand(Level::authority));
  REQUIRE(outcome);
  CHECK(outcome->proof == Proof::authority);
  CHECK(outcome->facts.peer_subject.contains("mx.example.org"));
  auto other = f.demand(Level::authority);
  other.names = {"example.net", "mx.example.org"};
  CHECK(f.connect(other));
  other.names = {"example.net", "example.org"};
  outcome = f.connect(other);
  check_refused(outcome, Failure::certificate_host_mismatch);
  CHECK(outcome.error().error.code == Code::denied);
  auto system = f.demand(Level::authority);
  system.ca_file.clear();
  check_refused(f.connect(system), Failure::certificate_not_trusted);
  const Fixture another;
  auto foreign = f.demand(Level::authority);
  foreign.ca_file = another.certificate.certificate_file;
  check_refused(f.connect(foreign), Failure::certificate_not_trusted);
  Fixture old(-3600);
  check_refused(old.connect(old.demand(Level::authority)), Failure::certificate_expired);
}

TEST_CASE("tolerant: what is wrong is told, and the connection goes on") {
  Fixture f;
  auto demand = f.demand(Level::authority);
  demand.tolerant = true;
  auto outcome = f.connect(demand);
  REQUIRE(outcome);
  CHECK(!outcome->doubt);
  demand.names = {"other.example"};
  outcome = f.connect(demand);
  REQUIRE(outcome);
  CHECK(outcome->doubt == Failure::certificate_host_mismatch);
  CHECK(outcome->proof == Proof::none);
  CHECK(f.heard == "echo hello\r\n");
}

TEST_CASE("DANE") {
  Fixture f(-3600);  // usage 3 looks at no date
  const crypto::Certificate certificate = read(f.certificate.certificate_file);
  auto demand = f.demand(Level::dane);
  demand.tlsa = {{3, 1, 1, crypto::sha256(certificate.public_key_info())}};
  demand.names = {"other.example"};
  auto outcome = f.connect(demand);
  REQUIRE(outcome);
  CHECK(outcome->proof == Proof::dane_certificate);
  CHECK(f.heard == "echo hello\r\n");
  demand.tlsa = {{3, 0, 2, crypto::sha512(certificate.der())}};
  CHECK(f.connect(demand));
  demand.tlsa = {{3, 1, 1, crypto::sha256("another key")}};
  check_refused(f.connect(demand), Failure::validation_failure);
  demand.tlsa = {{1, 1, 1, crypto::sha256(certificate.public_key_info())}};
  check_refused(f.connect(demand), Failure::tlsa_invalid);
  // Usage 2 looks at dates and names.
  demand.tlsa = {{2, 0, 1, crypto::sha256(certificate.der())}};
  demand.names = {"mx.example.org"};
  check_refused(f.connect(demand), Failure::certificate_expired);
  Fixture valid;
  demand.tlsa = {{2, 0, 1, crypto::sha256(read(valid.certificate.certificate_file).der())}};
  outcome = valid.connect(demand);
  REQUIRE(outcome);
  CHECK(outcome->proof == Proof::dane_authority);
  demand.names = {"other.example"};
  check_refused(valid.connect(demand), Failure::certificate_host_mismatch);
}

TEST_CASE("fingerprints of the certificate or of its key") {
  Fixture f(-3600);
  const crypto::Certificate certificate = read(f.certificate.certificate_file);
  auto demand = f.demand(Level::fingerprint);
  for (const View octets : {certificate.der(), certificate.public_key_info()}) {
    demand.fingerprints = {crypto::sha256("another"), crypto::sha256(octets)};
    const auto outcome = f.connect(demand);
    REQUIRE(outcome);
    CHECK(outcome->proof == Proof::fingerprint);
  }
  demand.fingerprints = {crypto::sha256("another")};
  check_refused(f.connect(demand), Failure::certificate_not_trusted);
  demand.fingerprints.clear();
  check_refused(f.connect(demand), Failure::certificate_not_trusted);
}

TEST_CASE("our own certificate is shown to a server that asks") {
  const Folder folder;
  const io::Certificate ann = make_certificate(folder, "ann", "ann@example.org", "email");
  Fixture f(3600, io::ListenerTls::implicit, ann.certificate_file);
  auto demand = f.demand(Level::authority);
  demand.certificate_file = ann.certificate_file;
  demand.key_file = ann.key_file;
  REQUIRE(f.connect(demand, "PEER\r\n"));
  CHECK(f.heard == "ann@example.org \r\n");
  demand.key_file = folder / "missing.key";
  auto outcome = f.connect(demand);
  REQUIRE(!outcome);
  CHECK(!outcome.error().failure);
  CHECK(outcome.error().error.code == Code::not_found);
  demand.key_file = f.certificate.key_file;
  CHECK(f.connect(demand).error().error.code == Code::corrupt);
}

TEST_CASE("what is in files is read once, and again after reload()") {
  Fixture f;
  CHECK(f.connect(f.demand(Level::authority)));
  const std::string file = f.certificate.certificate_file;
  std::ofstream(file) << "no certificate";
  CHECK(f.connect(f.demand(Level::authority)));
  f.client.reload();
  const auto outcome = f.connect(f.demand(Level::authority));
  REQUIRE(!outcome);
  CHECK(!outcome.error().failure);  // the other side did nothing wrong
  CHECK(outcome.error().error.code == Code::not_found);
}

TEST_CASE("demands that nobody can meet are the caller's fault") {
  Fixture f;
  auto demand = f.demand(Level::authority);
  demand.names.clear();
  CHECK(f.connect(demand).error().error.code == Code::misuse);
  demand.names = {""};
  CHECK(f.connect(demand).error().error.code == Code::misuse);
  demand = f.demand(Level::encrypted);
  demand.server_name = std::string(300, 'x');
  CHECK(f.connect(demand).error().error.code == Code::misuse);
}

TEST_CASE("a server without TLS, and one that says nothing") {
  Fixture f(3600, io::ListenerTls::none);
  const auto outcome = f.connect(f.demand(Level::encrypted), {}, 300ms);
  REQUIRE(!outcome);
  // The greeting of the handshake is no line: the server waits for more of it, or echoes it.
  CHECK((outcome.error().error.code == Code::timed_out || outcome.error().error.code == Code::syntax));
  CHECK((outcome.error().error.code == Code::timed_out) == !outcome.error().failure);
}

}  // namespace
}  // namespace posthorn
