#include "posthorn/protocol/smtp/server_session.h"

#include <string>

#include <doctest/doctest.h>

#include "posthorn/testing/splits.h"

#include "protocol/smtp/dialogue.h"

using namespace posthorn;
using namespace posthorn::smtp;
using smtp::testing::codes;
using smtp::testing::Host;

static_assert(Session<ServerSession>);

namespace {

ServerOptions options() {
  return {.host_name = "mx.example.org", .starttls = true, .mechanisms = "CHAT PLAIN", .clear_login = true};
}
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
    if (phase == Phase::recipients || phase == Phase::chunks || phase == Phase::content)
      (*this)("RCPT TO:<c@d.example>\r\n");
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
        "250-SMTPUTF8\r\n250-ENHANCEDSTATUSCODES\r\n250-CHUNKING\r\n250-LIMITS MAILMAX=10000 "
        "RCPTMAX=100\r\n250-STARTTLS\r\n"
        "250 AUTH CHAT PLAIN\r\n");
  CHECK(run("HELO c\r\n") == "250 mx.example.org\r\n");
  CHECK(codes(run("MAIL FROM:<a@b.example> SIZE=1\r\n")) == "555");
  Run plain({.host_name = "h", .mechanisms = "PLAIN"});
  CHECK(plain("EHLO c\r\n").find("AUTH") == std::string::npos);
}

TEST_CASE("order and syntax") {
  CHECK(dialogue("MAIL FROM:<a@b.example>\r\nNOOP\r\nRSET\r\nHELP\r\nVRFY a\r\nEXPN a\r\nFOO\r\n") ==
        "220 503 250 250 214 252 502 500");
  CHECK(dialogue("EHLO\r\nEHLO a b\r\nehlo c\r\nRCPT TO:<a@b.example>\r\nDATA\r\nMAIL FROM:a@b.example\r\nMAIL "
                 "TO:<a@b.example>\r\n") == "220 501 501 250 503 503 501 501");
  CHECK(dialogue("EHLO c\r\nMAIL FROM:<>\r\nMAIL FROM:<>\r\nDATA\r\nRCPT TO:<>\r\nRCPT TO:<Postmaster>\r\nDATA "
                 "x\r\nRSET x\r\n") == "220 250 250 503 554 501 250 501 501");
  CHECK(dialogue("HELO c  \r\nmail from:<a@b.example>  \r\nrcpt to:<a@b.example>\t\r\nquit\r\n") ==
        "220 250 250 250 221");
  CHECK(dialogue("\r\n \r\nQUIT x\r\nQUIT\r\nNOOP\r\n") == "220 500 500 501 221");
}

TEST_CASE("parameters of MAIL") {
  Host host;
  CHECK(dialogue("EHLO c\r\nMAIL FROM:<a@b.example> SIZE=12 BODY=8BITMIME SMTPUTF8 AUTH=<>\r\n", options(), &host) ==
        "220 250 250");
  CHECK(host.heard.find("mail a@b.example utf8 12 8bit\n") != std::string::npos);
  for (View bad : {"SIZE", "SIZE=", "SIZE=-1", "SIZE=1x", "SIZE=99999999999999999999999", "BODY=BINARYMIME",
                   "SMTPUTF8=1", "AUTH=", "AUTH=+4", "SIZE=1 SIZE=2"}) {
    Run run;
    CHECK_MESSAGE(codes(run.to(Phase::ready)("MAIL FROM:<a@b.example> " + own(bad) + "\r\n")) == "501", bad);
  }
  CHECK(codes(Run().to(Phase::ready)("MAIL FROM:<a@b.example> RET=FULL\r\n")) == "555");  // not offered
  CHECK(codes(Run().to(Phase::mail)("RCPT TO:<a@b.example> NOTIFY=NEVER\r\n")) == "555");
  CHECK(codes(Run().to(Phase::ready)("MAIL FROM:<\xC3\xBC@b.example>\r\n")) == "553");
  CHECK(codes(Run().to(Phase::ready)("MAIL FROM:<\xC3\xBC@b.example> SMTPUTF8\r\nRCPT TO:<\xC3\xA4@b.example>\r\n")) ==
        "250 250");
  CHECK(codes(Run().to(Phase::mail)("RCPT TO:<\xC3\xA4@b.example>\r\n")) == "553");
}

TEST_CASE("recipients are asked for together, answered in any order, and the rest waits") {
  ServerSession s(options(), {});
  Host host;
  host.feed(s, "EHLO c\r\n");
  host.take();
  s.receive(
      "MAIL FROM:<a@b.example>\r\nRCPT TO:<one@d.example>\r\nRCPT TO:<two@d.example>\r\nRCPT bad\r\n"
      "RCPT TO:<three@d.example>\r\nDATA\r\n");
  auto mail = s.next({});
  CHECK(std::holds_alternative<NeedInput>(s.next({})));  // nothing may be decided before MAIL is
  s.reply(std::move(std::get<Mail>(mail).ticket), say(Said::sender_accepted));
  std::vector<Rcpt> asked;
  for (auto e = s.next({}); std::holds_alternative<Rcpt>(e); e = s.next({}))
    asked.push_back(std::get<Rcpt>(std::move(e)));
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
  CHECK(dialogue("EHLO c\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<unknown@d.example>\r\nRCPT "
                 "TO:<later@d.example>\r\nDATA\r\nRSET\r\n") == "220 250 250 550 451 554 250");
}

TEST_CASE("a refused message ends the transaction") {
  CHECK(dialogue("EHLO c\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\nrefuse me\r\n.\r\nDATA\r\nRCPT "
                 "TO:<c@d.example>\r\n") == "220 250 250 250 354 554 503 503");
}

// --- BDAT ------------------------------------------------------------------------------------------------------------

TEST_CASE("BDAT in pieces, with what looks like the end of DATA inside") {
  Host host;
  CHECK(dialogue("EHLO c\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nBDAT 5\r\nab\r\n.BDAT 4\r\n\r\n.\rBDAT "
                 "1\r\n\nBDAT 0 LAST\r\nNOOP\r\n",
                 options(), &host) == "220 250 250 250 250 250 250 250 250");
  CHECK(host.messages == std::vector<std::string>{"ab\r\n.\r\n.\r\n"});
}

TEST_CASE("BDAT where it may not come is read and dropped") {
  Host host;
  CHECK(dialogue("BDAT 6\r\nNOOP\r\nEHLO c\r\nBDAT 6 LAST\r\nNOOP\r\nMAIL FROM:<a@b.example>\r\nBDAT 6\r\nQUIT\r\nRCPT "
                 "TO:<unknown@d.example>\r\n"
                 "BDAT 6 LAST\r\nQUIT\r\nNOOP\r\n",
                 options(), &host) == "220 503 250 503 250 554 550 554 250");
  CHECK(host.messages.empty());
}

TEST_CASE("an error in BDAT voids the transaction, and the chunks behind it too") {
  ServerOptions o = options();
  o.limits.message = 10;
  Host host;
  CHECK(dialogue("EHLO c\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nBDAT 6\r\nNOOP\r\nBDAT "
                 "6\r\nQUIT\r\nBDAT 6 LAST\r\nRSET\r\nNOOP\r\n",
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
  CHECK(dialogue("EHLO c\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nBDAT 1\r\naDATA\r\nRCPT "
                 "TO:<c@d.example>\r\nBDAT 0 LAST\r\n") == "220 250 250 250 250 503 503 250");
}

TEST_CASE("a BDAT line that does not say how much follows ends the session") {
  for (View bad : {"BDAT", "BDAT ", "BDAT x", "BDAT 1 FIRST", "BDAT 1  LAST", "BDAT -1", "BDAT 99999999999999999999",
                   "BDAT 1LAST"}) {
    Host host;
    CHECK_MESSAGE(
        dialogue("EHLO c\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\n" + own(bad) + "\r\nQUIT\r\nNOOP\r\n",
                 options(), &host) == "220 250 250 250 501",
        bad);
    CHECK(host.heard.ends_with("violation\nclosed\n"));
  }
}

TEST_CASE("bare line ends in BDAT") {
  for (View bad : {View("a\nb\r\n"), View("a\rb\r\n"), View("a\0b\r\n", 5), View("abcd\r")}) {
    Host host;
    CHECK(dialogue("EHLO c\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nBDAT 5 LAST\r\n" + own(bad),
                   options(), &host) == "220 250 250 250 550");
    CHECK(host.messages.empty());
  }
}

// --- LMTP ------------------------------------------------------------------------------------------------------------

TEST_CASE("LMTP answers for each recipient") {
  CHECK(dialogue(
            "EHLO c\r\nHELO c\r\nLHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<a@d.example>\r\nRCPT "
            "TO:<unknown@d.example>\r\nRCPT TO:<b@d.example>\r\n"
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
  CHECK(dialogue(
            "LHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<a@d.example>\r\nRCPT TO:<b@d.example>\r\nDATA\r\nx\ny\r\n.\r\nNOOP\r\n",
            lmtp()) == "220 250 250 250 250 354 550 550 250");
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
  CHECK(dialogue("STARTTLS\r\nEHLO c\r\nSTARTTLS x\r\nMAIL FROM:<a@b.example>\r\nSTARTTLS\r\n") ==
        "220 503 250 501 250 503");
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
  CHECK(dialogue("EHLO c\r\nAUTH CHAT\r\n*\r\nAUTH CHAT\r\n!\r\nNOOP\r\nAUTH FOO\r\nAUTH\r\nAUTH PLAIN !\r\n",
                 options(), &host) == "220 250 334 501 334 501 250 504 501 501");
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
  CHECK(dialogue("NOOP " + std::string(505, 'x') + "\r\nNOOP " + std::string(506, 'x') + "\r\nNOOP\r\n", o) ==
        "220 250 500 250");
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
  CHECK(dialogue("EHLO c\r\nMAIL FROM:<a@b.example> SIZE=101\r\nMAIL FROM:<a@b.example> SIZE=100\r\nRCPT "
                 "TO:<c@d.example>\r\nDATA\r\n" +
                     std::string(99, 'x') + "\r\n.\r\nNOOP\r\n",
                 o, &host) == "220 250 552 250 250 354 552 250");
  CHECK(host.messages.empty());
  CHECK(dialogue("EHLO c\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n" + std::string(98, 'x') +
                     "\r\n.\r\n",
                 o, &host) == "220 250 250 250 354 250");
  CHECK(dialogue("EHLO c\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nBDAT 101 LAST\r\n" +
                     std::string(101, 'x') + "NOOP\r\n",
                 o, &host) == "220 250 250 250 552 250");
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
  CHECK(dialogue("EHLO c\r\nMAIL FROM:<>\r\n" + rcpt + "RCPT TO:<unknown@d.example>\r\n" + rcpt + rcpt +
                     "DATA\r\nx\r\n.\r\n",
                 o) == "220 250 250 250 550 250 452 354 250");
}

TEST_CASE("limit: errors, refusals, transactions, logins") {
  ServerOptions o = options();
  o.limits.errors = 3;
  CHECK(dialogue("FOO\r\nBAR\r\nNOOP\r\n\n\r\nNOOP\r\n", o) == "220 500 500 250 500 421");
  o = options();
  o.limits.refusals = 2;
  CHECK(dialogue("EHLO c\r\nMAIL FROM:<unknown@x.example>\r\nMAIL FROM:<>\r\nRCPT TO:<unknown@d.example>\r\nNOOP\r\n",
                 o) == "220 250 553 250 550 421");
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
  CHECK(dialogue("EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<c@d.example>\r\nDATA\r\nx\r\n", options(), &host) ==
        "220 250 250 250 354");
  CHECK(host.closed);
  CHECK(host.messages.empty());
}

// --- extensions that are offered on demand ---------------------------------------------------------------------------

namespace {

ServerOptions with(Offers offers) {
  ServerOptions o = options();
  o.offers = offers;
  return o;
}

/// What the host hears of one MAIL or RCPT with parameters, or the code that refuses it.
std::string heard_of(const ServerOptions& o, const std::string& parameters, bool rcpt = false, bool tls = false,
                     bool utf8 = false) {
  Run run(o);
  if (tls) run.session.upgraded({});
  run("EHLO c\r\n");
  if (o.require_login) run("AUTH PLAIN eA==\r\n");
  if (rcpt) run(utf8 ? "MAIL FROM:<> SMTPUTF8\r\n" : "MAIL FROM:<>\r\n");
  run.host.heard.clear();
  const std::string code =
      codes(run((rcpt ? "RCPT TO:<b@d.example> " : "MAIL FROM:<a@b.example> ") + parameters + "\r\n"));
  if (code != "250") return code;
  const std::string begin = rcpt ? "rcpt b@d.example" : "mail a@b.example";
  REQUIRE(run.host.heard.starts_with(begin));
  return run.host.heard.substr(begin.size() + 1, run.host.heard.size() - begin.size() - 2);
}

}  // namespace

TEST_CASE("DSN: the examples of RFC 3461, and what its grammar refuses") {
  const ServerOptions o = with({.dsn = true});
  Run run(o);
  CHECK(run("EHLO c\r\n").find("250-DSN\r\n") != std::string::npos);
  CHECK(heard_of(o, "RET=HDRS ENVID=QQ314159") == "headers id 'QQ314159'");
  CHECK(heard_of(o, "ret=full envid=a+2Bb+3Dc+20d") == "full id 'a+b=c d'");
  CHECK(heard_of(o, "NOTIFY=SUCCESS ORCPT=rfc822;Bob@Example.COM", true) ==
        "notify SUCCESS original rfc822 'Bob@Example.COM'");
  CHECK(heard_of(o, "NOTIFY=FAILURE ORCPT=rfc822;Carol@Ivory.EDU", true) ==
        "notify FAILURE original rfc822 'Carol@Ivory.EDU'");
  CHECK(heard_of(o, "NOTIFY=delay,success,failure", true) == "notify SUCCESS,FAILURE,DELAY");
  CHECK(heard_of(o, "NOTIFY=NEVER ORCPT=x400;/C=US+2F", true) == "501");  // "=" in xtext
  CHECK(heard_of(o, "NOTIFY=NEVER ORCPT=rfc822;Eric+2Bx@Tall+2Eexample", true) ==
        "notify NEVER original rfc822 'Eric+x@Tall.example'");
  // RFC 6533: an address of type utf-8, with escapes anywhere, in UTF-8 only after SMTPUTF8.
  CHECK(heard_of(o, "ORCPT=utf-8;\\x{E4}b@d.example", true) ==
        "original utf-8 '\xC3\xA4"
        "b@d.example'");
  CHECK(heard_of(o,
                 "ORCPT=utf-8;\xC3\xA4"
                 "b@d.example",
                 true) == "501");
  CHECK(heard_of(o,
                 "ORCPT=utf-8;\xC3\xA4"
                 "b@d.example",
                 true, false, true) ==
        "original utf-8 '\xC3\xA4"
        "b@d.example'");
  for (View bad : {"RET=ALL", "RET=", "RET", "RET=FULL RET=FULL", "ENVID=", "ENVID=+2", "ENVID=a+0Db", "ENVID=+C3+A4",
                   "ENVID=a ENVID=b"}) {
    CHECK_MESSAGE(heard_of(o, own(bad)) == "501", bad);
  }
  CHECK(heard_of(o, "ENVID=" + std::string(100, 'x')) != "501");
  CHECK(heard_of(o, "ENVID=" + std::string(101, 'x')) == "501");
  for (View bad : {"NOTIFY=", "NOTIFY=NEVER,SUCCESS", "NOTIFY=SUCCESS,", "NOTIFY=SUCCESS,NEVER", "NOTIFY=ALWAYS",
                   "NOTIFY", "ORCPT=b@d.example", "ORCPT=rfc822;", "ORCPT=;b", "ORCPT=rfc822;a+0Ab", "ORCPT=rfc822;+zz",
                   "NOTIFY=NEVER NOTIFY=NEVER"}) {
    CHECK_MESSAGE(heard_of(o, own(bad), true) == "501", bad);
  }
  CHECK(heard_of(o, "ORCPT=rfc822;" + std::string(494, 'x'), true) == "501");
  CHECK(heard_of(o, "NOTIFY=NEVER FOO=1", true) == "555");
  CHECK(heard_of(options(), "NOTIFY=NEVER", true) == "555");
}

TEST_CASE("BINARYMIME: any octets by BDAT, no DATA (RFC 3030 section 3)") {
  const ServerOptions o = with({.binary = true});
  Host host;
  const std::string begin = "EHLO c\r\nMAIL FROM:<a@b.example> BODY=BINARYMIME\r\nRCPT TO:<c@d.example>\r\n";
  CHECK(dialogue(begin + "DATA\r\nBDAT 7\r\n" + std::string("a\n\0b\rc\n", 7) + "BDAT 1 LAST\r\n\r", o, &host) ==
        "220 250 250 250 503 250 250");
  CHECK(host.heard.find(" binary") != std::string::npos);
  CHECK(host.messages == std::vector{std::string("a\n\0b\rc\n\r", 8)});
  CHECK(heard_of(options(), "BODY=BINARYMIME") == "501");
  // The next message is text again.
  CHECK(dialogue(begin + "BDAT 1 LAST\r\n\nMAIL FROM:<>\r\nRCPT TO:<c@d.example>\r\nBDAT 1 LAST\r\n\n", o) ==
        "220 250 250 250 250 250 250 550");
}

TEST_CASE("REQUIRETLS is there under TLS only (RFC 8689 section 2)") {
  const ServerOptions o = with({.require_tls = true});
  CHECK(heard_of(o, "REQUIRETLS", false, true) == "requiretls");
  CHECK(heard_of(o, "REQUIRETLS=1", false, true) == "501");
  CHECK(heard_of(o, "REQUIRETLS") == "555");
  CHECK(Run(o)("EHLO c\r\n").find("REQUIRETLS") == std::string::npos);
}

TEST_CASE("MT-PRIORITY and DELIVERBY") {
  const ServerOptions o = with({.priority = true, .deliver_by = true});
  CHECK(heard_of(o, "MT-PRIORITY=3 BY=120;R") == "priority 3 by 120;R");
  CHECK(heard_of(o, "MT-PRIORITY=-9 BY=-5;nt") == "priority -9 by -5;NT");
  CHECK(heard_of(o, "MT-PRIORITY=0 BY=+999999999;N") == "priority 0 by 999999999;N");
  for (View bad :
       {"MT-PRIORITY=10", "MT-PRIORITY=-0", "MT-PRIORITY=+1", "MT-PRIORITY=", "MT-PRIORITY", "BY=", "BY", "BY=1",
        "BY=1;", "BY=1;X", "BY=0;R", "BY=-1;R", "BY=1000000000;N", "BY=;R", "BY=1;RTT", "BY=--1;N"}) {
    CHECK_MESSAGE(heard_of(o, own(bad)) == "501", bad);
  }
}

TEST_CASE("FUTURERELEASE: where a login is needed, within the limit") {
  using namespace std::chrono;
  ServerOptions o = with({.future_release = true});
  CHECK(heard_of(o, "HOLDFOR=1") == "555");
  o.require_login = true;
  o.limits.hold = hours(24);
  o.wall = WallTime(sys_days(2026y / January / 1));
  Run run(o);
  run("");
  CHECK(run("EHLO c\r\n", TimePoint() + minutes(1)).find("250-FUTURERELEASE 86400 2026-01-02T00:01:00Z\r\n") !=
        std::string::npos);
  CHECK(heard_of(o, "HOLDFOR=86400") == "hold 86400");
  CHECK(heard_of(o, "HOLDUNTIL=2026-01-01T12:00:00Z") == "hold 43200 until");
  CHECK(heard_of(o, "HOLDUNTIL=2026-01-01T12:00:00+01:00") == "hold 39600 until");
  CHECK(heard_of(o, "HOLDUNTIL=2025-01-01T12:00:00Z") == "hold 0 until");
  for (View bad :
       {"HOLDFOR=86401", "HOLDFOR=0", "HOLDFOR=", "HOLDFOR=-1", "HOLDFOR=1000000000", "HOLDUNTIL=2026-01-02T00:00:01Z",
        "HOLDUNTIL=tomorrow", "HOLDFOR=1 HOLDUNTIL=2026-01-01T12:00:00Z"}) {
    CHECK_MESSAGE(heard_of(o, own(bad)) == "501", bad);
  }
}

TEST_CASE("limit: domains of recipients, in the whole session") {
  ServerOptions o = options();
  o.limits.recipient_domains = 2;
  CHECK(Run(o)("EHLO c\r\n").find("RCPTDOMAINMAX=2\r\n") != std::string::npos);
  CHECK(
      dialogue(
          "EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<a@one.example>\r\nRCPT TO:<b@ONE.example>\r\nRCPT TO:<a@two.example>\r\n"
          "RCPT TO:<a@three.example>\r\nRSET\r\nMAIL FROM:<>\r\nRCPT TO:<a@three.example>\r\nRCPT "
          "TO:<x@two.example>\r\n",
          o) == "220 250 250 250 250 250 452 250 250 452 250");
}

TEST_CASE("ETRN") {
  const ServerOptions o = with({.etrn = true});
  Host host;
  CHECK(dialogue("ETRN a.example\r\nEHLO c\r\nETRN a.example\r\nETRN @a.example\r\nETRN #slow-queue\r\nETRN "
                 "unknown.example\r\n"
                 "ETRN\r\nETRN a b\r\nETRN @\r\nMAIL FROM:<>\r\nETRN a.example\r\n",
                 o, &host) == "220 503 250 253 253 253 459 501 501 501 250 503");
  CHECK(host.heard ==
        "hello c\netrn a.example\netrn @a.example\netrn #slow-queue\netrn unknown.example\nmail \nclosed\n");
  CHECK(dialogue("EHLO c\r\nETRN a.example\r\n") == "220 250 502");
  ServerOptions both = lmtp();
  both.offers = o.offers;
  CHECK(Run(both)("LHLO c\r\n").find("ETRN") == std::string::npos);
}

TEST_CASE("XCLIENT: the session begins anew for the client behind the proxy") {
  ServerOptions o = with({.xclient = true});
  CHECK(Run(o)("EHLO c\r\n").find("250-XCLIENT NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT\r\n") !=
        std::string::npos);
  Host host;
  // The examples of Postfix's XCLIENT_README, then every attribute.
  CHECK(dialogue("EHLO c\r\nXCLIENT NAME=spike.porcupine.org ADDR=168.100.189.2\r\nMAIL FROM:<>\r\nEHLO "
                 "spike.porcupine.org\r\n"
                 "XCLIENT NAME=[UNAVAILABLE] ADDR=IPv6:2001:db8::1 PORT=25 PROTO=ESMTP HELO=a+20b LOGIN=ann "
                 "DESTADDR=192.0.2.7 DESTPORT=587\r\n"
                 "EHLO d\r\nAUTH PLAIN eA==\r\nXCLIENT LOGIN=[UNAVAILABLE]\r\nEHLO e\r\nAUTH PLAIN eA==\r\n",
                 o, &host) == "220 250 220 503 250 220 250 503 220 250 235");
  CHECK(host.heard ==
        "hello c\nxclient spike.porcupine.org 168.100.189.2 - - - - - -\nhello spike.porcupine.org\n"
        "xclient - 2001:db8::1 25 ESMTP a b ann 192.0.2.7 587\nhello d\nxclient - - - - - - - -\nhello e\nauth PLAIN "
        "with 'x'\nclosed\n");
  o.limits.errors = 100;
  for (View bad : {"XCLIENT", "XCLIENT NAME", "XCLIENT NAME=", "XCLIENT FOO=1", "XCLIENT ADDR=x", "XCLIENT PORT=65536",
                   "XCLIENT PROTO=HTTP", "XCLIENT HELO=+0A", "XCLIENT NAME=+0", "XCLIENT NAME=a=b"}) {
    CHECK_MESSAGE(codes(Run(o).to(Phase::ready)(own(bad) + "\r\n")) == "501", bad);
  }
  CHECK(codes(Run(o).to(Phase::mail)("XCLIENT NAME=x\r\n")) == "503");
  CHECK(codes(Run(o).to(Phase::ready)("XCLIENT NAME=unknown\r\n")) == "550");
  CHECK(codes(Run().to(Phase::ready)("XCLIENT NAME=x\r\n")) == "502");
}

// --- who does not wait -----------------------------------------------------------------------------------------------

TEST_CASE("a greeting that is held back") {
  using std::chrono::seconds;
  ServerOptions o = options();
  o.greet_delay = seconds(3);
  const TimePoint t0;
  Run quiet(o);
  CHECK(quiet("", t0 + seconds(2)) == "");
  CHECK(quiet.session.deadline() == t0 + seconds(3));
  CHECK(codes(quiet("", t0 + seconds(3))) == "220");
  CHECK(quiet.session.deadline() == t0 + seconds(303));
  CHECK(codes(quiet("EHLO c\r\n", t0 + seconds(4))) == "250");
  CHECK(quiet.host.heard == "hello c\n");

  Run early(o);
  CHECK(early("EHLO c\r\n", t0 + seconds(1)) == "");
  CHECK(early("NOOP\r\n", t0 + seconds(2)) == "");
  CHECK(early.host.heard == "talked early\n");
  CHECK(codes(early("", t0 + seconds(3))) == "220 250 250");
  CHECK(early.host.heard == "talked early\nhello c\n");

  o.refuse_early = true;
  Run refused(o);
  CHECK(refused("E", t0) == "521 5.5.1 Talked before the greeting\r\n");
  CHECK(refused.host.heard == "talked early\nclosed\n");

  Run gone(o);
  gone.session.receive_end();
  CHECK(gone("", t0) == "");
  CHECK(gone.host.closed);

  Run stopped(o);
  stopped.session.stop();
  CHECK(codes(stopped("", t0)) == "421");

  Run tls(o);  // implicit TLS stands before the greeting
  tls.session.upgraded({});
  CHECK(tls("", t0) == "");
  CHECK(codes(tls("", t0 + seconds(3))) == "220");
  CHECK(tls.session.state().tls);
}

TEST_CASE("limit: octets before the greeting") {
  ServerOptions o = options();
  o.greet_delay = std::chrono::seconds(3);
  o.limits.early = 100;
  Run run(o);
  CHECK(run(std::string(100, 'x')) == "");
  CHECK(codes(run("x")) == "521");
  CHECK(run.host.heard == "talked early\nclosed\n");
  CHECK(codes(Run(o)(std::string(101, 'x'))) == "521");
}

TEST_CASE("strict pipelining: what must be the last of a group is (RFC 2920 section 3.1)") {
  ServerOptions o = options();
  o.strict_pipelining = true;
  const std::string group = "MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\n";
  Run good(o);
  CHECK(codes(good("EHLO c\r\n")) == "220 250");
  CHECK(codes(good(group + "DATA\r\n")) == "250 250 354");
  CHECK(codes(good("x\r\n.\r\nRSET\r\n" + group + "BDAT 1\r\nxBDAT 0 LAST\r\n" + group + "DATA\r\n")) ==
        "250 250 250 250 250 250 250 250 354");
  CHECK(codes(good("x\r\n.\r\nNOOP\r\nVRFY a\r\nQUIT\r\n")) == "250 250 252 221");
  CHECK(good.host.messages.size() == 3);

  Run hello(o);
  CHECK(codes(hello("EHLO c\r\n" + group)) == "220 503 503 503");
  CHECK(hello.host.heard == "");
  Run login(o);
  CHECK(codes(login("EHLO c\r\n")) == "220 250");
  CHECK(codes(login("AUTH PLAIN\r\neA==\r\n")) == "503 500");
  CHECK(codes(login("STARTTLS\r\nNOOP\r\n")) == "503 250");
  CHECK(login.host.heard == "hello c\n");
  // Behind DATA comes content, and content must not be taken for commands.
  Run body(o);
  body("EHLO c\r\n");
  CHECK(body(group + "DATA\r\nRSET\r\n.\r\n")
            .ends_with("503 5.5.0 Wait for the reply: nothing may follow this command in its group\r\n"));
  CHECK(body.host.heard == "hello c\nmail a@b.example\nrcpt c@d.example\nviolation\nclosed\n");
  o.limits.errors = 2;
  CHECK(codes(Run(o)("HELO c\r\nMAIL FROM:<>\r\nNOOP\r\n")) == "220 503 503 421");
}
