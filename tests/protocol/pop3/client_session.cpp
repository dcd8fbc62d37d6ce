#include "posthorn/protocol/pop3/client_session.h"

#include <doctest/doctest.h>

#include "posthorn/testing/splits.h"
#include "posthorn/testing/wire.h"

#include "protocol/pop3/maildrop_host.h"

using namespace posthorn;
using pop3::ClientSession;

namespace {

// Events as text; the pieces of a message are joined.
struct Listener {
  std::string heard;
  bool in_content = false;
  Wants operator()(ClientSession& session, pop3::ClientEvent& event, TimePoint) {
    return std::visit([&](auto& e) { return on(session, e); }, event);
  }
  Wants on(ClientSession&, NeedInput&) { return Wants::input; }
  Wants on(ClientSession&, pop3::Reply& r) {
    heard += (r.ok ? "ok " : "err ") + std::to_string(static_cast<int>(r.verb)) + " [" + own(r.code) + "] " +
             own(r.text) + "\n";
    return Wants::again;
  }
  Wants on(ClientSession&, pop3::Item& item) {
    heard += "item " + own(item.line) + "\n";
    return Wants::again;
  }
  Wants on(ClientSession&, pop3::Content& content) {
    heard += content.chunk;
    return Wants::again;
  }
  Wants on(ClientSession&, pop3::End&) {
    heard += "end\n";
    return Wants::again;
  }
  Wants on(ClientSession& session, pop3::Challenge& challenge) {
    heard += "challenge " + challenge.octets + "\n";
    session.respond(View("\0ann\0secret pass", 16));
    return Wants::again;
  }
  Wants on(ClientSession&, pop3::StartTls&) {
    heard += "tls\n";
    return Wants::upgrade;
  }
  Wants on(ClientSession&, Violation& violation) {
    heard += "violation " + violation.note + "\n";
    return Wants::again;
  }
  Wants on(ClientSession&, Closed&) {
    heard += "closed\n";
    return Wants::close;
  }
};

struct Pair {
  testing::FakeClock clock;
  testing::Pop3Stage stage;
  ClientSession client{clock.now()};
  Listener listener;
  testing::Bound<ClientSession, std::reference_wrapper<Listener>> bound{client, listener};
  explicit Pair(pop3::ServerOptions options) : stage(std::move(options), clock.now()) {}
};

pop3::ServerOptions tls_options() {
  auto options = testing::open_options();
  options.clear_login = false;
  options.starttls = true;
  return options;
}

void whole_session(ClientSession& client) {
  client.stls();
  client.capa();
  (void)client.login("ann", Secret(View("secret pass")));
  client.stat();
  client.list();
  client.uidl();
  client.retr(1);
  client.top(2, 1);
  client.retr(9);
  client.dele(1);
  client.rset();
  client.dele(2);
  client.noop();
  client.quit();
}

// What the client hears of a server that says this, whatever is asked.
std::string told(View server_says, void (*ask)(ClientSession&), pop3::ClientLimits limits = {}) {
  std::string whole;
  const std::string different = testing::for_every_split(server_says, [&](auto&& feed) {
    testing::FakeClock clock;
    ClientSession client(clock.now(), limits);
    Listener listener;
    ask(client);
    bool upgrade = false;
    const auto run = [&] {
      for (int i = 0; i < 1000 && !upgrade; ++i) {
        auto event = client.next(clock.now());
        const Wants wants = listener(client, event, clock.now());
        client.transmitted(client.transmit().size());
        upgrade = wants == Wants::upgrade;
        if (wants != Wants::again) return;
      }
    };
    feed([&](View piece) {
      client.receive(piece);
      if (!listener.heard.ends_with("closed\n")) run();
    });
    return whole = listener.heard;
  });
  CHECK(different == "");
  return whole;
}

}  // namespace

TEST_CASE("client and server understand each other, for every chunk size, with and without pipelining") {
  for (const bool pipelining : {false, true}) {
    for (const std::size_t chunk :
         {std::size_t{1}, std::size_t{2}, std::size_t{5}, std::size_t{17}, std::size_t{4096}}) {
      CAPTURE(chunk);
      Pair pair(tls_options());
      pair.client.pipeline(pipelining);
      whole_session(pair.client);
      testing::Wire wire(pair.bound, pair.stage.conversation, pair.clock,
                         {.to_server_chunk = chunk, .to_client_chunk = chunk});
      CHECK(wire.run());
      CHECK(wire.upgrades() == 1);
      CHECK(wire.server_closed());
      CHECK(pair.listener.heard.find("Subject: one\r\n\r\nfirst\r\n.dot\r\nend\n") != std::string::npos);
      CHECK(pair.listener.heard.find("Subject: two\r\n\r\n1\r\nend\n") != std::string::npos);
      CHECK(pair.listener.heard.find("item 1 29\nitem 2 25\nitem 3 0\nend\n") != std::string::npos);
      CHECK(pair.listener.heard.find("item 1 17.1\n") != std::string::npos);
      CHECK(pair.listener.heard.find("err 9 [] No such message\n") != std::string::npos);
      CHECK(pair.stage.host.removed == std::vector<std::size_t>{1});
    }
  }
}

TEST_CASE("a wire that is cut at any octet removes nothing unless the removal was asked for, and both ends stop") {
  Pair measure(tls_options());
  whole_session(measure.client);
  testing::Wire whole(measure.bound, measure.stage.conversation, measure.clock);
  CHECK(whole.run());
  for (std::uint64_t cut = 0; cut < whole.carried(); ++cut) {
    CAPTURE(cut);
    Pair pair(tls_options());
    whole_session(pair.client);
    testing::Wire wire(pair.bound, pair.stage.conversation, pair.clock, {.cut_after = cut});
    CHECK(wire.run());
    const bool asked = wire.heard_by_server().ends_with("QUIT\r\n");
    CHECK(pair.stage.host.removed.empty() == !asked);
  }
}

TEST_CASE("SASL, wrong passwords, and a password that is not sent when the name is refused") {
  Pair pair(testing::open_options());
  (void)pair.client.login("ann", Secret(View("wrong")));
  CHECK(pair.client.auth("PLAIN", std::nullopt).has_value());
  pair.client.stat();
  testing::Wire wire(pair.bound, pair.stage.conversation, pair.clock);
  CHECK(wire.run());
  CHECK(pair.listener.heard.find("err 5 [AUTH] Login failed\nchallenge \nok 3 [] 3 messages\nok 6 [] 3 54\n") !=
        std::string::npos);

  Pair clear(tls_options());
  (void)clear.client.login("ann", Secret(View("secret pass")));
  clear.client.pipeline(true);
  clear.client.quit();
  testing::Wire plain(clear.bound, clear.stage.conversation, clear.clock);
  CHECK(plain.run());
  CHECK(plain.heard_by_server() == "USER ann\r\nQUIT\r\n");
}

TEST_CASE("a login that would become two commands is not sent") {
  testing::FakeClock clock;
  ClientSession client(clock.now());
  CHECK(client.login("ann\r\nDELE 1", Secret(View("x"))).error().code == Code::misuse);
  CHECK(client.login("ann", Secret(View("x\ny"))).error().code == Code::misuse);
  CHECK(client.auth("PLAIN x", std::nullopt).error().code == Code::misuse);
  client.receive("+OK\r\n");
  (void)client.next(clock.now());
  CHECK(client.transmit().empty());
}

TEST_CASE("answers for every split: codes, dots, lists") {
  CHECK(told("+OK hello <a@b>\r\n-ERR [SYS/TEMP] later\r\n", [](ClientSession& c) { c.stat(); }) ==
        "ok 0 [] hello <a@b>\nerr 6 [SYS/TEMP] later\n");
  CHECK(told("+OK\r\n+OK\r\n.. two\r\n\r\n.\r\n", [](ClientSession& c) { c.retr(1); }) ==
        "ok 0 [] \nok 9 [] \n. two\r\n\r\nend\n");
  CHECK(told("+OK\r\n+OK 2\r\n1 a\r\n.2 b\r\n.\r\n", [](ClientSession& c) { c.uidl(); }) ==
        "ok 0 [] \nok 8 [] 2\nitem 1 a\nitem 2 b\nend\n");
  CHECK(told("-ERR busy\r\n", [](ClientSession& c) { c.stat(); }) == "err 0 [] busy\nclosed\n");
}

TEST_CASE("a server that breaks the protocol ends the session, for every split") {
  const auto stat = [](ClientSession& c) { c.stat(); };
  CHECK(told("hello\r\n", stat) == "violation no POP3 answer\nclosed\n");
  CHECK(told("+OKAY\r\n", stat) == "violation no POP3 answer\nclosed\n");
  CHECK(told("+OK\n\r\n", stat) == "violation a bare CR, bare LF or NUL in an answer\nclosed\n");
  CHECK(told("+OK\r\n+OK\r\n+OK\r\n", stat) == "ok 0 [] \nok 6 [] \nviolation an answer to nothing\nclosed\n");
  CHECK(told("+OK\r\n+ !\r\n", [](ClientSession& c) { (void)c.auth("PLAIN", std::nullopt); }) ==
        "ok 0 [] \nviolation a challenge that is not base64\nclosed\n");
}

TEST_CASE("octets behind the answer to STLS end the session") {
  testing::FakeClock clock;
  ClientSession client(clock.now());
  client.stls();
  client.receive("+OK\r\n");
  (void)client.next(clock.now());
  client.receive("+OK\r\n+OK injected\r\n");
  CHECK(std::holds_alternative<Violation>(client.next(clock.now())));
  CHECK(std::holds_alternative<Closed>(client.next(clock.now())));
}

TEST_CASE("limits: line, items, answer") {
  CHECK(told("+OK " + std::string(3000, 'x') + "\r\n", [](ClientSession&) {}) ==
        "violation a line of the answer is too long\nclosed\n");
  CHECK(told("+OK\r\n+OK\r\n1 a\r\n2 b\r\n3 c\r\n", [](ClientSession& c) { c.uidl(); }, {.items = 2}) ==
        "ok 0 [] \nok 8 [] \nitem 1 a\nitem 2 b\nviolation a list that is too long\nclosed\n");
  testing::FakeClock clock;
  ClientSession client(clock.now());
  CHECK(std::holds_alternative<NeedInput>(client.next(clock.now())));
  CHECK(client.deadline() == clock.now() + std::chrono::minutes(5));
  clock.advance(std::chrono::minutes(5));
  CHECK(std::holds_alternative<Violation>(client.next(clock.now())));
}

TEST_CASE("the wait for an answer begins with the question") {
  testing::FakeClock clock;
  ClientSession client(clock.now());
  client.receive("+OK\r\n");
  (void)client.next(clock.now());
  CHECK_FALSE(client.deadline().has_value());
  clock.advance(std::chrono::hours(1));
  client.noop();
  CHECK(std::holds_alternative<NeedInput>(client.next(clock.now())));
  CHECK(client.deadline() == clock.now() + std::chrono::minutes(5));
}

TEST_CASE("numbered lines") {
  CHECK(pop3::parse_numbered("12 whqtswO00WBw418f9t5JxYwZ")->number == 12);
  CHECK(pop3::parse_numbered("12 whqtswO00WBw418f9t5JxYwZ")->rest == "whqtswO00WBw418f9t5JxYwZ");
  CHECK_FALSE(pop3::parse_numbered("x 1").has_value());
  CHECK_FALSE(pop3::parse_numbered("1").has_value());
}
