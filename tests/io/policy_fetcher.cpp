#include "posthorn/io/policy_fetcher.h"

#include <future>
#include <map>

#include <doctest/doctest.h>

#include "posthorn/io/server.h"

#include "loopback.h"
#include "web.h"

namespace posthorn {
namespace {

using namespace std::chrono_literals;
using testing::Folder;
using tls::Failure;

class OneHost final : public dns::Resolver {
 public:
  void resolve(dns::Question question, Done done) override {
    dns::Answer answer;
    answer.outcome = dns::Outcome::no_name;
    if (question.name == "mta-sts.example.org") {
      answer.outcome = question.type == dns::Type::a ? dns::Outcome::found : dns::Outcome::no_data;
      if (question.type == dns::Type::a) answer.records.emplace_back(*IpAddress::parse("127.0.0.1"));
    }
    done(std::move(answer));
  }
};

struct Fixture {
  Folder folder;
  io::Certificate certificate;
  std::unique_ptr<io::TlsServer> tls;
  testing::Web::Shared web;
  io::Server server;
  io::Worker worker;
  OneHost resolver;
  io::PolicyFetcherOptions options;

  explicit Fixture(const std::string& name = "mta-sts.example.org", long lifetime = 3600) {
    certificate = make_certificate(folder, "web", name, "DNS", lifetime);
    io::TlsSettings settings;
    settings.certificates.push_back(certificate);
    tls = std::move(*io::TlsServer::load(settings));
    io::ListenerOptions where;
    where.tls = io::ListenerTls::implicit;
    where.certificates = tls.get();
    options.port = *server.listen(where, [this](const io::Peer&) { return std::make_unique<testing::Web>(web); });
    options.anywhere = true;
    options.ca_file = certificate.certificate_file;
    server.start();
  }
  ~Fixture() { server.stop(0ms); }

  mta_sts::Fetched fetch(const std::string& domain = "example.org") {
    io::PolicyFetcher fetcher(resolver, worker, options);
    std::promise<mta_sts::Fetched> promise;
    fetcher.fetch(domain, [&](mta_sts::Fetched fetched) { promise.set_value(std::move(fetched)); });
    return promise.get_future().get();
  }
  void serve(const std::string& status, const std::string& type, const std::string& body,
             const std::string& more = {}) {
    const std::lock_guard lock(web.mutex);
    web.response = "HTTP/1.1 " + status + "\r\nContent-Type: " + type +
                   "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + more + "Connection: close\r\n\r\n" +
                   body;
  }
};

const std::string kPolicy = "version: STSv1\nmode: none\nmax_age: 86400\n";

TEST_CASE("no policy comes from inside") {
  Fixture f;
  f.serve("200 OK", "text/plain", kPolicy);
  f.options.anywhere = false;
  const auto fetched = f.fetch();
  REQUIRE(!fetched);
  CHECK(fetched.error().failure == Failure::sts_policy_fetch_error);
  CHECK(f.web.request.empty());
}

TEST_CASE("a policy, from the right place") {
  Fixture f;
  f.serve("200 OK", "text/plain; charset=utf-8", kPolicy);
  const auto fetched = f.fetch();
  REQUIRE_MESSAGE(fetched, fetched.error().note);
  CHECK(*fetched == kPolicy);
  CHECK(f.web.request.starts_with("GET /.well-known/mta-sts.txt HTTP/1.1\r\nHost: mta-sts.example.org:"));
  f.serve("200 OK", "TEXT/Plain", kPolicy);
  CHECK(f.fetch());
}

TEST_CASE("what is no policy: other status, redirect, other type, no address") {
  Fixture f;
  const auto refused = [&](View why) {
    const auto fetched = f.fetch();
    REQUIRE(!fetched);
    CHECK(fetched.error().failure == Failure::sts_policy_fetch_error);
    CHECK(fetched.error().note.contains(why));
  };
  f.serve("404 Not Found", "text/plain", kPolicy);
  refused("404");
  f.serve("301 Moved", "text/plain", kPolicy, "Location: https://mta-sts.example.org/elsewhere\r\n");
  refused("301");
  f.serve("200 OK", "text/html", kPolicy);
  refused("text/plain");
  f.serve("200 OK", "text/plainer", kPolicy);
  refused("text/plain");
  const auto unknown = f.fetch("example.net");
  REQUIRE(!unknown);
  CHECK(unknown.error().note.contains("no public address"));
}

TEST_CASE("limits of length and time") {
  Fixture f;
  f.options.octets = kPolicy.size();
  f.serve("200 OK", "text/plain", kPolicy);
  CHECK(f.fetch());
  f.options.octets = kPolicy.size() - 1;
  CHECK(f.fetch().error().note.contains("too long"));
  f.options.octets = 64U << 10U;
  f.options.total = 200ms;
  f.web.silent = true;
  CHECK(f.fetch().error().failure == Failure::sts_policy_fetch_error);
}

TEST_CASE("certificates that are not to be believed") {
  const auto failure = [](Fixture& f) {
    f.serve("200 OK", "text/plain", kPolicy);
    const auto fetched = f.fetch();
    REQUIRE(!fetched);
    INFO(fetched.error().note);
    CHECK(fetched.error().failure == Failure::sts_webpki_invalid);
  };
  Fixture other("www.example.org");
  failure(other);
  Fixture old("mta-sts.example.org", -3600);
  failure(old);
  Fixture system;
  system.options.ca_file.clear();
  failure(system);
}

}  // namespace
}  // namespace posthorn
