#include "posthorn/protocol/smtp/server_session.h"

#include <doctest/doctest.h>

#include <string>

#include "posthorn/testing/splits.h"
#include "protocol/smtp/dialogue.h"

using namespace posthorn;
using namespace posthorn::smtp;
using smtp::testing::codes;
using smtp::testing::Host;

static_assert(Session<ServerSession>);

namespace {

ServerOptions options() { return {.host_name = "mx.example.org", .starttls = true, .mechanisms = "CHAT PLAIN", .clear_login = true}; }
ServerOptions lmtp() { return {.host_name = "mx.example.org", .lmtp = true}; }

struct Run {
  Host host;
  ServerSession session;
  explicit Run(ServerOptions o = options()) : session(std::move(o), {}) {}
  std::string operator()(View octets, TimePoint now = {}) {
    host.feed(session, octets, now);
    return host.take();
  }
  /// Up to a phase, with nothing left in the output.
  Run& to(Phase phase) {
    (*this)(phase == Phase::connected ? "" : "EHLO c\r\n");
    if (phase == Phase::mail || phase == Phase::recipients || phase == Phase::chunks || phase == Phase::content) {
      (*this)("MAIL FROM:<a@b.example>\r\n");
    }
    if (phase == Phase::recipients || phase == Phase::chunks || phase == Phase::content) (*this)("RCPT TO:<c@d.example>\r\n");
    if (phase == Phase::chunks) (*this)("BDAT 2\r\nab");
    if (phase == Phase::content) (*this)("DATA\r\n");
    REQUIRE(session.state().phase == phase);
    return *this;
  }
};

/// Checks that every split of `input` gives the same, and returns codes.
std::string dialogue(View input, const ServerOptions& o = options(), Host* last = nullptr) {
  Host whole;
  const std::string differs = posthorn::testing::for_every_split(input, [&](auto&& feed) {
    Host host;
    ServerSession session(o, {});
    host.pump(session);
    feed([&](View piece) { host.feed(session, piece); });
    session.receive_end();
    host.pump(session);
    whole = host;
    return host.heard + host.sent;
  });
  CHECK(differs == "");
  if (last != nullptr) *last = whole;
  return codes(whole.sent);
}

}  // namespace

TEST_CASE("a plain transaction") {
  Host host;
  CHECK(dialogue("EHLO client.example.net\r\nMAIL FROM:<a@client.example.net>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n"
                 "Subject: x\r\n\r\n..dot\r\n.\r\nQUIT\r\n",
                 options(), &host) == "220 250 250 250 354 250 221");
  CHECK(host.heard ==
        "hello client.example.net\nmail a@client.example.net\nrcpt b@example.org\n"
        "message 20 for 1: Subject: x\r\n\r\n.dot\r\n\nclosed\n");
}

TEST_CASE("EHLO lists what the rows offer") {
  Run run;
  CHECK(run("EHLO c\r\n") ==
        "220 mx.example.org ESMTP\r\n250-mx.example.org\r\n250-PIPELINING\r\n250-SIZE 52428800\r\n250-8BITMIME\r\n"
        "250-SMTPUTF8\r\n250-ENHANCEDSTATUSCODES\r\n250-CHUNKING\r\n250-LIMITS MAILMAX=10000 RCPTMAX=100\r\n250-STARTTLS\r\n"
        "250 AUTH CHAT PLAIN\r\n");
  CHECK(run("HELO c\r\n") == "250 mx.example.org\r\n");
  CHECK(codes(run("MAIL FROM:<a@b.example> SIZE=1\r\n")) == "555");
  Run plain({.host_name = "h", .mechanisms = "PLAIN"});
  CHECK(plain("EHLO c\r\n").find("AUTH") == std::string::npos);
}

TEST_CASE("order and syntax") {
  CHECK(dialogue("MAIL FROM:<a@b.example>\r\nNOOP\r\nRSET\r\nHELP\r\nVRFY a\r\nEXPN a\r\nFOO\r\n") ==
        "220 503 250 250 214 252 502 500");
  CHECK(dialogue("EHLO\r\nEHLO a b\r\nehlo c\r\nRCPT TO:<a@b.example>\r\nDATA\r\nMAIL FROM:a@b.example\r\nMAIL TO:<a@b.example>\r\n") ==
        "220 501 501 250 503 503 501 501");
  CHECK(dialogue("EHLO c\r\nMAIL FROM:<>\r\nMAIL FROM:<>\r\nDATA\r\nRCPT TO:<>\r\nRCPT TO:<Postmaster>\r\nDATA x\r\nRSET x\r\n") ==
        "220 250 250 503 554 501 250 501 501");
  CHECK(dialogue("HELO c  \r\nmail from:<a@b.example>  \r\nrcpt to:<a@b.example>\t\r\nquit\r\n") == "220 250 250 250 221");
  CHECK(dialogue("\r\n \r\nQUIT x\r\nQUIT\r\nNOOP\r\n") == "220 500 500 501 221");
}

TEST_CASE("parameters of MAIL") {
  Host host;
  CHECK(dialogue("EHLO c\r\nMAIL FROM:<a@b.example> SIZE=12 BODY=8BITMIME SMTPUTF8 AUTH=<>\r\n", options(), &host) ==
        "220 250 250");
  CHECK(host.heard.find("mail a@b.example utf8 12 8bit\n") != std::string::npos);
  for (View bad : {"SIZE", "SIZE=", "SIZE=-1", "SIZE=1x", "SIZE=99999999999999999999999", "BODY=BINARYMIME", "SMTPUTF8=1", "AUTH=",
                   "AUTH=+4", "SIZE=1 SIZE=2"}) {
    Run run;
    CHECK_MESSAGE(codes(run.to(Phase::ready)("MAIL FROM:<a@b.example> " + own(bad) + "\r\n")) == "501", bad);
  }
  CHECK(codes(Run().to(Phase::ready)("MAIL FROM:<a@b.example> RET=FULL\r\n")) == "555");
  CHECK(codes(Run().to(Phase::mail)("RCPT TO:<a@b.example> NOTIFY=NEVER\r\n")) == "555");
  CHECK(codes(Run().to(Phase::ready)("MAIL FROM:<\xC3\xBC@b.example>\r\n")) == "553");
  CHECK(codes(Run().to(Phase::ready)("MAIL FROM:<\xC3\xBC@b.example> SMTPUTF8\r\nRCPT TO:<\xC3\xA4@b.example>\r\n")) == "250 250");
  CHECK(codes(Run().to(Phase::mail)("RCPT TO:<\xC3\xA4@b.example>\r\n")) == "553");
}

TEST_CASE("recipients are asked for together, answered in any order, and the rest waits") {
  ServerSession s(options(), {});
  Host host;
  host.feed(s, "EHLO c\r\n");
  host.take();
  s.receive("MAIL FROM:<a@b.example>\r\nRCPT TO:<one@d.example>\r\nRCPT TO:<two@d.example>\r\nRCPT bad\r\n"
            "RCPT TO:<three@d.example>\r\nDATA\r\n");
  auto mail = s.next({});
  CHECK(std::holds_alternative<NeedInput>(s.next({})));  // nothing may be decided before MAIL is
  s.reply(std::move(std::get<Mail>(mail).ticket), say(Said::sender_accepted));
  std::vector<Rcpt> asked;
  for (auto e = s.next({}); std::holds_alternative<Rcpt>(e); e = s.next({})) asked.push_back(std::get<Rcpt>(std::move(e)));
  REQUIRE(asked.size() == 3);
  CHECK_FALSE(s.deadline());
  s.reply(std::move(asked[2].ticket), say(Said::recipient_accepted));
  s.reply(std::move(asked[1].ticket), say(Said::unknown_recipient));
  CHECK(codes(s.transmit()) == "250");
  s.reply(std::move(asked[0].ticket), say(Said::recipient_accepted));
  CHECK(codes(s.transmit()) == "250 250 550 501 250");
  CHECK(s.state().recipients == 2);
  CHECK(std::holds_alternative<NeedInput>(s.next({})));
  CHECK(codes(s.transmit()) == "250 250 550 501 250 354");
}

TEST_CASE("all recipients refused") {
  CHECK(dialogue("EHLO c\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<unknown@d.example>\r\nRCPT TO:<later@d.example>\r\nDATA\r\nRSET\r\n") ==
        "220 250 250 550 451 554 250");
}

TEST_CASE("a refused message ends the transaction") {
  CHECK(dialogue("EHLO c\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\nrefuse me\r\n.\r\nDATA\r\nRCPT TO:<c@d.example>\r\n") ==
        "220 250 250 250 354 554 503 503");
}

// --- BDAT ------------------------------------------------------------------------------------------------------------

TEST_CASE("BDAT in pieces, with what looks like the end of DATA inside") {
  Host host;
  CHECK(dialogue("EHLO c\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nBDAT 5\r\nab\r\n.BDAT 4\r\n\r\n.\rBDAT 1\r\n\nBDAT 0 LAST\r\nNOOP\r\n",
                 options(), &host) == "220 250 250 250 250 250 250 250 250");
  CHECK(host.messages == std::vector<std::string>{"ab\r\n.\r\n.\r\n"});
}

TEST_CASE("BDAT where it may not come is read and dropped") {
  Host host;
  CHECK(dialogue("BDAT 6\r\nNOOP\r\nEHLO c\r\nBDAT 6 LAST\r\nNOOP\r\nMAIL FROM:<a@b.example>\r\nBDAT 6\r\nQUIT\r\nRCPT TO:<unknown@d.example>\r\n"
                 "BDAT 6 LAST\r\nQUIT\r\nNOOP\r\n",
                 options(), &host) == "220 503 250 503 250 554 550 554 250");
  CHECK(host.messages.empty());
}

TEST_CASE("an error in BDAT voids the transaction, and the chunks behind it too") {
  ServerOptions o = options();
  o.limits.message = 10;
  Host host;
  CHECK(dialogue("EHLO c\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nBDAT 6\r\nNOOP\r\nBDAT 6\r\nQUIT\r\nBDAT 6 LAST\r\nRSET\r\nNOOP\r\n",
                 o, &host) == "220 250 250 250 250 552 503 250");
  CHECK(host.messages.empty());
  CHECK(host.heard.find("reset") != std::string::npos);
  Run run;
  run.to(Phase::chunks);
  CHECK(run.session.state().offset == 2);
  CHECK(codes(run("BDAT 1\r\n\nMAIL FROM:<x@y.example>\r\n")) == "550 250");
  CHECK(run.session.state().offset == 0);
  CHECK(run.session.state().recipients == 0);
}

TEST_CASE("DATA does not follow BDAT in a transaction") {
  CHECK(dialogue("EHLO c\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nBDAT 1\r\naDATA\r\nRCPT TO:<c@d.example>\r\nBDAT 0 LAST\r\n") ==
        "220 250 250 250 250 503 503 250");
}

TEST_CASE("a BDAT line that does not say how much follows ends the session") {
  for (View bad : {"BDAT", "BDAT ", "BDAT x", "BDAT 1 FIRST", "BDAT 1  LAST", "BDAT -1", "BDAT 99999999999999999999", "BDAT 1LAST"}) {
    Host host;
    CHECK_MESSAGE(dialogue("EHLO c\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\n" + own(bad) + "\r\nQUIT\r\nNOOP\r\n", options(), &host) ==
                      "220 250 250 250 501",
                  bad);
    CHECK(host.heard.ends_with("violation\nclosed\n"));
  }
}

TEST_CASE("bare line ends in BDAT") {
  for (View bad : {View("a\nb\r\n"), View("a\rb\r\n"), View("a\0b\r\n", 5), View("abcd\r")}) {
    Host host;
    CHECK(dialogue("EHLO c\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nBDAT 5 LAST\r\n" + own(bad), options(), &host) ==
          "220 250 250 250 550");
    CHECK(host.messages.empty());
  }
}

// --- LMTP ------------------------------------------------------------------------------------------------------------

TEST_CASE("LMTP answers for each recipient") {
  CHECK(dialogue("EHLO c\r\nHELO c\r\nLHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<a@d.example>\r\nRCPT TO:<unknown@d.example>\r\nRCPT TO:<b@d.example>\r\n"
                 "DATA\r\nx\r\n.\r\nMAIL FROM:<>\r\nDATA\r\nRCPT TO:<a@d.example>\r\nBDAT 1\r\nxBDAT 2 LAST\r\n\r\nQUIT\r\n",
                 lmtp()) == "220 500 500 250 250 250 550 250 354 250 250 250 554 250 250 250 221");
  CHECK(dialogue("LHLO c\r\n") == "220 500");
  ServerSession s(lmtp(), {});
  Host host;
  host.feed(s, "LHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<a@d.example>\r\nRCPT TO:<b@d.example>\r\nDATA\r\n");
  host.take();
  s.receive("x\r\n.\r\n");
  auto e = s.next({});
  while (!std::holds_alternative<BodyEnd>(e)) e = s.next({});
  const std::array replies{say(Said::message_stored), say(Said::recipient_full)};
  s.reply(std::move(std::get<BodyEnd>(e).ticket), replies);
  CHECK(codes(s.transmit()) == "250 452");
}

TEST_CASE("LMTP refuses for each recipient") {
  CHECK(dialogue("LHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<a@d.example>\r\nRCPT TO:<b@d.example>\r\nDATA\r\nx\ny\r\n.\r\nNOOP\r\n", lmtp()) ==
        "220 250 250 250 250 354 550 550 250");
}

// --- TLS and login ---------------------------------------------------------------------------------------------------

TEST_CASE("STARTTLS drops what was buffered and forgets everything") {
  Run run;
  run("EHLO c\r\nSTARTTLS\r\nMAIL FROM:<evil@b.example>\r\nNOOP\r\n");
  CHECK(run.host.heard == "hello c\nupgrade\n");
  CHECK(run("RCPT TO:<x@y.example>\r\n") == "");  // before the handshake: not protected
  run.session.upgraded({});
  CHECK(run.session.state() == State{.tls = true});
  CHECK(run("") == "");
  CHECK(codes(run("MAIL FROM:<a@b.example>\r\n")) == "503");
  CHECK(run("EHLO c\r\n").find("STARTTLS") == std::string::npos);
  CHECK(codes(run("STARTTLS\r\n")) == "503");
  CHECK(run.host.heard == "hello c\nupgrade\nhello c\n");
}

TEST_CASE("STARTTLS: when not") {
  CHECK(dialogue("STARTTLS\r\nEHLO c\r\nSTARTTLS x\r\nMAIL FROM:<a@b.example>\r\nSTARTTLS\r\n") == "220 503 250 501 250 503");
  CHECK(dialogue("EHLO c\r\nSTARTTLS\r\n", {.host_name = "h"}) == "220 250 502");
  // After a clear login: the clear session must not lend its login to the protected one, or the other way round.
  CHECK(dialogue("EHLO c\r\nAUTH PLAIN eA==\r\nSTARTTLS\r\n") == "220 250 235 503");
  Run run;
  run.host.answers_tls = false;
  CHECK(codes(run("EHLO c\r\nSTARTTLS\r\nNOOP\r\n")) == "220 250 454 250");
}

TEST_CASE("AUTH") {
  Host host;
  CHECK(dialogue("EHLO c\r\nAUTH PLAIN\r\neA==\r\nAUTH PLAIN eA==\r\n", options(), &host) == "220 250 334 235 503");
  CHECK(host.heard == "hello c\nauth PLAIN\nresponse 'x'\nclosed\n");
  CHECK(dialogue("EHLO c\r\nauth chat =\r\neA==\r\neQ==\r\n", options(), &host) == "220 250 334 334 235");
  CHECK(host.heard == "hello c\nauth CHAT with ''\nresponse 'x'\nresponse 'y'\nclosed\n");
  CHECK(dialogue("EHLO c\r\nAUTH CHAT\r\n*\r\nAUTH CHAT\r\n!\r\nNOOP\r\nAUTH FOO\r\nAUTH\r\nAUTH PLAIN !\r\n", options(), &host) ==
        "220 250 334 501 334 501 250 504 501 501");
  CHECK(host.heard == "hello c\nauth CHAT\ncancelled\nauth CHAT\ncancelled\nclosed\n");
  CHECK(dialogue("AUTH PLAIN eA==\r\nEHLO c\r\nMAIL FROM:<>\r\nAUTH PLAIN eA==\r\n") == "220 503 250 250 503");
  CHECK(dialogue("EHLO c\r\nAUTH PLAIN eA==\r\nEHLO c\r\nAUTH PLAIN eA==\r\n") == "220 250 235 250 503");
}

TEST_CASE("login rules of a listener") {
  ServerOptions o = options();
  o.clear_login = false;
  CHECK(dialogue("EHLO c\r\nAUTH PLAIN eA==\r\n", o) == "220 250 538");
  o.require_login = true;
  CHECK(dialogue("EHLO c\r\nMAIL FROM:<a@b.example>\r\n", o) == "220 250 530");
  o.starttls = false;
  CHECK(dialogue("EHLO c\r\nAUTH PLAIN eA==\r\n", o) == "220 250 502");
  ServerSession s(o, {});
  s.upgraded({});
  Host host;
  host.feed(s, "EHLO c\r\nAUTH PLAIN eA==\r\nMAIL FROM:<a@b.example>\r\n");
  CHECK(codes(host.sent) == "220 250 235 250");
}

// --- limits ----------------------------------------------------------------------------------------------------------

TEST_CASE("limit: line") {
  ServerOptions o = options();
  o.limits.line = 512;
  CHECK(dialogue("NOOP " + std::string(505, 'x') + "\r\nNOOP " + std::string(506, 'x') + "\r\nNOOP\r\n", o) == "220 250 500 250");
}

TEST_CASE("limit: AUTH line") {
  Run run;
  run.to(Phase::ready);
  run("AUTH CHAT\r\n");
  CHECK(codes(run(std::string(12284, 'A') + "\r\n")) == "334");
  CHECK(codes(run(std::string(12288, 'A') + "\r\n")) == "500");
  CHECK(codes(run("NOOP\r\n")) == "250");
}

TEST_CASE("limit: message octets, declared and while reading") {
  ServerOptions o = options();
  o.limits.message = 100;
  Host host;
  CHECK(dialogue("EHLO c\r\nMAIL FROM:<a@b.example> SIZE=101\r\nMAIL FROM:<a@b.example> SIZE=100\r\nRCPT TO:<c@d.example>\r\nDATA\r\n" +
                     std::string(99, 'x') + "\r\n.\r\nNOOP\r\n",
                 o, &host) == "220 250 552 250 250 354 552 250");
  CHECK(host.messages.empty());
  CHECK(dialogue("EHLO c\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n" + std::string(98, 'x') + "\r\n.\r\n", o, &host) ==
        "220 250 250 250 354 250");
  CHECK(dialogue("EHLO c\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nBDAT 101 LAST\r\n" + std::string(101, 'x') + "NOOP\r\n", o, &host) ==
        "220 250 250 250 552 250");
}

TEST_CASE("limit: long content lines are no error") {
  Host host;
  Run run;
  run.to(Phase::content);
  CHECK(codes(run(std::string(100'000, 'x') + "\r\n.\r\n")) == "250");
}

TEST_CASE("limit: recipients") {
  ServerOptions o = options();
  o.limits.recipients = 2;
  const std::string rcpt = "RCPT TO:<c@d.example>\r\n";
  CHECK(dialogue("EHLO c\r\nMAIL FROM:<>\r\n" + rcpt + "RCPT TO:<unknown@d.example>\r\n" + rcpt + rcpt + "DATA\r\nx\r\n.\r\n", o) ==
        "220 250 250 250 550 250 452 354 250");
}

TEST_CASE("limit: errors, refusals, transactions, logins") {
  ServerOptions o = options();
  o.limits.errors = 3;
  CHECK(dialogue("FOO\r\nBAR\r\nNOOP\r\n\n\r\nNOOP\r\n", o) == "220 500 500 250 500 421");
  o = options();
  o.limits.refusals = 2;
  CHECK(dialogue("EHLO c\r\nMAIL FROM:<unknown@x.example>\r\nMAIL FROM:<>\r\nRCPT TO:<unknown@d.example>\r\nNOOP\r\n", o) ==
        "220 250 553 250 550 421");
  o = options();
  o.limits.transactions = 1;
  CHECK(dialogue("EHLO c\r\nMAIL FROM:<>\r\nRSET\r\nMAIL FROM:<>\r\nNOOP\r\n", o) == "220 250 250 250 421");
  o = options();
  o.limits.logins = 2;
  CHECK(dialogue("EHLO c\r\nAUTH PLAIN =\r\nAUTH PLAIN =\r\nNOOP\r\n", o) == "220 250 535 535 421");
}

TEST_CASE("limit: times") {
  using std::chrono::minutes;
  using std::chrono::seconds;
  Run run;
  const TimePoint t0;
  CHECK(run.session.deadline() == t0 + minutes(5));
  CHECK(codes(run("EHLO c\r\n", t0 + minutes(4))) == "220 250");
  CHECK(codes(run("NO", t0 + minutes(8))) == "");  // octets are no command
  CHECK(run.session.deadline() == t0 + minutes(9));
  CHECK(run("", t0 + minutes(9)) == "421 4.4.2 Timeout\r\n");
  CHECK(run.host.closed);

  Run slow;
  slow.to(Phase::content);
  CHECK(slow("x", t0 + minutes(2)) == "");
  CHECK(slow.session.deadline() == t0 + minutes(5));
  CHECK(codes(slow("", t0 + minutes(5))) == "421");
  CHECK(slow.host.messages.empty());

  Run total;
  for (int m = 0; m < 120; m += 4) CHECK(codes(total("NOOP\r\n", t0 + minutes(m))) != "421");
  CHECK(total.session.deadline() == t0 + minutes(120));
  CHECK(codes(total("NOOP\r\n", t0 + minutes(120))) == "421");
}

TEST_CASE("a stop waits for the answer that is owed") {
  ServerSession s(options(), {});
  Host host;
  host.feed(s, "EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n");
  host.take();
  s.receive("x\r\n.\r\nNOOP\r\n");
  auto e = s.next({});
  while (!std::holds_alternative<BodyEnd>(e)) e = s.next({});
  s.stop();
  CHECK(std::holds_alternative<NeedInput>(s.next({})));
  s.reply(std::move(std::get<BodyEnd>(e).ticket), say(Said::message_stored));
  host.pump(s);
  CHECK(codes(host.take()) == "250 421");
  CHECK(host.closed);
}

TEST_CASE("the end of input") {
  Host host;
  CHECK(dialogue("EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<c@d.example>\r\nDATA\r\nx\r\n", options(), &host) == "220 250 250 250 354");
  CHECK(host.closed);
  CHECK(host.messages.empty());
}
