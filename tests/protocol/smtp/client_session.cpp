#include "posthorn/protocol/smtp/client_session.h"

#include <string>

#include <doctest/doctest.h>

#include "posthorn/testing/fake_verifier.h"
#include "posthorn/testing/fakes.h"
#include "posthorn/testing/splits.h"

#include "protocol/smtp/dialogue.h"
#include "protocol/smtp/sender.h"

using namespace posthorn;
using namespace posthorn::smtp;
using smtp::testing::clear;
using smtp::testing::join;
using smtp::testing::message;
using smtp::testing::Sender;

static_assert(Session<ClientSession>);

namespace {

const std::string kReady = "220 x\r\n250 x\r\n";

}  // namespace

TEST_CASE("pair: client and server session understand each other, with and without extensions") {
  for (std::size_t cut : {std::size_t{1}, std::size_t{7}, std::size_t{100000}}) {
    for (bool chunking : {true, false}) {
      ClientOptions options = clear();
      options.chunking = chunking;
      Sender client(options, {message({"b", "unknown", "e"}), message({"unknown", "later"}), message()});
      smtp::testing::Host host;
      ServerSession server({}, {});
      join(client, server, host, cut);
      CHECK(client.heard ==
            "ready\nrcpt 0 250\nrcpt 1 550\nrcpt 2 250\nfinished 250 550 250\nrcpt 0 550\nrcpt 1 451\nfinished 550 "
            "451\nrcpt 0 250\n"
            "finished 250\nclosed\n");
      CHECK(host.messages == std::vector<std::string>{"Hi\r\n.dot\r\n", "Hi\r\n.dot\r\n"});
      CHECK((client.sent.find("BDAT") != std::string::npos) == chunking);
      CHECK(host.closed);
    }
  }
}

TEST_CASE("pair: LMTP") {
  ClientOptions options = clear();
  options.lmtp = true;
  Sender client(options, {message({"b", "unknown", "e"}), message({"b"})});
  smtp::testing::Host host;
  ServerSession server({.lmtp = true}, {});
  join(client, server, host);
  CHECK(client.heard ==
        "ready\nrcpt 0 250\nrcpt 1 550\nrcpt 2 250\nfinished 250 550 250\nrcpt 0 250\nfinished 250\nclosed\n");
}

TEST_CASE("pair: STARTTLS, then PLAIN") {
  ClientOptions options = clear();
  options.tls = TlsPolicy::required;
  options.login = sasl::ClientOptions{{}, "ann", Secret(View("pw")), nullptr, ""};
  Sender client(options);
  smtp::testing::Host host;
  ServerSession server({.starttls = true, .mechanisms = "PLAIN", .require_login = true}, {});
  join(client, server, host);
  CHECK(client.heard == "tls\nready\nrcpt 0 250\nfinished 250\nclosed\n");
  CHECK(host.heard.find(View("auth PLAIN with '\0ann\0pw'", 25)) != std::string::npos);
  CHECK(host.messages.size() == 1);
}

TEST_CASE("pair: a refused message, a refused sender, a refused login") {
  Sender client(clear(), {message(), message()});
  client.content = "refuse me\n";
  client.messages[1].sender.local_part = "unknown";
  smtp::testing::Host host;
  ServerSession server({}, {});
  join(client, server, host);
  CHECK(client.heard == "ready\nrcpt 0 250\nfinished 554\nfinished 553\nclosed\n");

  ClientOptions options = clear();
  options.clear_login = true;
  options.login = sasl::ClientOptions{{}, "", Secret(View("wrong")), nullptr, ""};
  ServerSession strict({.mechanisms = "CHAT", .clear_login = true}, {});
  Sender other(options);
  smtp::testing::Host second;
  join(other, strict, second);
  CHECK(other.heard == "refused 3 504\nclosed\n");  // no mechanism in common
}

TEST_CASE("without PIPELINING one command at a time") {
  Sender client(clear(), {message({"b", "e"})});
  CHECK(client.hear("220 x\r\n") == "EHLO c.example\r\n");
  CHECK(client.hear("250-x\r\n250-CHUNKING\r\n250 SIZE 1000\r\n") == "MAIL FROM:<a@c.example> SIZE=9\r\n");
  CHECK(client.hear("250 ok\r\n") == "RCPT TO:<b@d.example>\r\n");
  CHECK(client.hear("250 ok\r\n") == "RCPT TO:<e@d.example>\r\n");
  CHECK(client.hear("550-5.1.1 no\r\n550 5.1.1 really\r\n") == "DATA\r\n");
  CHECK(client.hear("354 go\r\n") == "Hi\r\n..dot\r\n.\r\n");
  CHECK(client.hear("250 ok\r\n") == "QUIT\r\n");
  CHECK(client.hear("221 bye\r\n") == "");
  CHECK(client.heard == "ready\nrcpt 0 250\nrcpt 1 550\nfinished 250 550\nclosed\n");
}

TEST_CASE("HELO where EHLO is unknown") {
  Sender client(clear());
  client.hear("220 x\r\n");
  CHECK(client.hear("500 what?\r\n") == "HELO c.example\r\n");
  CHECK(client.hear("250 x\r\n") == "MAIL FROM:<a@c.example>\r\n");
  ClientOptions options = clear();
  options.tls = TlsPolicy::required;
  Sender strict(options);
  strict.hear("220 x\r\n");
  strict.hear("500 what?\r\n");
  CHECK(strict.hear("250 x\r\n") == "QUIT\r\n");
  CHECK(strict.heard == "refused 2 454\nclosed\n");
}

TEST_CASE("every split of what a server says gives the same") {
  const std::string input =
      "220-hello\r\n220 x\r\n250-x\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SIZE\r\n250 2.1.0 ok\r\n250 2.1.5 ok\r\n"
      "550-5.1.1 no\r\n550 5.1.1 no\r\n354 go\r\n250 2.0.0 stored\r\n221 bye\r\n";
  std::string last;
  CHECK(posthorn::testing::for_every_split(input, [&](auto&& feed) {
          Sender client(clear(), {message({"b", "unknown"})});
          feed([&](View piece) { client.hear(piece); });
          return last = client.heard + client.sent;
        }) == "");
  CHECK(last.starts_with("ready\nrcpt 0 250\nrcpt 1 550\nfinished 250 550\nclosed\n"));
}

TEST_CASE("nothing that came in the clear is used after STARTTLS") {
  ClientOptions options = clear();
  options.tls = TlsPolicy::required;
  Sender injected(options);
  injected.hear("220 x\r\n");
  CHECK(injected.hear("250-x\r\n250 STARTTLS\r\n") == "STARTTLS\r\n");
  CHECK(injected.hear("220 go\r\n250-x\r\n250 AUTH PLAIN\r\n") == "");
  CHECK(injected.heard == "violation: octets behind the answer to STARTTLS\nclosed\n");

  Sender half(options);
  half.hear("220 x\r\n250-x\r\n250 STARTTLS\r\n");
  half.hear("220 go\r\n25");
  CHECK(half.heard == "violation: octets behind the answer to STARTTLS\nclosed\n");

  Sender late(options);
  late.hear("220 x\r\n250-x\r\n250 STARTTLS\r\n");
  late.hear("220 go\r\n");
  CHECK(late.heard == "tls\n");
  late.hear("250 x\r\n");
  CHECK(late.heard == "tls\nviolation: octets between STARTTLS and the handshake\nclosed\n");

  Sender stripped(options);  // a man in the middle takes STARTTLS out
  stripped.hear("220 x\r\n250 x\r\n");
  CHECK(stripped.heard == "refused 2 454\nclosed\n");

  options.tls = TlsPolicy::opportunistic;
  Sender easy(options);
  easy.hear("220 x\r\n250-x\r\n250 STARTTLS\r\n454 not now\r\n");
  CHECK(easy.heard == "ready\n");

  options.login = sasl::ClientOptions{{}, "ann", Secret(View("pw")), nullptr, ""};
  Sender careful(options);
  careful.hear("220 x\r\n250-x\r\n250 AUTH PLAIN LOGIN\r\n");
  CHECK(careful.heard == "refused 3 504\nclosed\n");
  CHECK(careful.sent.find("AUTH") == std::string::npos);
}

TEST_CASE("SCRAM: a server that does not know the password is not believed") {
  posthorn::testing::SeededRandom random(1);
  ClientOptions options = clear();
  options.login = sasl::ClientOptions{{}, "ann", Secret(View("pw")), &random, ""};
  Sender client(options);
  client.hear("220 x\r\n");
  CHECK(client.hear("250-x\r\n250 AUTH SCRAM-SHA-256\r\n").starts_with("AUTH SCRAM-SHA-256 "));
  client.hear("235 fine, come in\r\n");
  CHECK(client.heard == "violation: the server did not prove that it knows the password\nclosed\n");
  Sender broken(options);
  broken.hear("220 x\r\n250-x\r\n250 AUTH SCRAM-SHA-256\r\n");
  CHECK(broken.hear("334 !!!\r\n") == "*\r\n");
  broken.hear("501 cancelled\r\n");
  CHECK(broken.heard == "refused 3 501\nclosed\n");
}

TEST_CASE("an initial response that does not fit the command line waits for its challenge") {
  ClientOptions options = clear();
  options.clear_login = true;
  options.login = sasl::ClientOptions{{}, "ann", Secret(std::string(600, 'x')), nullptr, ""};
  Sender client(options);
  client.hear("220 x\r\n");
  CHECK(client.hear("250-x\r\n250 AUTH PLAIN\r\n") == "AUTH PLAIN\r\n");
  CHECK(client.hear("334 \r\n").size() > 600);
  client.hear("235 ok\r\n");
  CHECK(client.heard == "ready\n");
}

TEST_CASE("what this server cannot take is not tried") {
  const auto refused = [](auto change) {
    Sender client(clear());
    change(client.messages[0]);
    client.hear("220 x\r\n");
    client.hear("250-x\r\n250 SIZE 1000\r\n");
    CHECK(client.sent == "EHLO c.example\r\nQUIT\r\n");
    return client.heard;
  };
  CHECK(refused([](Outgoing& m) { m.octets = 1001; }) == "ready\nfinished 552\nclosed\n");
  CHECK(refused([](Outgoing& m) { m.utf8 = true; }) == "ready\nfinished 553\nclosed\n");
  CHECK(refused([](Outgoing& m) { m.recipients[0].local_part = "\xC3\xA4"; }) == "ready\nfinished 553\nclosed\n");
  CHECK(refused([](Outgoing& m) { m.eight_bit = true; }) == "ready\nfinished 554\nclosed\n");
  CHECK(refused([](Outgoing& m) { m.recipients[0].local_part = "x>\r\nRSET\r\n"; }) == "ready\nfinished 553\nclosed\n");
  CHECK(refused([](Outgoing& m) { m.recipients.clear(); }) == "ready\nfinished \nclosed\n");
}

TEST_CASE("content never holds bare line ends or an end before its end") {
  for (bool pipelining : {false, true}) {
    Sender client(clear());
    client.content = "a\n.\nb\r.\rc\r\n.\r\n";
    client.hear("220 x\r\n");
    if (pipelining) {
      client.hear("250-x\r\n250-PIPELINING\r\n250 CHUNKING\r\n250 ok\r\n250 ok\r\n");
      frame::TextScanner scan;
      scan.scan(client.sent);
      CHECK(scan.finish());
      CHECK(client.sent.find("BDAT 0 LAST\r\n") != std::string::npos);
    } else {
      client.hear("250 x\r\n");
      client.hear("250 ok\r\n");
      client.hear("250 ok\r\n");
      CHECK(client.hear("354 go\r\n") == "a\r\n..\r\nb\r\n..\r\nc\r\n..\r\n.\r\n");
    }
  }
}

TEST_CASE("every recipient has an outcome, whatever happens") {
  const std::string begin = "220 x\r\n250-x\r\n250 PIPELINING\r\n";
  const auto outcome = [&](View replies, bool end = true) {
    Sender client(clear(), {message({"b", "e"})});
    client.hear(begin);
    client.hear(replies);
    if (end) {
      client.session.receive_end();
      client.hear("");
    }
    const std::size_t at = client.heard.find("finished");
    return at == std::string::npos ? "none" : client.heard.substr(at, client.heard.find('\n', at) - at);
  };
  CHECK(outcome("") == "finished 451 451");
  CHECK(outcome("250 ok\r\n550 no\r\n") == "finished 550 451");
  CHECK(outcome("250 ok\r\n250 ok\r\n550 no\r\n354 go\r\n") == "finished 451 550");
  CHECK(outcome("421 stopping\r\n", false) == "finished 421 421");
  CHECK(outcome("250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n421 full\r\n", false) == "finished 421 421");
  CHECK(outcome("250 ok\r\n250 ok\r\n250 ok\r\n554 no\r\n", false) == "finished 554 554");
  CHECK(outcome("250 ok\r\nnonsense\r\n", false) == "finished 451 451");
  CHECK(outcome("550 no\r\n503 no\r\n503 no\r\n", false) == "finished 550 550");
  CHECK(outcome("250 ok\r\n250 ok\r\n250 ok\r\n250 strange\r\n", false) == "finished 451 451");
}

TEST_CASE("BDAT: a refused chunk ends the message, and its late answers are not the next message's") {
  Sender client(clear(), {message(), message()});
  client.hear("220 x\r\n250-x\r\n250-PIPELINING\r\n250 CHUNKING\r\n250 ok\r\n250 ok\r\n");
  CHECK(client.heard == "ready\nrcpt 0 250\n");
  client.hear("552 too big\r\n503 no\r\n503 no\r\n");  // two chunks and the last one
  CHECK(client.heard == "ready\nrcpt 0 250\nfinished 552\n");
  client.hear("250 ok\r\n250 ok\r\n250 chunk\r\n250 chunk\r\n250 ok\r\n221 bye\r\n");
  CHECK(client.heard == "ready\nrcpt 0 250\nfinished 552\nrcpt 0 250\nfinished 250\nclosed\n");
}

TEST_CASE("limits of a client: reply line, reply lines, time") {
  ClientOptions options = clear();
  options.limits.reply_line = 512;
  options.limits.reply_lines = 3;
  Sender longest(options);
  longest.hear("220 " + std::string(506, 'x') + "\r\n");
  CHECK(longest.heard == "");
  longest.hear("250 " + std::string(507, 'x') + "\r\n");
  CHECK(longest.heard == "violation: reply line too long\nclosed\n");
  Sender many(options);
  many.hear("220-a\r\n220-b\r\n220-c\r\n220 d\r\n");
  CHECK(many.heard == "violation: too many reply lines\nclosed\n");

  using std::chrono::minutes;
  const TimePoint t0;
  Sender slow(clear());
  slow.hear("", t0);
  CHECK(slow.session.deadline() == t0 + minutes(5));
  slow.hear(kReady, t0 + minutes(4));
  CHECK(slow.session.deadline() == t0 + minutes(9));
  slow.hear("250 ok\r\n", t0 + minutes(5));
  slow.hear("250 ok\r\n", t0 + minutes(5));
  slow.hear("354 go\r\n", t0 + minutes(6));
  slow.hear("", t0 + minutes(6));
  CHECK(slow.session.deadline() == t0 + minutes(16));
  slow.hear("", t0 + minutes(16));
  CHECK(slow.heard == "ready\nrcpt 0 250\nfinished 451\nclosed\n");
}

TEST_CASE("refused at the door") {
  Sender client(clear());
  CHECK(client.hear("554 no\r\n") == "QUIT\r\n");
  CHECK(client.heard == "refused 0 554\nclosed\n");
  Sender talker(clear(), {});
  talker.hear("220 x\r\n250 x\r\n");
  talker.hear("221 bye\r\n");
  CHECK(talker.heard == "ready\nclosed\n");
  Sender surprised(clear());
  surprised.session.receive("220 x\r\n250 x\r\n250 a\r\n250 b\r\n354 c\r\n250 d\r\n");
  surprised.hear("");
  CHECK(surprised.heard.find("finished") != std::string::npos);
}

// --- extensions ------------------------------------------------------------------------------------------------------

namespace {

/// What the client says to a server that offers `extensions`, up to the first reply to MAIL.
std::string said_to(const std::string& extensions, Outgoing out, std::string* heard = nullptr, bool tls = false) {
  Sender client(clear(), {std::move(out)});
  if (tls) client.session.upgraded({});
  client.hear("220 x\r\n");
  std::string reply = "250-x\r\n250-PIPELINING\r\n";
  for (std::size_t at = 0; at < extensions.size();) {
    const std::size_t end = std::min(extensions.find(',', at), extensions.size());
    reply += "250-" + extensions.substr(at, end - at) + "\r\n";
    at = end + 1;
  }
  const std::string said = client.hear(reply + "250 HELP\r\n");
  if (heard != nullptr) *heard = client.heard;
  return said;
}

}  // namespace

TEST_CASE("DSN is passed on where it is offered and left out where not") {
  Outgoing out = message({"b", "e", "f"});
  out.ret = Return::headers;
  out.envelope_id = "id 1";
  out.wishes = {{.notify = {.success = true, .delay = true, .given = true},
                 .original = mail::TypedText{"rfc822", "B+x@d.example"}},
                {.notify = {.never = true, .given = true}, .original = {}}};
  CHECK(said_to("DSN", out) ==
        "MAIL FROM:<a@c.example> RET=HDRS ENVID=id+201\r\nRCPT TO:<b@d.example> NOTIFY=SUCCESS,DELAY "
        "ORCPT=rfc822;B+2Bx@d.example\r\n"
        "RCPT TO:<e@d.example> NOTIFY=NEVER\r\nRCPT TO:<f@d.example>\r\n");
  CHECK(
      said_to("SIZE", out) ==
      "MAIL FROM:<a@c.example> SIZE=9\r\nRCPT TO:<b@d.example>\r\nRCPT TO:<e@d.example>\r\nRCPT TO:<f@d.example>\r\n");
  out.ret = Return::full;
  out.envelope_id = "a\r\nRSET";
  out.wishes = {{.notify = {}, .original = mail::TypedText{"utf-8", "\xC3\xA4@d.example"}},
                {.notify = {}, .original = mail::TypedText{"rfc822", "a\r\nRSET"}}};
  CHECK(said_to("DSN", out) ==
        "MAIL FROM:<a@c.example> RET=FULL\r\nRCPT TO:<b@d.example> ORCPT=utf-8;\\x{E4}@d.example\r\n"
        "RCPT TO:<e@d.example> ORCPT=rfc822;a+0D+0ARSET\r\nRCPT TO:<f@d.example>\r\n");
  out.utf8 = true;
  out.wishes.pop_back();
  CHECK(said_to("DSN,SMTPUTF8", out).find("ORCPT=utf-8;\xC3\xA4@d.example\r\n") != std::string::npos);
}

TEST_CASE("pair: Finished tells whether the server reports itself, and the wishes arrive") {
  for (bool dsn : {true, false}) {
    Outgoing out = message();
    out.envelope_id = "x=y";
    out.wishes = {{.notify = {.failure = true, .given = true}, .original = mail::TypedText{"rfc822", "o@d.example"}}};
    Sender client(clear(), {out});
    smtp::testing::Host host;
    ServerOptions options;
    options.offers.dsn = dsn;
    ServerSession server(options, {});
    join(client, server, host);
    CHECK(client.relayed_dsn == dsn);
    CHECK((host.heard.find(
               "mail a@c.example 9 id 'x=y'\nrcpt b@d.example notify FAILURE original rfc822 'o@d.example'\n") !=
           std::string::npos) == dsn);
    CHECK(host.messages.size() == 1);
  }
}

TEST_CASE("what a message needs and this server has not fails here, with its reason") {
  std::string heard;
  Outgoing out = message();
  out.require_tls = true;
  CHECK(said_to("SIZE", out, &heard, true) == "QUIT\r\n");
  CHECK(heard == "ready\nfinished 550\nclosed\n");
  CHECK(said_to("REQUIRETLS", out, &heard) == "QUIT\r\n");  // without TLS it is worth nothing
  CHECK(said_to("REQUIRETLS", out, &heard, true) == "MAIL FROM:<a@c.example> REQUIRETLS\r\nRCPT TO:<b@d.example>\r\n");

  out = message();
  out.priority = Priority(-4);
  out.deliver_by = DeliverBy{.seconds = 60, .returns = false, .trace = true};
  CHECK(said_to("MT-PRIORITY MIXER,DELIVERBY 10", out)
            .starts_with("MAIL FROM:<a@c.example> MT-PRIORITY=-4 BY=60;NT\r\n"));
  CHECK(said_to("", out).starts_with("MAIL FROM:<a@c.example>\r\n"));
  out.deliver_by->returns = true;
  CHECK(said_to("", out, &heard) == "QUIT\r\n");
  CHECK(heard == "ready\nfinished 554\nclosed\n");
  out.deliver_by->seconds = 0;
  CHECK(said_to("DELIVERBY", out) == "QUIT\r\n");

  out = message();
  out.hold = Hold{std::chrono::seconds(3600), {}};
  CHECK(
      said_to("FUTURERELEASE 3600 2030-01-01T00:00:00Z", out).starts_with("MAIL FROM:<a@c.example> HOLDFOR=3600\r\n"));
  CHECK(said_to("FUTURERELEASE 3599 2030-01-01T00:00:00Z", out) == "QUIT\r\n");
  CHECK(said_to("", out) == "QUIT\r\n");
  out.hold->until = WallTime(std::chrono::seconds(0));
  CHECK(said_to("FUTURERELEASE 3600 2030-01-01T00:00:00Z", out)
            .starts_with("MAIL FROM:<a@c.example> HOLDUNTIL=1970-01-01T00:00:00Z\r\n"));

  out = message();
  out.binary = true;
  CHECK(said_to("CHUNKING", out) == "QUIT\r\n");
  CHECK(said_to("BINARYMIME", out) == "QUIT\r\n");
  CHECK(said_to("CHUNKING,BINARYMIME", out).starts_with("MAIL FROM:<a@c.example> BODY=BINARYMIME\r\n"));
}

TEST_CASE("pair: binary content arrives octet by octet") {
  Outgoing out = message();
  out.binary = true;
  Sender client(clear(), {out, message()});
  client.content = std::string("a\n\0\r\r\n.\r\n", 9);
  smtp::testing::Host host;
  ServerOptions options;
  options.offers.binary = true;
  ServerSession server(options, {});
  join(client, server, host);
  REQUIRE(host.messages.size() >= 1);
  CHECK(host.messages[0] == client.content);
  CHECK(client.heard ==
        "ready\nrcpt 0 250\nfinished 250\nrcpt 0 250\nfinished 550\nclosed\n");  // the second is text, with a NUL in it
}

TEST_CASE("many messages in one connection") {
  Sender client(clear(), std::vector<Outgoing>(20, message({"b", "unknown"})));
  smtp::testing::Host host;
  ServerSession server({}, {});
  join(client, server, host, 3);
  CHECK(host.messages.size() == 20);
  CHECK(client.sent.find("RSET") == std::string::npos);
}

TEST_CASE("QUIT: nobody waits for its answer, or only as long as wanted") {
  Sender client(clear(), {});
  CHECK(client.hear(kReady) == "EHLO c.example\r\nQUIT\r\n");
  CHECK(client.heard == "ready\nclosed\n");
  ClientOptions options = clear();
  options.limits.goodbye = std::chrono::seconds(5);
  const TimePoint t0;
  Sender polite(options, {});
  polite.hear(kReady, t0);
  CHECK(polite.heard == "ready\n");
  CHECK(polite.session.deadline() == t0 + std::chrono::seconds(5));
  polite.hear("", t0 + std::chrono::seconds(5));
  CHECK(polite.heard == "ready\nclosed\n");
}

TEST_CASE("replies of a server that is broken or hostile") {
  const std::string begin = "220 x\r\n250-x\r\n250 PIPELINING\r\n";
  const auto heard = [&](View replies) {
    Sender client(clear());
    client.hear(begin + own(replies));
    return client.heard.substr(std::min<std::size_t>(client.heard.size(), 6));
  };
  // 8-bit text is text; NUL, bare line ends, other codes in one reply and no code at all end the session.
  CHECK(heard("250 \xFF\xC3\r\n550 5.1.1 \x80\r\n") == "rcpt 0 550\nfinished 550\nclosed\n");
  for (View bad : {View("250 a\0b\r\n", 9), View("250 a\n250 b\r\n"), View("250 a\rb\r\n"), View("250-a\r\n251 b\r\n"),
                   View("hello\r\n"), View("25 a\r\n"), View("2500 a\r\n"), View("150 a\r\n"), View("650 a\r\n"),
                   View("\r\n"), View("354 go\r\n")}) {
    CAPTURE(bad);
    CHECK(heard(bad).starts_with("finished 451\nviolation: "));
  }
  CHECK(heard("250 a\r\n250 b\r\n354 c\r\n250 d\r\n250 e\r\n250 f\r\n").find("finished 250") != std::string::npos);
  CHECK(heard("250 a\r\n421 b\r\n") == "finished 421\nclosed\n");
  CHECK(heard("250-" + std::string(5000, 'x')) == "finished 451\nviolation: reply line too long\nclosed\n");
  std::string endless;
  for (int i = 0; i < 200; ++i) endless += "250-x\r\n";
  CHECK(heard(endless) == "finished 451\nviolation: too many reply lines\nclosed\n");
}

TEST_CASE("verify only: the answers to RCPT are the outcomes, and RSET follows instead of the content") {
  Outgoing ask = message({"b", "unknown", "later"});
  ask.sender = {};
  ask.verify_only = true;
  for (const bool pipelining : {true, false}) {
    Sender client(clear(), {ask, message()});
    const std::string ready =
        "220 x\r\n250-x\r\n250" + std::string(pipelining ? "-PIPELINING\r\n250" : "") + " HELP\r\n";
    client.hear(ready);
    client.hear("250 ok\r\n");
    client.hear("250 ok\r\n");
    client.hear("550 5.1.1 no\r\n");
    CHECK(client.hear("451 4.2.0 later\r\n").starts_with("RSET\r\n"));
    CHECK(client.heard == "ready\nrcpt 0 250\nrcpt 1 550\nrcpt 2 451\nfinished 250 550 451\n");
    // The next one is not mixed up with the answer to RSET.
    client.hear("250 reset\r\n");
    client.hear("250 ok\r\n");
    CHECK(client.hear("250 ok\r\n") == "DATA\r\n");
    client.hear("354 go\r\n");
    client.hear("250 stored\r\n");
    CHECK(client.heard.ends_with("rcpt 0 250\nfinished 250\nclosed\n"));
    CHECK(client.sent.starts_with("EHLO c.example\r\nMAIL FROM:<>\r\nRCPT TO:<b@d.example>\r\n"));
  }
}

TEST_CASE("verify only: against the server session, also LMTP, and lost on the way") {
  for (const bool lmtp : {true, false}) {
    ClientOptions options = clear();
    options.lmtp = lmtp;
    Outgoing ask = message({"b", "unknown"});
    ask.verify_only = true;
    Sender client(options, {ask, message()});
    smtp::testing::Host host;
    ServerSession server({.lmtp = lmtp}, {});
    join(client, server, host, 3);
    CHECK(client.heard == "ready\nrcpt 0 250\nrcpt 1 550\nfinished 250 550\nrcpt 0 250\nfinished 250\nclosed\n");
    CHECK(host.messages.size() == 1);
  }
  Outgoing ask = message({"b", "c"});
  ask.verify_only = true;
  Sender client(clear(), {ask});
  client.hear(kReady + "250 ok\r\n250 ok\r\n421 4.3.2 down\r\n");
  CHECK(client.heard == "ready\nrcpt 0 250\nfinished 250 421\nclosed\n");
}
