#include "posthorn/protocol/managesieve/client_session.h"

#include <doctest/doctest.h>

#include "posthorn/testing/splits.h"
#include "posthorn/testing/wire.h"

#include "protocol/managesieve/scripts_host.h"

using namespace posthorn;
using managesieve::ClientSession;

namespace {

// Events as text.
struct Listener {
  std::string heard;
  Wants operator()(ClientSession& session, managesieve::ClientEvent& event, TimePoint) {
    return std::visit([&](auto& e) { return on(session, e); }, event);
  }
  Wants on(ClientSession&, NeedInput&) { return Wants::input; }
  Wants on(ClientSession&, managesieve::Heard& h) {
    static constexpr const char* kStatus[] = {"ok", "no", "bye"};
    heard += std::string(kStatus[static_cast<int>(h.status)]) + " " + std::to_string(static_cast<int>(h.verb)) + " [" +
             own(h.code) + "|" + own(h.argument) + "] " + own(h.text) + "\n";
    return Wants::again;
  }
  Wants on(ClientSession&, managesieve::Capability& c) {
    heard += own(c.name) + "=" + own(c.value) + "\n";
    return Wants::again;
  }
  Wants on(ClientSession&, managesieve::Listed& l) {
    heard += "listed " + own(l.name) + (l.active ? " active\n" : "\n");
    return Wants::again;
  }
  Wants on(ClientSession&, managesieve::Script& s) {
    heard += "script <" + own(s.octets) + ">\n";
    return Wants::again;
  }
  Wants on(ClientSession&, managesieve::StartTls&) {
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
  testing::SieveStage stage;
  testing::SeededRandom random{7};
  ClientSession client{clock.now()};
  Listener listener;
  testing::Bound<ClientSession, std::reference_wrapper<Listener>> bound{client, listener};
  explicit Pair(managesieve::ServerOptions options) : stage(std::move(options), clock.now()) {}
  bool log_in(View mechanism, View password = "secret pass") {
    return client
        .authenticate(*sasl::find_mechanism(mechanism),
                      {.login = "ann", .password = Secret(password), .random = &random})
        .has_value();
  }
};

void whole_session(Pair& pair, View mechanism = "SCRAM-SHA-256", const std::string& script = std::string(3000, '#')) {
  ClientSession& client = pair.client;
  client.starttls();
  CHECK(pair.log_in(mechanism));
  client.capability();
  client.have_space("a", 100);
  client.put("a", "keep;\r\n# \"x\"\r\n");
  client.put("wrong", "keep;\r\nbad\r\n");
  client.put("a \"b\" \xC3\xA9", script);
  client.check("odd");
  client.activate("a");
  client.list();
  client.get("a");
  client.get("none");
  client.remove("a");
  client.rename("a", "c");
  client.activate("");
  client.remove("c");
  client.noop("here\r\nand there");
  client.unauthenticate();
  client.list();
  CHECK(pair.log_in("PLAIN"));
  client.logout();
}

// What the client hears of a server that says this, whatever is asked.
std::string told(View server_says, void (*ask)(ClientSession&), managesieve::ClientLimits limits = {}) {
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

bool has(const std::string& text, View part) { return text.find(part) != std::string::npos; }

void plain(ClientSession& client) {
  (void)client.authenticate(*sasl::find_mechanism("PLAIN"), {.login = "ann", .password = Secret(View("x"))});
}

}  // namespace

TEST_CASE("client and server understand each other, for every chunk size") {
  for (const std::size_t chunk : {std::size_t{1}, std::size_t{2}, std::size_t{5}, std::size_t{17}, std::size_t{4096}}) {
    CAPTURE(chunk);
    Pair pair(testing::tls_options());
    whole_session(pair);
    testing::Wire wire(pair.bound, pair.stage.conversation, pair.clock,
                       {.to_server_chunk = chunk, .to_client_chunk = chunk});
    CHECK(wire.run());
    CHECK(wire.upgrades() == 1);
    CHECK(wire.server_closed());
    const std::string& heard = pair.listener.heard;
    CHECK(has(heard, "SASL=\n"));
    CHECK(has(heard, "tls\nIMPLEMENTATION=Posthorn\nSASL=SCRAM-SHA-256 PLAIN\n"));
    CHECK(has(heard, "OWNER=ann\n"));
    CHECK(has(heard, "no 7 [|] line 2, column 1: unknown command \"bad\"\n"));
    CHECK(has(heard, "ok 13 [WARNINGS|] line 1: odd\n"));
    CHECK(has(heard, "listed a active\nlisted a \"b\" \xC3\xA9\nok 8 [|] "));
    CHECK(has(heard, "script <keep;\r\n# \"x\"\r\n>\nok 10 [|] "));
    CHECK(has(heard, "no 10 [NONEXISTENT|] "));
    CHECK(has(heard, "no 11 [ACTIVE|] "));
    CHECK(has(heard, "ok 14 [TAG|here\r\nand there] Done\n"));
    CHECK(has(heard, "no 8 [|] Log in first\nok 2 "));
    CHECK(heard.ends_with("ok 4 [|] Goodbye\nclosed\n"));
    CHECK(pair.stage.host.scripts.stored.size() == 1);
  }
}

TEST_CASE("a wire that is cut at any octet ends both, and stores only whole scripts") {
  const std::string kShort = "stop;\r\n";
  Pair measure(testing::tls_options());
  whole_session(measure, "PLAIN", kShort);
  testing::Wire whole(measure.bound, measure.stage.conversation, measure.clock);
  CHECK(whole.run());
  for (std::uint64_t cut = 0; cut < whole.carried(); ++cut) {
    CAPTURE(cut);
    Pair pair(testing::tls_options());
    whole_session(pair, "PLAIN", kShort);
    testing::Wire wire(pair.bound, pair.stage.conversation, pair.clock, {.cut_after = cut});
    CHECK(wire.run());
    for (const auto& [name, octets] : pair.stage.host.scripts.stored)
      CHECK((octets == "keep;\r\n# \"x\"\r\n" || octets == kShort));
  }
}

TEST_CASE("each mechanism that needs nothing but a password; wrong passwords") {
  for (const View mechanism : {"PLAIN", "LOGIN", "SCRAM-SHA-256"}) {
    CAPTURE(mechanism);
    auto options = testing::open_options();
    options.mechanisms = mechanism;
    Pair pair(options);
    CHECK(pair.log_in(mechanism, "wrong"));
    CHECK(pair.log_in(mechanism));
    pair.client.list();
    testing::Wire wire(pair.bound, pair.stage.conversation, pair.clock);
    CHECK(wire.run());
    CHECK(has(pair.listener.heard, "no 2 [|] Login failed\nok 2 ["));
    CHECK(has(pair.listener.heard, "] Logged in\nok 8 "));
  }
}

TEST_CASE("a server that does not prove that it knows the password is not believed") {
  testing::FakeClock clock;
  testing::SeededRandom random(1);
  ClientSession client(clock.now());
  CHECK(client
            .authenticate(*sasl::find_mechanism("SCRAM-SHA-256"),
                          {.login = "ann", .password = Secret(View("x")), .random = &random})
            .has_value());
  client.receive("OK\r\nOK \"welcome\"\r\n");
  CHECK(std::holds_alternative<managesieve::Heard>(client.next(clock.now())));
  CHECK(std::holds_alternative<Violation>(client.next(clock.now())));
}

TEST_CASE("a challenge that the mechanism does not take is answered by a cancel") {
  testing::FakeClock clock;
  ClientSession client(clock.now());
  plain(client);
  client.receive("OK\r\n");
  (void)client.next(clock.now());
  client.transmitted(client.transmit().size());
  client.receive("\"AAAA\"\r\n");
  CHECK(std::holds_alternative<NeedInput>(client.next(clock.now())));
  CHECK(client.transmit() == "\"*\"\r\n");
}

TEST_CASE("arguments that are no line become literals, so that no command comes of them") {
  testing::FakeClock clock;
  ClientSession client(clock.now());
  client.receive("OK\r\n");
  (void)client.next(clock.now());
  client.remove("a\"\r\nLOGOUT");
  CHECK(client.transmit() == "DELETESCRIPT {10+}\r\na\"\r\nLOGOUT\r\n");
}

TEST_CASE("answers for every split: codes, literals, lists") {
  CHECK(told("\"SIEVE\" \"fileinto\"\r\n\"STARTTLS\"\r\nOK\r\n\"a\"\r\n{1}\r\nb ACTIVE\r\nOK\r\n",
             [](ClientSession& c) { c.list(); }) ==
        "SIEVE=fileinto\nSTARTTLS=\nok 1 [|] \nlisted a\nlisted b active\nok 8 [|] \n");
  CHECK(told("OK\r\n{6}\r\nOK\r\n\"x\r\nOK\r\n", [](ClientSession& c) { c.get("a"); }) ==
        "ok 1 [|] \nscript <OK\r\n\"x>\nok 10 [|] \n");
  CHECK(told("OK\r\nNO (QUOTA/MAXSIZE) {3}\r\na\r\n\r\n", [](ClientSession& c) { c.have_space("a", 1); }) ==
        "ok 1 [|] \nno 6 [QUOTA/MAXSIZE|] a\r\n\n");
  CHECK(told("OK\r\nOK (X-NEW 5 \"a\" b) \"t\"\r\n", [](ClientSession& c) { c.noop(); }) ==
        "ok 1 [|] \nok 14 [X-NEW|a] t\n");
  CHECK(told("OK\r\nBYE (REFERRAL \"sieve://b\") \"go\"\r\n", plain) ==
        "ok 1 [|] \nbye 2 [REFERRAL|sieve://b] go\nclosed\n");
  CHECK(told("OK\r\nBYE \"too long\"\r\n", [](ClientSession&) {}) == "ok 1 [|] \nbye 0 [|] too long\nclosed\n");
  CHECK(told("NO \"busy\"\r\n", [](ClientSession& c) { c.list(); }) == "no 1 [|] busy\nclosed\n");
}

TEST_CASE("a server that breaks the protocol ends the session, for every split") {
  const auto list = [](ClientSession& c) { c.list(); };
  CHECK(told("hello\r\n", list) == "violation an answer that is none\nclosed\n");
  CHECK(told("OKAY\r\n", list) == "violation an answer that is none\nclosed\n");
  CHECK(told("OK\n\r\n", list) == "violation a line of the answer is too long, or none\nclosed\n");
  CHECK(told("OK\r\nOK\r\nOK\r\n", list) == "ok 1 [|] \nok 8 [|] \nviolation an answer to nothing\nclosed\n");
  CHECK(told("OK\r\n\"a\" INACTIVE\r\n", list) == "ok 1 [|] \nviolation an answer that is none\nclosed\n");
  CHECK(told("OK\r\nOK (\r\n", list) == "ok 1 [|] \nviolation an answer that is none\nclosed\n");
  CHECK(told("OK\r\n\"!\"\r\n", plain) == "ok 1 [|] \nviolation a challenge that is not base64\nclosed\n");
  CHECK(told("OK\r\n\"a\"\r\n", [](ClientSession& c) { c.noop(); }) ==
        "ok 1 [|] \nviolation an answer that is none\nclosed\n");
}

TEST_CASE("octets behind the answer to STARTTLS end the session") {
  testing::FakeClock clock;
  ClientSession client(clock.now());
  client.starttls();
  client.receive("OK\r\n");
  (void)client.next(clock.now());
  client.receive("OK\r\n\"SASL\" \"PLAIN\"\r\n");
  CHECK(std::holds_alternative<Violation>(client.next(clock.now())));
  CHECK(std::holds_alternative<Closed>(client.next(clock.now())));
}

TEST_CASE("limits: line, script, items, answer") {
  const auto list = [](ClientSession& c) { c.list(); };
  CHECK(told("OK \"" + std::string(300, 'x') + "\"\r\n", list, {.line = 200}) ==
        "violation a line of the answer is too long, or none\nclosed\n");
  CHECK(told("OK\r\n{101}\r\n", [](ClientSession& c) { c.get("a"); }, {.script = 100}) ==
        "ok 1 [|] \nviolation a literal of the answer is too long\nclosed\n");
  CHECK(told("OK\r\n\"a\"\r\n\"b\"\r\n\"c\"\r\n", list, {.items = 2}) ==
        "ok 1 [|] \nlisted a\nlisted b\nviolation a list that is too long\nclosed\n");
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
  client.receive("OK\r\n");
  (void)client.next(clock.now());
  CHECK_FALSE(client.deadline().has_value());
  clock.advance(std::chrono::hours(1));
  client.noop();
  CHECK(std::holds_alternative<NeedInput>(client.next(clock.now())));
  CHECK(client.deadline() == clock.now() + std::chrono::minutes(5));
}
