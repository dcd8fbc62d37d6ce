#include "posthorn/service/queue/courier.h"

#include "posthorn/protocol/smtp/server_session.h"
#include "posthorn/testing/wire.h"

#include "service/queue/house.h"

using namespace posthorn;
using namespace posthorn::queue;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

/// A mail host that keeps what it takes and answers recipients as it is told.
class Host : public Conversation {
 public:
  explicit Host(TimePoint now, smtp::ServerOptions options = {}) : session_(std::move(options), now) {}

  struct Mail {
    std::string sender;
    std::vector<std::string> recipients;
    std::string content;
    smtp::MailParams params;
    std::vector<smtp::RcptParams> wishes;
  };
  std::vector<Mail> mail;
  std::map<std::string, smtp::Reply> replies;
  std::optional<smtp::Reply> at_end;  // the answer to the content

  void receive(View octets) override { session_.receive(octets); }
  void receive_end() override { session_.receive_end(); }
  Wants next(TimePoint now) override {
    for (;;) {
      smtp::Event event = session_.next(now);
      if (std::holds_alternative<NeedInput>(event)) return Wants::input;
      if (std::holds_alternative<Closed>(event)) return Wants::close;
      answer(event);
    }
  }
  void work(TimePoint) override {}
  View transmit() const override { return session_.transmit(); }
  void transmitted(std::size_t octets) override { session_.transmitted(octets); }
  std::optional<TimePoint> deadline() const override { return std::nullopt; }
  void upgraded(const TlsFacts& facts) override { session_.upgraded(facts); }
  void stop() override {}
  void set_wake(std::function<void()>) override {}

 private:
  void answer(smtp::Event& event) {
    using smtp::Said;
    if (auto* hello = std::get_if<smtp::Hello>(&event)) session_.reply(std::move(hello->ticket), say(Said::hello));
    if (auto* from = std::get_if<smtp::Mail>(&event)) {
      now_ = {};
      now_.sender = from->from.is_null() ? "" : from->from.text();
      now_.params = from->params;
      session_.reply(std::move(from->ticket), say(Said::sender_accepted));
    }
    if (auto* to = std::get_if<smtp::Rcpt>(&event)) {
      const std::string address = to->to.text();
      const auto set = replies.find(address);
      if (set == replies.end()) now_.recipients.push_back(address);
      if (set == replies.end()) now_.wishes.push_back(to->params);
      session_.reply(std::move(to->ticket), set == replies.end() ? say(Said::recipient_accepted) : set->second);
    }
    if (const auto* body = std::get_if<smtp::Body>(&event)) now_.content.append(body->chunk);
    if (auto* end = std::get_if<smtp::BodyEnd>(&event)) {
      if (!at_end) mail.push_back(now_);
      session_.reply(std::move(end->ticket), at_end.value_or(say(Said::message_stored)));
    }
  }

  smtp::ServerSession session_;
  Mail now_;
};

const Destination kOne{"one.example", TlsWish::policy};

CourierOptions options_for_test() {
  CourierOptions options;
  options.host_name = "mx.example.net";
  options.remote = "mx.one.example";
  return options;
}

/// Runs a courier of the house against the host.
CourierReport run(House& house, Host& host, CourierOptions options = options_for_test(),
                  testing::WireOptions wire = {}) {
  Crew crew;
  Courier courier(*house.queue, crew, kOne, std::move(options), house.clock.now());
  for (int turns = 0; turns < 100; ++turns) {
    testing::Wire joined(courier, host, house.clock, wire);
    REQUIRE(joined.run());
    if (joined.client_closed() || joined.server_closed()) break;
    house.clock.advance(seconds(3));
  }
  courier.abandon("the connection is gone");
  return courier.report();
}

constexpr View kText = "From: ann@example.net\r\nSubject: hello\r\nMessage-ID: <1@example.net>\r\n\r\nHello.\r\n";

}  // namespace

TEST_CASE("courier: hands over everything that waits, over one connection") {
  House house;
  for (int i = 0; i < 3; ++i) house.accept({"bob" + std::to_string(i) + "@one.example", "cid@one.example"});
  Host host(house.clock.now());
  CHECK(run(house, host).transactions == 3);
  REQUIRE(host.mail.size() == 3);
  CHECK(host.mail[0].sender == "ann@example.net");
  CHECK(host.mail[0].recipients == std::vector<std::string>{"bob0@one.example", "cid@one.example"});
  CHECK(host.mail[2].recipients.front() == "bob2@one.example");
  CHECK(host.mail[0].content == kText);
  CHECK(house.queue->size() == 0);
  CHECK(house.check().ended == 6);
}

TEST_CASE("courier: each recipient gets the answer that was given for it") {
  House house;
  house.accept({"bob@one.example", "full@one.example", "gone@one.example"});
  Host host(house.clock.now());
  host.replies["full@one.example"] = {452, "4.2.2", "mailbox full"};
  host.replies["gone@one.example"] = {550, "5.1.1", "no such user"};
  run(house, host);
  REQUIRE(host.mail.size() == 1);
  CHECK(host.mail[0].recipients == std::vector<std::string>{"bob@one.example"});
  std::vector<Listed> left;
  REQUIRE(each_item(house.store, [&](const Listed& listed) {
            left.push_back(listed);
            return true;
          }).has_value());
  REQUIRE(left.size() == 2);  // the full mailbox waits, and a report for ann
  CHECK(left[0].item.recipients.size() == 1);
  CHECK(left[0].item.recipients[0].address == "full@one.example");
  CHECK(left[0].item.last.find("mailbox full") != std::string::npos);
  CHECK(left[1].item.destination.is_local());
  house.check();
}

TEST_CASE("courier: more recipients than a host takes at once go in several transactions") {
  House house;
  std::vector<std::string> all;
  for (int i = 0; i < 25; ++i) all.push_back("user" + std::to_string(i) + "@one.example");
  house.accept(all);
  Host host(house.clock.now());
  CourierOptions options = options_for_test();
  options.recipients = 10;
  run(house, host, options);
  REQUIRE(host.mail.size() == 3);
  CHECK(host.mail[0].recipients.size() == 10);
  CHECK(host.mail[2].recipients.size() == 5);
  CHECK(house.check().ended == 25);
}

TEST_CASE("courier: a connection that is cut anywhere loses nothing") {
  for (std::uint64_t cut = 0; cut < 2000; ++cut) {
    House house;
    house.accept({"bob@one.example"});
    house.accept({"cid@one.example"});
    Host host(house.clock.now());
    testing::WireOptions wire;
    wire.cut_after = cut;
    run(house, host, options_for_test(), wire);
    const LedgerSums sums = house.check();
    CHECK(sums.waiting + sums.ended == 2);
    CHECK(sums.ended <=
          host.mail.size());  // what was written down as relayed is there; it may be there and not written down
    if (house.queue->size() == 0 && cut > 100) break;
  }
}

TEST_CASE("courier: a connection that is cut defers the message that was under way, and no other") {
  for (std::uint64_t cut = 0; cut < 2000; cut += 7) {
    House house;
    for (int i = 0; i < 3; ++i) house.accept({"bob" + std::to_string(i) + "@one.example"});
    Host host(house.clock.now());
    testing::WireOptions wire;
    wire.cut_after = cut;
    run(house, host, options_for_test(), wire);
    std::size_t deferred = 0;
    REQUIRE(each_item(house.store, [&](const Listed& listed) {
              if (listed.item.attempts > 0) ++deferred;
              return true;
            }).has_value());
    CHECK(deferred <= 1);
    if (house.queue->size() == 0 && cut > 100) break;
  }
}

TEST_CASE("courier: an idle connection takes what comes in, and ends when nothing does") {
  House house;
  house.accept({"bob@one.example"});
  Host host(house.clock.now());
  Crew crew;
  CHECK_FALSE(crew.rouse(kOne));
  Courier courier(*house.queue, crew, kOne, options_for_test(), house.clock.now());
  {
    testing::Wire joined(courier, host, house.clock);
    REQUIRE(joined.run());
    CHECK_FALSE(joined.client_closed());
    house.accept({"cid@one.example"});
    CHECK(crew.rouse(kOne));
    CHECK_FALSE(crew.rouse(kOne));
    REQUIRE(testing::Wire(courier, host, house.clock).run());
    CHECK(host.mail.size() == 2);
  }
  house.clock.advance(seconds(5));
  testing::Wire joined(courier, host, house.clock);
  REQUIRE(joined.run());
  CHECK(joined.client_closed());
}

TEST_CASE("courier: a host that refuses us is a trouble of the destination, not of the message") {
  House house;
  house.accept({"bob@one.example"});
  smtp::ServerOptions options;
  options.limits.transactions = 0;
  Host host(house.clock.now(), options);
  CourierOptions strict = options_for_test();
  strict.tls = smtp::TlsPolicy::required;  // and the host offers none
  const CourierReport report = run(house, host, strict);
  CHECK(report.transactions == 0);
  CHECK_FALSE(report.trouble.empty());
  CHECK(house.queue->size() == 1);
  CHECK(house.check().waiting == 1);
}

TEST_CASE("courier: a host that takes so many messages and then lets go has refused none") {
  House house;
  for (int i = 0; i < 3; ++i) house.accept({"bob@one.example"});
  smtp::ServerOptions options;
  options.limits.transactions = 2;  // 421 to the third MAIL
  Host host(house.clock.now(), options);
  CHECK(run(house, host).transactions == 2);
  REQUIRE(each_item(house.store, [](const Listed& listed) {
            CHECK(listed.item.attempts == 0);
            return true;
          }).has_value());
  Host next(house.clock.now());
  CHECK(run(house, next).transactions == 1);
  CHECK(house.check().ended == 3);
}

TEST_CASE("courier: a host that breaks off before it took anything is as if it were not there") {
  House house;
  house.accept({"bob@one.example"});
  house.accept({"cid@one.example"});
  smtp::ServerOptions options;
  options.limits.transactions = 0;  // 421 to the first MAIL
  const auto attempts = [&] {
    std::vector<std::uint32_t> all;
    REQUIRE(each_item(house.store, [&](const Listed& listed) {
              all.push_back(listed.item.attempts);
              return true;
            }).has_value());
    return all;
  };
  CourierOptions first = options_for_test();
  first.last = false;
  Host host(house.clock.now(), options);
  const CourierReport report = run(house, host, first);
  CHECK(report.transactions == 0);
  CHECK(report.trouble.contains("421"));
  CHECK(attempts() == std::vector<std::uint32_t>{0, 0});
  // The last host's trouble counts, so that one message does not stand in the way of all others.
  Host last(house.clock.now(), options);
  CHECK(run(house, last).transactions == 0);
  CHECK(attempts() == std::vector<std::uint32_t>{1, 0});
  Host good(house.clock.now());
  CHECK(run(house, good).transactions == 1);
  CHECK(house.check().waiting == 1);
}

TEST_CASE("courier: what defers everything is not reached") {
  House house;
  house.accept({"bob@one.example"});
  house.queue->unreachable(kOne, "4.4.1", "no route");
  house.clock.advance(minutes(10));
  Host host(house.clock.now());
  host.replies["bob@one.example"] = {450, "4.2.1", "later"};
  CHECK(run(house, host).transactions == 1);
  CHECK(troubled_destinations(house.store).value().size() == 1);
  house.clock.advance(minutes(20));
  host.replies.clear();
  Host back(house.clock.now());
  CHECK(run(house, back).transactions == 1);
  CHECK(troubled_destinations(house.store).value().empty());
}

// RFC 8689 section 4.2.1.
TEST_CASE("courier: mail that needs REQUIRETLS waits for a host that offers it, a report does not") {
  House house;
  Message wishes;
  wishes.tls = TlsWish::required;
  house.accept({"bob@one.example"}, "ann@example.net", {}, {}, wishes);
  house.accept({"cid@one.example"}, "", {}, {}, wishes);
  CourierOptions options = options_for_test();
  options.require_tls = true;
  const Destination required{"one.example", TlsWish::required};
  Host without(house.clock.now());
  {
    Crew crew;
    Courier courier(*house.queue, crew, required, options, house.clock.now());
    REQUIRE(testing::Wire(courier, without, house.clock).run());
    CHECK(courier.report().status == kNoRequireTls);
    CHECK(courier.report().transactions == 0);
  }
  CHECK(without.mail.empty());
  Host plain(house.clock.now());
  CHECK(run(house, plain).transactions == 1);  // the report
  REQUIRE(plain.mail.size() == 1);
  CHECK(plain.mail[0].sender.empty());
  CHECK_FALSE(plain.mail[0].params.require_tls);
  CHECK(house.check().waiting == 1);
}

TEST_CASE("courier: a host that takes fewer recipients at once gets them in several transactions") {
  House house;
  house.accept({"a@one.example", "b@one.example", "c@one.example"});
  smtp::ServerOptions options;
  options.limits.recipients = 2;
  Host host(house.clock.now(), options);
  run(house, host);
  REQUIRE(host.mail.size() == 2);
  CHECK(host.mail[0].recipients.size() == 2);
  CHECK(house.check().ended == 3);
}

TEST_CASE("courier: fields of an item go in front of the body") {
  House house;
  auto body = house.queue->write_body();
  REQUIRE((*body)->append("Subject: a\r\n\r\n.dot\r\n").has_value());
  Message message;
  message.sender = "far@two.example";
  message.body = *(*body)->finish();
  message.octets = 20;
  Item item;
  item.destination = kOne;
  item.sender = "SRS0=x=y=two.example=far@example.net";
  item.prefix = "Delivered-To: info@example.net\r\n";
  item.recipients.push_back({0, "bob@one.example", {}, {}});
  REQUIRE(house.queue->accept(message, {item}).has_value());
  Host host(house.clock.now());
  run(house, host);
  REQUIRE(host.mail.size() == 1);
  CHECK(host.mail[0].sender == "SRS0=x=y=two.example=far@example.net");
  CHECK(host.mail[0].content == "Delivered-To: info@example.net\r\nSubject: a\r\n\r\n.dot\r\n");
}

TEST_CASE("courier: what the sender asked for is passed on where the host knows it") {
  House house;
  house.accept({"bob@one.example"}, "ann@example.net", {.success = true, .given = true});
  smtp::ServerOptions options;
  options.offers.dsn = true;
  Host host(house.clock.now(), options);
  run(house, host);
  REQUIRE(host.mail.size() == 1);
  CHECK(host.mail[0].wishes[0].notify.success);
  CHECK(house.queue->size() == 0);  // no report of ours: the host has promised to send it
  House other;
  other.accept({"bob@one.example"}, "ann@example.net", {.success = true, .given = true});
  Host plain(other.clock.now());
  run(other, plain);
  CHECK(other.queue->size() == 1);  // "relayed", for ann
}
