#include "posthorn/io/dns_client.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <fstream>
#include <mutex>
#include <optional>

#include <doctest/doctest.h>

#include "dns/server.h"
#include "io/loopback.h"

namespace posthorn::testing {
namespace {

using namespace std::chrono_literals;
using dns::Answer;
using dns::Outcome;
using dns::Type;

constexpr View kText = R"($ORIGIN example.org.
$TTL 300
@ SOA ns root 1 2 3 4 60
@ MX 10 mail
@ MX 20 backup
@ TXT "one " "text"
mail A 192.0.2.1
mail AAAA 2001:db8::1
www CNAME web.example.net.
web.example.net. 100 A 192.0.2.2
lost CNAME nobody.example.net.
ring CNAME ring2
ring2 CNAME ring
null MX 0 .
_25._tcp.mail TLSA 3 1 1 00ff
1.2.0.192.in-addr.arpa. PTR mail
big TXT aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
$FAULT silent silent.org
$FAULT servfail fail.org
$FAULT refused refused.org
$FAULT truncated tc.org
$FAULT wrong_id id.org
$FAULT garbage garbage.org
$FAULT cname_loop loop.org
$FAULT cname_chain chain.org
)";

/// Answers as they come, from any thread.
class Inbox {
 public:
  dns::Resolver::Done one() {
    return [this](Answer answer) {
      const std::lock_guard lock(mutex_);
      answers_.push_back(std::move(answer));
      came_.notify_all();
    };
  }
  std::vector<Answer> wait(std::size_t count) {
    std::unique_lock lock(mutex_);
    came_.wait_for(lock, 30s, [&] { return answers_.size() >= count; });
    return answers_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<Answer> answers_;
};

io::DnsOptions options_for(const LoopbackDns& server) {
  io::DnsOptions options;
  options.forwarders = {server.address()};
  options.timeout = 15s;
  return options;
}

std::unique_ptr<io::DnsClient> open(io::DnsOptions options) {
  auto client = io::DnsClient::open(std::move(options));
  REQUIRE_MESSAGE(client, client.error().note);
  return std::move(*client);
}

Answer ask(io::DnsClient& client, View name, Type type) {
  Inbox inbox;
  client.resolve({own(name), type}, inbox.one());
  const auto answers = inbox.wait(1);
  REQUIRE(answers.size() == 1);
  return answers.front();
}

std::string long_records() {
  std::string text = own(kText) + "$ORIGIN example.org.\n";
  for (int i = 0; i < 20; ++i) text += "big TXT " + std::string(100, static_cast<char>('b' + i)) + "\n";
  return text;
}

TEST_CASE("a DNS client asks for records of every type") {
  const LoopbackDns server(long_records());
  const auto client = open(options_for(server));
  const Answer mx = ask(*client, "Example.org", Type::mx);
  CHECK(mx.outcome == Outcome::found);
  CHECK(mx.records.size() == 2);
  CHECK(std::count(mx.records.begin(), mx.records.end(), dns::Record(dns::Mx{10, "mail.example.org"})) == 1);
  CHECK(mx.canonical.empty());
  CHECK(mx.ttl == 300s);
  CHECK_FALSE(mx.authenticated);
  CHECK(ask(*client, "null.example.org", Type::mx).records == std::vector<dns::Record>{dns::Mx{0, ""}});
  CHECK(ask(*client, "example.org", Type::txt).records == std::vector<dns::Record>{dns::Txt{"one text"}});
  CHECK(ask(*client, "mail.example.org", Type::a).records == std::vector<dns::Record>{*IpAddress::parse("192.0.2.1")});
  CHECK(ask(*client, "mail.example.org", Type::aaaa).records ==
        std::vector<dns::Record>{*IpAddress::parse("2001:db8::1")});
  CHECK(ask(*client, "_25._tcp.mail.example.org", Type::tlsa).records ==
        std::vector<dns::Record>{dns::Tlsa{3, 1, 1, std::string("\0\xFF", 2)}});
  CHECK(ask(*client, "www.example.org", Type::cname).records == std::vector<dns::Record>{dns::Ptr{"web.example.net"}});
  CHECK(ask(*client, "big.example.org", Type::txt).records.size() == 21);  // truncated over UDP: asked again over TCP
}

TEST_CASE("a DNS client tells what is not there, and where aliases lead") {
  const LoopbackDns server(kText);
  auto options = options_for(server);
  options.ordinary_zones = {"2.0.192.in-addr.arpa"};
  const auto client = open(options);
  CHECK(ask(*client, "1.2.0.192.in-addr.arpa", Type::ptr).records ==
        std::vector<dns::Record>{dns::Ptr{"mail.example.org"}});
  CHECK(ask(*client, "mail.example.org", Type::mx).outcome == Outcome::no_data);
  CHECK(ask(*client, "mail.example.org", Type::mx).ttl == 60s);
  CHECK(ask(*client, "nobody.example.org", Type::mx).outcome == Outcome::no_name);
  CHECK(ask(*client, "lost.example.org", Type::a).outcome == Outcome::no_name);
  const Answer www = ask(*client, "www.example.org", Type::a);
  CHECK(www.records == std::vector<dns::Record>{*IpAddress::parse("192.0.2.2")});
  CHECK(www.canonical == "web.example.net");
  CHECK(ask(*client, "ring.example.org", Type::a).outcome == Outcome::unavailable);
  CHECK(ask(*client, std::string(64, 'a') + ".org", Type::a).outcome == Outcome::no_name);  // cannot be written
}

TEST_CASE("a DNS client gets to an end with every bad server") {
  const LoopbackDns server(kText);
  auto options = options_for(server);
  options.timeout = 3s;
  const auto client = open(options);
  const std::vector<std::string> names = {"fail.org",  "refused.org", "tc.org",      "loop.org",
                                          "chain.org", "id.org",      "garbage.org", "silent.org"};
  for (const std::string& name : names) {
    CAPTURE(name);
    const auto began = std::chrono::steady_clock::now();
    const Answer answer = ask(*client, name, Type::a);
    CHECK(answer.failed());
    CHECK(answer.records.empty());
    CHECK_FALSE(answer.authenticated);
    CHECK(std::chrono::steady_clock::now() - began < 8s);
  }
  CHECK(ask(*client, "mail.example.org", Type::a).outcome == Outcome::found);
}

TEST_CASE("a DNS client answers late questions itself") {
  const LoopbackDns server(kText);
  auto options = options_for(server);
  options.timeout = 200ms;
  options.max_in_flight = 1;
  const auto client = open(options);
  Inbox inbox;
  client->resolve({"a.silent.org", Type::a}, inbox.one());
  client->resolve({"b.silent.org", Type::a}, inbox.one());  // waits for the first, and is late as well
  const auto answers = inbox.wait(2);
  REQUIRE(answers.size() == 2);
  CHECK(answers[0].outcome == Outcome::timed_out);
  CHECK(answers[1].outcome == Outcome::timed_out);
  CHECK(client->pending() == 0);
}

TEST_CASE("a DNS client limits what is in flight and what waits") {
  const LoopbackDns server(kText);
  auto options = options_for(server);
  options.max_in_flight = 2;
  options.max_waiting = 3;
  std::atomic<int> overflows = 0;
  options.notify = [&](io::DnsNotice what, const dns::Question&, View) {
    overflows += what == io::DnsNotice::overflow;
  };
  Inbox inbox;
  {
    const auto client = open(options);
    for (int i = 0; i < 2; ++i) client->resolve({std::to_string(i) + ".silent.org", Type::a}, inbox.one());
    REQUIRE(soon([&] { return server.queries() >= 2; }));
    for (int i = 2; i < 7; ++i) client->resolve({std::to_string(i) + ".silent.org", Type::a}, inbox.one());
    CHECK(client->pending() == 5);
    CHECK(overflows == 2);
    CHECK(inbox.wait(2).size() == 2);
  }
  // The end of the client answers the rest.
  const auto answers = inbox.wait(7);
  CHECK(answers.size() == 7);
  for (const Answer& answer : answers) CHECK(answer.outcome == Outcome::unavailable);
}

TEST_CASE("many questions of a DNS client are all answered, once each") {
  std::optional<LoopbackDns> server("*.example.org. A 192.0.2.1\n");
  auto options = options_for(*server);
  options.max_in_flight = 16;
  const auto client = open(options);
  Inbox inbox;
  for (int i = 0; i < 300; ++i) client->resolve({"n" + std::to_string(i) + ".example.org", Type::a}, inbox.one());
  const auto answers = inbox.wait(300);
  REQUIRE(answers.size() == 300);
  for (const Answer& answer : answers) CHECK(answer.outcome == Outcome::found);
  server.reset();
  CHECK(ask(*client, "n1.example.org", Type::a).outcome == Outcome::found);  // from the cache
  CHECK(client->pending() == 0);
}

TEST_CASE("an answer of a DNS client may ask again") {
  const LoopbackDns server(kText);
  const auto client = open(options_for(server));
  Inbox inbox;
  client->resolve({"example.org", Type::mx},
                  [&](const Answer&) { client->resolve({"mail.example.org", Type::a}, inbox.one()); });
  CHECK(inbox.wait(1).size() == 1);
}

TEST_CASE("stub zones and files of forwarders are used") {
  const LoopbackDns server(kText);
  io::DnsOptions options;
  options.stubs = {{"example.org", server.address()}};
  const Folder folder;
  std::ofstream(folder / "resolv.conf") << "nameserver 127.0.0.1\n";  // the stub is nearer
  options.resolv_conf = folder / "resolv.conf";
  CHECK(ask(*open(options), "mail.example.org", Type::a).outcome == Outcome::found);
}

TEST_CASE("wrong options of a DNS client are refused with their name") {
  const auto problem = [](auto change) {
    io::DnsOptions options;
    change(options);
    const auto client = io::DnsClient::open(options);
    return client ? std::string("none") : own(name_of(client.error().code)) + ": " + client.error().note;
  };
  CHECK(problem([](auto& o) { o.forwarders = {"localhost"}; }).starts_with("misuse: forwarders localhost"));
  CHECK(problem([](auto& o) { o.stubs = {{"example.org", "x"}}; }).starts_with("misuse: stubs example.org"));
  CHECK(problem([](auto& o) {
          o.resolv_conf = "/nonexistent/x";
        }).starts_with("unavailable: resolv_conf /nonexistent/x"));
  CHECK(problem([](auto& o) {
          o.trust_anchor_file = "/nonexistent/x";
        }).starts_with("misuse: trust anchors /nonexistent/x"));
  CHECK(problem([](auto& o) { o.trust_anchors = {"example.org. DS what"}; }).starts_with("misuse: trust"));
  CHECK(problem([](auto& o) { o.timeout = 99ms; }) == "misuse: timeout: 100 ms to 5 min");
  CHECK(problem([](auto& o) { o.timeout = 6min; }) == "misuse: timeout: 100 ms to 5 min");
  CHECK(problem([](auto& o) { o.max_in_flight = 0; }) == "misuse: max_in_flight: 1 to 4096");
  CHECK(problem([](auto& o) { o.max_in_flight = 4097; }) == "misuse: max_in_flight: 1 to 4096");
  CHECK(problem([](auto& o) { o.cache_octets = 65'535; }) == "misuse: cache_octets: at least 64 KiB");
}

}  // namespace
}  // namespace posthorn::testing
