#include "posthorn/io/https_poster.h"

#include <doctest/doctest.h>

#include "posthorn/io/server.h"

#include "io/https.h"
#include "loopback.h"
#include "web.h"

namespace posthorn {
namespace {

using namespace std::chrono_literals;

class OneHost final : public dns::Resolver {
 public:
  void resolve(dns::Question question, Done done) override {
    dns::Answer answer{.outcome = dns::Outcome::no_name};
    if (question.name == "tls.example.org" && question.type == dns::Type::a) {
      answer.outcome = dns::Outcome::found;
      answer.records.emplace_back(*IpAddress::parse("127.0.0.1"));
    }
    done(std::move(answer));
  }
};

struct Fixture {
  explicit Fixture(const std::string& name = "tls.example.org") {
    const io::Certificate certificate = make_certificate(folder, "web", name, "DNS", 3600);
    io::TlsSettings settings;
    settings.certificates.push_back(certificate);
    tls = std::move(*io::TlsServer::load(settings));
    io::ListenerOptions where;
    where.tls = io::ListenerTls::implicit;
    where.certificates = tls.get();
    port = *server.listen(where, [this](const io::Peer&) { return std::make_unique<testing::Web>(web); });
    options.anywhere = true;
    options.ca_file = certificate.certificate_file;
    server.start();
  }
  ~Fixture() { server.stop(0ms); }
  Result<void> post(const std::string& host, View status = "201 Created") {
    web.response = "HTTP/1.1 " + own(status) + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    return io::HttpsPoster(resolver, options)
        .post("https://" + host + ":" + std::to_string(port) + "/v1/r?x=y", View("a\0b", 3), "application/x");
  }

  testing::Folder folder;
  std::unique_ptr<io::TlsServer> tls;
  testing::Web::Shared web;
  io::Server server;
  std::uint16_t port = 0;
  OneHost resolver;
  io::HttpsPosterOptions options;
};

Code code_of(const Result<void>& posted) {
  REQUIRE(!posted);
  return posted.error().code;
}

TEST_CASE("what is posted arrives as it is") {
  Fixture f;
  const auto posted = f.post("TLS.example.org");
  REQUIRE_MESSAGE(posted, posted.error().note);
  const std::string& request = f.web.request;
  CHECK(request.starts_with("POST /v1/r?x=y HTTP/1.1\r\nHost: tls.example.org:"));
  CHECK(request.contains("\r\nContent-Type: application/x\r\n"));
  CHECK(request.ends_with(View("\r\n\r\na\0b", 7)));
}

TEST_CASE("what does not count as posted") {
  Fixture f;
  CHECK(code_of(f.post("tls.example.org", "500 Sorry")) == Code::denied);
  CHECK(code_of(f.post("tls.example.org", "302 Found\r\nLocation: https://tls.example.org/")) == Code::denied);
  CHECK(code_of(f.post("absent.example.org")) == Code::unavailable);
  CHECK(code_of(f.post("user@tls.example.org")) == Code::syntax);
  io::HttpsPoster poster(f.resolver, f.options);
  for (const char* url : {"http://tls.example.org/", "tls.example.org", "https://", "file:///etc/passwd", ""})
    CHECK(code_of(poster.post(url, "x", "text/plain")) == Code::syntax);
}

TEST_CASE("nothing goes inside, nor to other ports") {
  Fixture f;
  f.options.anywhere = false;
  CHECK(code_of(f.post("tls.example.org")) == Code::syntax);
  io::HttpsPoster poster(f.resolver, f.options);
  const auto posted = poster.post("https://tls.example.org/", "x", "text/plain");  // it is 127.0.0.1
  CHECK(code_of(posted) == Code::unavailable);
  CHECK(posted.error().note == "tls.example.org: no public address");
  for (const char* host : {"127.0.0.1", "127.1", "2130706433", "[::1]"})
    CHECK(code_of(poster.post("https://" + std::string(host) + "/", "x", "text/plain")) == Code::syntax);
  CHECK(f.web.request.empty());
}

TEST_CASE("addresses that are not public take no room") {
  dns::Answer v4;
  for (const char* text : {"10.0.0.1", "1.1.1.1", "127.0.0.1", "8.8.8.8", "9.9.9.9"})
    v4.records.emplace_back(*IpAddress::parse(text));
  CHECK(io::https::address_list({}, v4, 2, false) == "1.1.1.1,8.8.8.8");
  CHECK(io::https::address_list({}, v4, 2, true) == "10.0.0.1,1.1.1.1");
}

TEST_CASE("a certificate of somebody else gets nothing") {
  Fixture f("other.example.org");
  CHECK(code_of(f.post("tls.example.org")) == Code::unavailable);
  CHECK(f.web.request.empty());
}

TEST_CASE("who stops need not wait for a host that says nothing") {
  Fixture f;
  f.web.silent = true;
  const auto begun = std::chrono::steady_clock::now();
  int asked = 0;
  io::HttpsPoster poster(f.resolver, f.options);
  const auto posted = poster.post("https://tls.example.org:" + std::to_string(f.port) + "/", "x", "text/plain",
                                  [&] { return ++asked > 3; });
  CHECK(code_of(posted) == Code::unavailable);
  CHECK(std::chrono::steady_clock::now() - begun < 20s);
}

}  // namespace
}  // namespace posthorn
