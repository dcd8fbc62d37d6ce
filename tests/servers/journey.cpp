#include "shared/journey.h"

#include <future>

#include <doctest/doctest.h>

#include "posthorn/io/conversation.h"
#include "posthorn/io/server.h"
#include "posthorn/protocol/smtp/client_session.h"
#include "posthorn/service/store/memory.h"
#include "posthorn/testing/fakes.h"
#include "posthorn/testing/faulty_store.h"
#include "posthorn/testing/zone_resolver.h"

using namespace posthorn;
using namespace std::chrono_literals;
using servers::Journey;

namespace {

TimePoint steady() {
  return TimePoint(std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch()));
}

/// Offers STARTTLS, agrees to it, and answers the handshake with a text.
class TextHost : public Conversation {
 public:
  void receive(View octets) override {
    const bool in_handshake = begun_;
    begun_ = begun_ || octets.starts_with("STARTTLS");
    if (in_handshake) {
      out_ += "501 what?\r\n";
    } else if (octets.starts_with("EHLO")) {
      out_ += "250-mx.a.example\r\n250 STARTTLS\r\n";
    } else {
      out_ += begun_ ? "220 go on\r\n" : "221 bye\r\n";
    }
  }
  void receive_end() override { ended_ = true; }
  Wants next(TimePoint) override { return ended_ ? Wants::close : Wants::input; }
  void work(TimePoint) override {}
  View transmit() const override { return out_; }
  void transmitted(std::size_t octets) override { out_.erase(0, octets); }
  std::optional<TimePoint> deadline() const override { return std::nullopt; }
  void upgraded(const TlsFacts&) override {}
  void stop() override { ended_ = true; }
  void set_wake(std::function<void()>) override {}

 private:
  std::string out_ = "220 mx.a.example ESMTP\r\n";
  bool begun_ = false, ended_ = false;
};

class FixedFetcher : public mta_sts::Fetcher {
 public:
  explicit FixedFetcher(std::string text) : text_(std::move(text)) {}
  void fetch(std::string, Done done) override { done(text_); }

 private:
  const std::string text_;
};

/// What came of a way, and how often a host was called with which TLS.
struct Trip {
  std::vector<smtp::TlsPolicy> calls;
  queue::Carried carried;
};

/// Says hello and goes.
class Greeting : public servers::Errand {
 public:
  explicit Greeting(std::shared_ptr<std::promise<Trip>> end) : end_(std::move(end)) {}
  View what() const override { return "greeting"; }
  std::unique_ptr<Conversation> make(const servers::Host& host) override {
    trip_.calls.push_back(host.tls);
    smtp::ClientOptions options;
    options.tls = host.tls;
    return io::make_conversation(smtp::ClientSession(options, steady()),
                                 [this](smtp::ClientSession& session, smtp::ClientEvent& event) {
                                   if (std::holds_alternative<smtp::StartTls>(event)) return Wants::upgrade;
                                   if (std::holds_alternative<smtp::Ready>(event)) {
                                     ready_ = true;
                                     session.quit();
                                   }
                                   return Wants::again;
                                 });
  }
  servers::Visit visited(Conversation&) override { return {ready_, "4.4.2", {}}; }
  void finish(queue::Carried carried) override {
    trip_.carried = std::move(carried);
    end_->set_value(std::move(trip_));
  }

 private:
  std::shared_ptr<std::promise<Trip>> end_;
  Trip trip_;
  bool ready_ = false;
};

/// A domain with an MTA-STS policy, whose host cannot do the TLS that it offers.
struct Place {
  explicit Place(const std::string& mode)
      : fetcher("version: STSv1\nmode: " + mode + "\nmx: mx.a.example\nmax_age: 86400\n") {
    host.start();
    settings.host_name = "here.example";
    settings.outbound_mx_port = port;
  }
  ~Place() { caller.stop(0s); }
  Trip go(queue::TlsWish wish = queue::TlsWish::policy) {
    const auto end = std::make_shared<std::promise<Trip>>();
    const Journey::Ground ground{settings, policies, dns, fetcher, caller, clock, random, reports, log};
    Journey::begin(ground, {"a.example", wish}, std::make_unique<Greeting>(end));
    auto future = end->get_future();
    REQUIRE(future.wait_for(20s) == std::future_status::ready);
    return future.get();
  }
  /// What was wrong with the sessions that are counted.
  std::vector<tls::Failure> counted() {
    REQUIRE(reports.save());
    clock.advance(24h);
    const auto due = reports.due(std::chrono::floor<std::chrono::days>(clock.wall()));
    REQUIRE((due && due->size() == 1));
    const auto counts = reports.counted(due->front());
    REQUIRE(counts);
    std::vector<tls::Failure> all;
    for (const auto& [subject, count] : counts->counts.counts()) {
      REQUIRE(subject.result);
      all.insert(all.end(), count, *subject.result);
    }
    return all;
  }

  std::unique_ptr<store::Store> memory = store::make_memory_store();
  testing::FaultyStore store{*memory};
  std::unique_ptr<store::Partition> rows = std::move(*store.open(store::AccountId(7)));
  testing::FakeClock clock;
  testing::SeededRandom random{1};
  std::unique_ptr<directory::Directory> directory = std::move(*directory::Directory::open(store, random, {}));
  servers::Settings settings;
  servers::QueuePolicies policies{settings, *directory, clock};
  testing::ZoneResolver dns{
      "a.example. MX 10 mx.a.example.\nmx.a.example. A 127.0.0.1\n"
      "_mta-sts.a.example. TXT \"v=STSv1; id=1\"\n"};
  FixedFetcher fetcher;
  io::Server host;
  std::uint16_t port = *host.listen({}, [](const io::Peer&) { return std::make_unique<TextHost>(); });
  io::Caller caller;
  servers::TlsReports reports{*rows, clock};
  servers::LineLog log{false, -1};
};

using What = queue::Carried::What;
using Calls = std::vector<smtp::TlsPolicy>;

}  // namespace

// RFC 8461 section 5: in testing mode mail goes as if there were no policy.
TEST_CASE("TLS that nobody demands and that does not work keeps no mail back, MTA-STS in testing mode neither") {
  for (const char* mode : {"none", "testing"}) {
    CAPTURE(mode);
    Place place(mode);
    const Trip trip = place.go();
    CHECK(trip.carried.what == What::served);
    CHECK(trip.calls == Calls{smtp::TlsPolicy::opportunistic, smtp::TlsPolicy::none});
    // One session, whose failure is told: the second call asked for no TLS and says nothing of it.
    CHECK(place.counted() == std::vector{tls::Failure::validation_failure});
  }
}

TEST_CASE("TLS that is demanded and does not work keeps mail back") {
  Place enforced("enforce");
  Trip trip = enforced.go();
  CHECK(trip.carried.what == What::unreachable);
  CHECK(trip.carried.status == "4.7.5");
  CHECK(trip.calls == Calls{smtp::TlsPolicy::required});
  // REQUIRETLS makes more of a policy that is tested only (RFC 8689), where the name of the host is proved.
  Place tested("testing");
  tested.dns.secure("");
  trip = tested.go(queue::TlsWish::required);
  CHECK(trip.carried.what == What::unreachable);
  CHECK(trip.calls == Calls{smtp::TlsPolicy::required});
}

TEST_CASE("nobody is called while the directory does not say what a domain needs") {
  Place place("none");
  place.store.fail_from(1, environment_error(Code::unavailable, "the disk is away"));
  const Trip trip = place.go();
  CHECK(trip.carried.what == What::unreachable);
  CHECK(trip.carried.status == "4.3.5");
  CHECK(trip.calls.empty());
}
