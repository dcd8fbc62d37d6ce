#include "posthorn/protocol/imap/client_session.h"

#include <string>

#include <doctest/doctest.h>

#include "posthorn/bytes/codec/base64.h"
#include "posthorn/testing/bound.h"
#include "posthorn/testing/splits.h"
#include "posthorn/testing/wire.h"

#include "protocol/imap/client_host.h"
#include "protocol/imap/stage.h"

using namespace posthorn;
using namespace posthorn::imap;
using posthorn::testing::ImapClientHost;

static_assert(Session<ClientSession>);

namespace {

constexpr View kHello = "* OK [CAPABILITY IMAP4rev1 LITERAL+ SASL-IR AUTH=PLAIN] ready\r\n";

ImapClientHost greeted(View hello = kHello, ClientLimits limits = {}) {
  ImapClientHost host(limits);
  host.hear(hello);
  host.take_heard();
  return host;
}

sasl::ClientOptions ann() { return {{}, "ann", Secret(View("pw")), nullptr, {}}; }

TimePoint after(Duration time) { return TimePoint(time); }

}  // namespace

TEST_CASE("commands wait for the greeting, then go together") {
  ImapClientHost host;
  CHECK(host.session.send(ask::noop())->value() == 1);
  CHECK(host.session.send(ask::status("a b", "MESSAGES"))->value() == 2);
  CHECK(host.run() == "");
  CHECK(host.hear("* OK hi\r\n") == "P1 NOOP\r\nP2 STATUS \"a b\" (MESSAGES)\r\n");
  host.hear("* STATUS \"a b\" (MESSAGES 2)\r\nP2 OK two\r\nP1 OK one\r\n");
  CHECK(host.heard == "greeting ok hi\nstatus a b messages=2\n#2 ok two\n#1 ok one\n");
  CHECK(host.session.idle());
}

TEST_CASE("capabilities: from the greeting, a response, the end of the login; forgotten at login and TLS") {
  auto host = greeted();
  CHECK(host.session.has("literal+"));
  CHECK(!host.session.has("LITERAL"));
  CHECK(host.session.log_in(ann(), true));
  CHECK(host.run() == "P1 AUTHENTICATE PLAIN AGFubgBwdw==\r\n");
  host.hear("P1 OK [CAPABILITY IMAP4rev1 IDLE] in\r\n");
  CHECK(host.session.has("IDLE"));
  CHECK(!host.session.has("LITERAL+"));
  CHECK(host.session.send(ask::login("ann", Secret(View("pw")))));
  host.hear("* CAPABILITY IMAP4rev1 MOVE\r\nP2 OK in\r\n");
  CHECK(host.session.has("MOVE"));
  CHECK(host.session.send(ask::login("ann", Secret(View("pw")))));
  host.hear("P3 OK in\r\n");
  CHECK(host.session.capabilities().empty());
}

TEST_CASE("nothing is said behind a gate until its answer is there") {
  auto host = greeted();
  CHECK(host.session.send(ask::login("ann", Secret(View("p\"w")))));
  CHECK(host.session.send(ask::noop()));
  CHECK(host.session.send(ask::noop()));
  CHECK(host.run() == "P1 LOGIN \"ann\" \"p\\\"w\"\r\n");
  CHECK(host.hear("P1 NO [AUTHENTICATIONFAILED] no\r\n") == "P2 NOOP\r\nP3 NOOP\r\n");
}

TEST_CASE("ways to log in") {
  SUBCASE("no password in the clear") {
    auto host = greeted();
    CHECK(host.session.log_in(ann()).error().code == Code::encryption_needed);
    host.session.upgraded({});
    CHECK(host.session.log_in(ann()));  // LOGIN: what was said before TLS is forgotten
    CHECK(host.run() == "P1 LOGIN \"ann\" \"pw\"\r\n");
  }
  SUBCASE("LOGINDISABLED") {
    auto host = greeted("* OK [CAPABILITY IMAP4rev1 LOGINDISABLED] ready\r\n");
    CHECK(host.session.log_in(ann(), true).error().code == Code::unsupported);
  }
  SUBCASE("without SASL-IR the response waits for the challenge") {
    auto host = greeted("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready\r\n");
    CHECK(host.session.log_in(ann(), true));
    CHECK(host.run() == "P1 AUTHENTICATE PLAIN\r\n");
    CHECK(host.hear("+ \r\n") == "AGFubgBwdw==\r\n");
    host.hear("P1 OK in\r\n");
    CHECK(host.heard == "#1 ok in\n");
  }
  SUBCASE("a challenge that is no base64 is given up") {
    auto host = greeted("* OK [CAPABILITY IMAP4rev1 AUTH=LOGIN] ready\r\n");
    CHECK(host.session.log_in(ann(), true));
    CHECK(host.run() == "P1 AUTHENTICATE LOGIN\r\n");
    CHECK(host.hear("+ VXNlcm5hbWU6\r\n") == "YW5u\r\n");
    CHECK(host.hear("+ ???\r\n") == "*\r\n");
    host.hear("P1 BAD given up\r\n");
    CHECK(host.heard == "#1 bad given up\n");
  }
  SUBCASE("a server that does not prove itself is not believed") {
    auto host = greeted("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=SCRAM-SHA-256] ready\r\n");
    testing::SeededRandom random{1};
    auto options = ann();
    options.random = &random;
    CHECK(host.session.log_in(std::move(options)));
    CHECK(host.run().starts_with("P1 AUTHENTICATE SCRAM-SHA-256 "));
    host.hear("P1 OK come in\r\n");
    CHECK(host.heard.starts_with("violation: "));
  }
}

TEST_CASE("STARTTLS: alone on the wire; capabilities are forgotten; octets before the handshake end the session") {
  auto host = greeted();
  CHECK(host.session.send(ask::noop()));
  CHECK(host.session.send(ask::starttls()));
  CHECK(host.session.send(ask::capability()));
  CHECK(host.run() == "P1 NOOP\r\n");
  CHECK(host.hear("P1 OK x\r\n") == "P2 STARTTLS\r\n");
  SUBCASE("well") {
    host.hear("P2 OK begin\r\n");
    CHECK(host.wants_tls);
    CHECK(host.session.capabilities().empty());
    CHECK(host.run() == "");
    host.session.upgraded({});
    CHECK(host.session.tls());
    CHECK(host.run() == "P3 CAPABILITY\r\n");
  }
  SUBCASE("injected") {
    host.hear("P2 OK begin\r\n* CAPABILITY AUTH=EVIL\r\n");
    host.run();
    CHECK(host.heard.ends_with("tls\nviolation: octets before the TLS handshake\n"));
    CHECK(!host.session.has("AUTH=EVIL"));
  }
  SUBCASE("injected between") {
    host.hear("P2 OK begin\r\n");
    host.session.receive("* PREAUTH evil\r\n");
    host.session.upgraded({});
    CHECK(host.run() == "P3 CAPABILITY\r\n");
    CHECK(host.heard.find("evil") == std::string::npos);
  }
  SUBCASE("refused") {
    CHECK(host.hear("P2 NO no\r\n") == "P3 CAPABILITY\r\n");
    CHECK(!host.wants_tls);
  }
}

TEST_CASE("strings and names are spelled as the server reads them") {
  auto host = greeted("* OK ready\r\n");
  CHECK(host.session.send(ask::create("Entw\xc3\xbcrfe")));
  CHECK(host.session.send(ClientCommand("X").astring("a\r\nb")));
  CHECK(host.session.send(ask::noop()));
  CHECK(host.run() == "P1 CREATE \"Entw&APw-rfe\"\r\nP2 X {4}\r\n");
  CHECK(host.hear("+ go\r\n") == "a\r\nb\r\nP3 NOOP\r\n");
  host.hear("P1 OK\r\nP2 OK\r\nP3 OK\r\n");
  CHECK(host.session.send(ask::enable("UTF8=ACCEPT")));
  host.hear("* ENABLED UTF8=ACCEPT\r\nP4 OK\r\n");
  CHECK(host.session.send(ask::create("Entw\xc3\xbcrfe")));
  CHECK(host.run() == "P5 CREATE \"Entw\xc3\xbcrfe\"\r\n");
  CHECK(host.session.send(ClientCommand("X\r\nY NOOP")).error().code == Code::misuse);
  CHECK(host.session.send(ask::create("a\r\nb")).error().code == Code::misuse);
  CHECK(host.session.send(ClientCommand("X").astring(View("\0", 1))).error().code == Code::misuse);
}

TEST_CASE("literals: a refusal takes the place of the continuation; LITERAL- waits above 4096") {
  auto host = greeted("* OK [CAPABILITY LITERAL-] ready\r\n");
  CHECK(host.session.send(ClientCommand("X").astring("\n" + std::string(4096, 'a'))));
  CHECK(host.session.send(ClientCommand("Y").astring("\n")));
  CHECK(host.run() == "P1 X {4097}\r\n");
  CHECK(host.hear("P1 NO too large\r\n") == "P2 Y {1+}\r\n\n\r\n");
}

TEST_CASE("APPEND holds one buffer however large the message is") {
  for (const View hello : {View("* OK ready\r\n"), kHello}) {
    ClientLimits limits;
    limits.content_mark = 50;
    auto host = greeted(hello, limits);
    host.content = std::string(1000, 'm');
    CHECK(host.session.send(ask::append("INBOX", 1000, {{1, {"$x"}}, WallTime(std::chrono::seconds(0))})));
    CHECK(host.session.send(ask::noop()));
    std::string sent = host.run();
    if (hello != kHello) {
      CHECK(sent == "P1 APPEND \"INBOX\" (\\Seen $x) \"01-Jan-1970 00:00:00 +0000\" {1000}\r\n");
      sent = host.hear("+ go\r\n");
    } else {
      sent.erase(0, sent.find('\n') + 1);
    }
    CHECK(sent == std::string(1000, 'm') + "\r\nP2 NOOP\r\n");
    CHECK(host.peak < 120);
    host.hear("P1 OK [APPENDUID 1 2] done\r\n");
    CHECK(host.heard.ends_with("#1 ok [appenduid 1 2] done\n"));
  }
}

TEST_CASE("an answer before all content is there waits for it") {
  auto host = greeted("* OK ready\r\n");
  host.piece = 0;
  host.content = "abc";
  CHECK(host.session.send(ask::append("INBOX", 3)));
  host.run();
  host.hear("+ go\r\n");
  CHECK(host.heard == "want 1 3\n");
  host.hear("P1 NO [OVERQUOTA] full\r\n");
  CHECK(host.heard == "want 1 3\n");
  host.session.content("abcdef");
  CHECK(host.run() == "abc\r\n");
  CHECK(host.heard == "want 1 3\n#1 no [word20] full\n");
  CHECK(host.session.idle());
}

TEST_CASE("an answer before all content is there ends a command of several messages") {
  auto host = greeted(kHello);
  host.piece = 0;
  ClientCommand command("APPEND");
  command.mailbox("INBOX").content(3).content(4);
  CHECK(host.session.send(std::move(command)));
  CHECK(host.session.send(ask::noop()));
  CHECK(host.run() == "P1 APPEND \"INBOX\" {3+}\r\n");
  host.session.content("ab");
  host.hear("P1 NO [OVERQUOTA] full\r\n");
  host.session.content("c");
  CHECK(host.run() == "c\r\nP2 NOOP\r\n");
  CHECK(host.heard.ends_with("#1 no [word20] full\n"));
}

TEST_CASE("an empty message") {
  for (const View hello : {View("* OK ready\r\n"), kHello}) {
    auto host = greeted(hello);
    CHECK(host.session.send(ask::append("INBOX", 0)));
    CHECK(host.run() + host.hear("+ go\r\n") ==
          std::string("P1 APPEND \"INBOX\" {0") + (hello == kHello ? "+" : "") + "}\r\n\r\n");
  }
}

TEST_CASE("large contents are streamed") {
  ClientLimits limits;
  limits.response.literal = 10;
  auto host = greeted(kHello, limits);
  CHECK(host.session.send(ask::fetch(std::vector<Range>{{1, 2}}, "BODY[]")));
  host.run();
  for (const View piece : {"* 1 FETCH (UID 5 BODY[] {26}\r\nabcdefgh", "ijklmnopqrstuvwxyz", " FLAGS ())\r\n",
                           "* 2 FETCH (BODY[] {2}\r\nab)\r\nP1 OK\r\n"})
    host.hear(piece);
  CHECK(host.heard ==
        "begins fetch 1 uid=5 BODY[]- 26:abcdefghijklmnopqrstuvwxyz|\nfetch 1 uid=5 () BODY[]~26\n"
        "fetch 2 BODY[]'ab'\n#1 ok \n");
}

TEST_CASE("IDLE: ended by done() and by other commands, renewed in time") {
  ClientLimits limits;
  auto host = greeted(kHello, limits);
  CHECK(host.session.send(ask::idle()));
  CHECK(host.run() == "P1 IDLE\r\n");
  host.hear("+ idling\r\n");
  CHECK(host.session.deadline() == after(limits.idle));
  SUBCASE("done") {
    host.session.done();
    CHECK(host.run() == "DONE\r\n");
    host.hear("* 3 EXISTS\r\nP1 OK\r\n");
    CHECK(host.heard == "idling 1\nexists 3\n#1 ok \n");
  }
  SUBCASE("another command") {
    CHECK(host.session.send(ask::noop()));
    CHECK(host.run() == "DONE\r\n");
    CHECK(host.hear("P1 OK\r\n") == "P2 NOOP\r\n");
  }
  SUBCASE("renewed, as often as it takes; then ended") {
    CHECK(host.run(after(limits.idle)) == "DONE\r\n");
    CHECK(host.hear("P1 OK\r\n", after(limits.idle)) == "P2 IDLE\r\n");
    host.hear("+ idling\r\n", after(limits.idle));
    CHECK(host.run(after(limits.idle * 2)) == "DONE\r\n");
    host.session.done();
    CHECK(host.hear("P2 OK\r\n", after(limits.idle * 2)) == "");
    CHECK(host.heard == "idling 1\n#1 ok \n");
  }
  SUBCASE("a server that is gone") {
    host.run(after(limits.idle));
    host.run(after(limits.idle + limits.answer));
    CHECK(host.heard.ends_with("violation: no answer in time\n"));
  }
}

TEST_CASE("done() before IDLE was accepted") {
  auto host = greeted();
  CHECK(host.session.send(ask::idle()));
  host.run();
  host.session.done();
  CHECK(host.run() == "");
  CHECK(host.hear("+ idling\r\n") == "DONE\r\n");
  host.hear("P1 OK\r\n");
  CHECK(host.session.send(ask::idle()));
  host.run();
  CHECK(host.hear("+ idling\r\n") == "");  // the next one is not ended
}

TEST_CASE("BYE, the end of the stream, LOGOUT") {
  SUBCASE("refused") {
    ImapClientHost host;
    host.hear("* BYE busy\r\n");
    CHECK(host.heard == "greeting bye busy\nclosed\n");
  }
  SUBCASE("in the middle") {
    auto host = greeted();
    CHECK(host.session.send(ask::noop()));
    host.run();
    host.hear("* BYE shutting down\r\n");
    CHECK(host.session.send(ask::noop()).error().code == Code::closed);
    host.session.receive_end();
    host.run();
    CHECK(host.heard == "bye shutting down\nclosed\n");
  }
  SUBCASE("without a word") {
    auto host = greeted();
    CHECK(host.session.send(ask::noop()));
    host.run();
    host.session.receive_end();
    host.run();
    CHECK(host.heard == "violation: the server left in the middle\n");
  }
  SUBCASE("logout") {
    auto host = greeted();
    CHECK(host.session.send(ask::logout()));
    CHECK(host.run() == "P1 LOGOUT\r\n");
    host.hear("* BYE bye\r\nP1 OK done\r\n");
    CHECK(host.heard == "bye bye\n#1 ok done\nclosed\n");
  }
}

TEST_CASE("limits and hostile servers") {
  ClientLimits limits;
  limits.response = {.response = 100, .literal = 50, .literals = 3};
  limits.data = 1000;
  const auto heard = [&](View octets) {
    auto host = greeted(kHello, limits);
    (void)host.session.send(ask::noop());
    host.run();
    host.hear(octets);
    return host.heard;
  };
  CHECK(heard("* OK " + std::string(100, 'a') + "\r\n") == "violation: a line of a response is too long\n");
  CHECK(heard(std::string(1000, 'a')) == "");
  CHECK(heard("* METADATA \"\" (/a {99999999999999999999}\r\n") == "violation: a literal is too long\n");
  CHECK(heard("* 1 FETCH (BODY[] {10}\r\n" + std::string(10, 'a') + " X {80}\r\n") ==
        "violation: a literal is too long\n");
  CHECK(heard("* 1 FETCH (A {0}\r\n B {0}\r\n C {0}\r\n D {0}\r\n)\r\n") ==
        "violation: too many literals in a response\n");
  CHECK(heard("* OK \n\r\n") == "violation: a bare CR, bare LF or NUL in a response\n");
  CHECK(heard("P9 OK\r\n") == "violation: an answer to no command\n");
  CHECK(heard("nonsense\r\nP1 OK\r\n") == "unreadable nonsense\n#1 ok \n");
  CHECK(heard("+ what\r\n+\r\nP1 OK\r\n") == "#1 ok \n");
  CHECK(heard("* OK text {5}\r\nP1 OK [X] {3}\r\n") == "ok text {5}\n#1 ok [?X=] {3}\n");
  std::string flood;
  for (int i = 0; i < 200; ++i) flood += "* 1 EXISTS\r\n";
  CHECK(heard(flood).ends_with("violation: too many responses without an end of a command\n"));

  limits.capabilities = 2;
  auto host = greeted("* OK [CAPABILITY A B C D] x\r\n", limits);
  CHECK(host.session.capabilities().size() == 2);
}

TEST_CASE("time") {
  ClientLimits limits;
  ImapClientHost host(limits);
  CHECK(host.session.deadline() == after(limits.answer));
  host.hear("* OK\r\n");
  CHECK(!host.session.deadline());
  CHECK(host.session.send(ask::noop()));
  host.run(after(std::chrono::seconds(100)));
  CHECK(host.session.deadline() == after(std::chrono::seconds(100) + limits.answer));
  host.run(after(std::chrono::seconds(100) + limits.answer));
  CHECK(host.heard == "greeting ok \nviolation: no answer in time\n");
}

TEST_CASE("any split of the input is heard the same") {
  const View input =
      "* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hi\r\n+ \r\nP1 OK in\r\n* 1 FETCH (UID 5 BODY[] {26}\r\n"
      "abcdefghijklmnopqrstuvwxyz FLAGS () X {3}\r\nabc)\r\n* LIST () \"/\" {3}\r\na b\r\nP2 OK two\r\n* NO x\r\n"
      "+ idling\r\n* 2 EXPUNGE\r\nrubbish\r\nP3 NO y\r\n* BYE\r\n";
  const std::string differs = testing::for_every_split(input, [](auto&& feed) {
    ClientLimits limits;
    limits.response.literal = 10;
    ImapClientHost host(limits);
    const sasl::MechanismSpec* plain = sasl::find_mechanism("PLAIN");
    (void)host.session.authenticate(*plain, ann());
    (void)host.session.send(ask::noop());
    (void)host.session.send(ask::idle());
    std::string sent;
    feed([&](View octets) { sent += host.hear(octets); });
    return host.heard + sent;
  });
  CHECK(differs == "");
}

TEST_CASE("client and server sessions understand each other over a wire, however it is cut") {
  for (const std::size_t chunk : {std::size_t{1}, std::size_t{7}, std::size_t{100'000}}) {
    testing::ImapStage stage({}, false);
    ClientLimits limits;
    limits.response.literal = 15;
    ClientSession client({}, limits);
    std::string heard;
    std::string content = "Subject: new\r\n\r\n" + std::string(5000, 'x') + "\r\n";
    const std::size_t octets = content.size();
    bool begun = false;
    testing::Bound end(client, [&](ClientSession& session, ClientEvent& event, TimePoint) {
      if (std::holds_alternative<Greeting>(event)) {
        REQUIRE(session.log_in({{}, "ann", Secret(View("secret word")), nullptr, {}}, true));
        begun = true;
        return Wants::again;
      }
      if (auto* done = std::get_if<Completed>(&event); done != nullptr && done->command.value() == 1) {
        CHECK(done->state.condition == response::Condition::ok);
        for (auto& command :
             {ask::create("W\xc3\xb6rter/x"), ask::list("", "*"), ask::select("INBOX"),
              ask::fetch(std::vector<Range>{{1, SequenceSet::kStar}}, "(UID FLAGS ENVELOPE BODYSTRUCTURE)"),
              ask::fetch(std::vector<Range>{{1, 1}}, "(UID BODY.PEEK[])"), ask::append("INBOX", octets),
              ask::search("ALL", {.uid = true}), ask::store(std::vector<Range>{{1, 2}}, FlagChange::add, {8, {}}),
              ask::expunge(), ask::logout()})
          REQUIRE(session.send(command));
        return Wants::again;
      }
      if (std::holds_alternative<WantContent>(event)) {
        session.content(View(content).substr(0, 1000));
        content.erase(0, 1000);
        return Wants::again;
      }
      if (auto* data = std::get_if<Received>(&event);
          data == nullptr || !std::holds_alternative<response::State>(data->data))
        heard += testing::tell(event);
      if (std::holds_alternative<Closed>(event)) return Wants::close;
      return std::holds_alternative<NeedInput>(event) ? Wants::input : Wants::again;
    });
    testing::Wire wire(end, stage.server, stage.clock, {chunk, chunk});
    CHECK(wire.run());
    CHECK(begun);
    CAPTURE(heard);
    CHECK(heard.find("W\xc3\xb6rter/x") != std::string::npos);
    CHECK(heard.find("exists 3\n") != std::string::npos);
    CHECK(heard.find(":Subject: one\r\n\r\nfirst\r\n|\nfetch 1") != std::string::npos);
    CHECK(heard.find("exists 4\n") != std::string::npos);
    CHECK(heard.find("search 1 2 3 4\n") != std::string::npos);
    CHECK(heard.find("'one'") != std::string::npos);
    CHECK(heard.find("exists 4\n") < heard.find("expunge "));
    CHECK(heard.find("expunge ") != std::string::npos);
    CHECK(heard.find("violation") == std::string::npos);
    CHECK(heard.find("unreadable") == std::string::npos);
    CHECK(heard.ends_with("closed\n"));
  }
}
