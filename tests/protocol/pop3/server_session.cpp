#include "posthorn/protocol/pop3/server_session.h"

#include <doctest/doctest.h>

#include "posthorn/testing/splits.h"
#include "posthorn/testing/transcript.h"

#include "protocol/pop3/maildrop_host.h"

using namespace posthorn;
using testing::Pop3Stage;

namespace {

// Events and output for an input that comes in pieces.
std::string dialogue(View input, const pop3::ServerOptions& options = testing::open_options(), bool end = true) {
  std::string whole;
  const std::string different = testing::for_every_split(input, [&](auto&& feed) {
    testing::FakeClock clock;
    Pop3Stage stage(options, clock.now());
    std::string said;
    const auto run = [&] {
      for (Wants wants = Wants::again; wants == Wants::again;) {
        wants = stage.conversation.next(clock.now());
        said += stage.session.transmit();
        CHECK(stage.session.transmit().size() <= options.limits.chunk * 2 + 4096);
        stage.session.transmitted(stage.session.transmit().size());
      }
    };
    run();
    feed([&](View piece) {
      stage.session.receive(piece);
      run();
    });
    if (end) stage.session.receive_end();
    run();
    return whole = said + "---\n" + stage.host.seen;
  });
  CHECK(different == "");
  return whole;
}

std::string play(View transcript, Pop3Stage& stage, testing::FakeClock& clock) {
  return testing::play(transcript, stage.conversation, clock);
}

const View kLogin = "S: +OK ...\nC: USER ann\nC: PASS secret pass\nS: +OK ...\nS: +OK ...\n";

}  // namespace

TEST_CASE("transcripts") {
  const auto played = testing::play_folder("tests/transcripts/pop3", [](View name) {
    auto clock = std::make_shared<testing::FakeClock>();
    auto options = testing::open_options();
    if (name.starts_with("stls")) {
      options.clear_login = false;
      options.starttls = true;
    }
    auto stage = std::make_shared<Pop3Stage>(options, clock->now());
    return testing::Stage{std::make_shared<std::pair<decltype(clock), decltype(stage)>>(clock, stage),
                          &stage->conversation, clock.get()};
  });
  CHECK(played.problems == "");
  CHECK(played.files >= 4);
}

TEST_CASE("a pipelined session is the same for every split") {
  const std::string all = dialogue(
      "CAPA\r\nUSER ann\r\nPASS secret pass\r\nSTAT\r\nLIST\r\nUIDL\r\nRETR 1\r\nTOP 2 1\r\nDELE 1\r\nRSET\r\nDELE "
      "2\r\n"
      "QUIT\r\n");
  CHECK(all.find("+OK 29 octets\r\nSubject: one\r\n\r\nfirst\r\n..dot\r\n.\r\n") != std::string::npos);
  CHECK(all.find("Subject: two\r\n\r\n1\r\n.\r\n") != std::string::npos);
  CHECK(all.ends_with("login ann\nfetch 0\nfetch 1\nupdate 1\nclosed\n"));
}

TEST_CASE("what is not CRLF or too long is refused for every split") {
  const std::string all = dialogue("NOOP\nUSER ann\r\nUSER a\rb\r\nUSER " + std::string(300, 'x') + "\r\nQUIT\r\n");
  CHECK(all.find("-ERR Syntax error\r\n-ERR Syntax error\r\n-ERR Line too long\r\n+OK Goodbye\r\n") !=
        std::string::npos);
}

TEST_CASE("SASL for every split: with initial response, with challenge, cancelled, broken") {
  CHECK(dialogue("AUTH PLAIN AGFubgBzZWNyZXQgcGFzcw==\r\nSTAT\r\n").find("+OK 3 messages\r\n+OK 3 54\r\n") !=
        std::string::npos);
  CHECK(dialogue("AUTH plain\r\nAGFubgBzZWNyZXQgcGFzcw==\r\n").find("+ \r\n+OK 3 messages\r\n") != std::string::npos);
  CHECK(dialogue("AUTH PLAIN\r\n*\r\nQUIT\r\n").find("+ \r\n-ERR Cancelled\r\n+OK Goodbye\r\n") != std::string::npos);
  CHECK(dialogue("AUTH PLAIN\r\n!\r\nQUIT\r\n").find("+ \r\n-ERR Syntax error\r\n+OK Goodbye\r\n") !=
        std::string::npos);
  CHECK(dialogue("AUTH PLAIN =\r\n").find("-ERR [AUTH] Login failed\r\n") != std::string::npos);
  CHECK(dialogue("AUTH CRAM-MD5\r\n").find("-ERR Unknown command or argument\r\n") != std::string::npos);
}

TEST_CASE("STLS drops what was sent before the handshake and forgets the name") {
  testing::FakeClock clock;
  auto options = testing::open_options();
  options.starttls = true;
  Pop3Stage stage(options, clock.now());
  CHECK(play("S: +OK ...\nC: USER ann\nS: +OK ...\nC: STLS\nC: PASS secret pass\nS: +OK Begin TLS\n! starttls\n"
             "C: PASS secret pass\nS: -ERR Not in this state\nC: STLS\nS: -ERR Unknown ...\n",
             stage, clock) == "");
}

TEST_CASE("without TLS a password is not accepted unless the listener says so") {
  auto options = testing::open_options();
  options.clear_login = false;
  options.mechanisms.clear();
  const std::string all = dialogue("CAPA\r\nUSER ann\r\nAUTH PLAIN AGFubgBzZWNyZXQgcGFzcw==\r\n", options);
  CHECK(all.find("\r\nUSER\r\n") == std::string::npos);
  CHECK(all.find("\r\nSASL") == std::string::npos);
  CHECK(all.find("-ERR Start TLS first\r\n-ERR Start TLS first\r\n") != std::string::npos);
  CHECK(all.ends_with("---\nclosed\n"));
}

TEST_CASE("a long message goes out in pieces and only as fast as it is taken") {
  testing::FakeClock clock;
  auto options = testing::open_options();
  options.limits.chunk = 1000;
  Pop3Stage stage(options, clock.now());
  std::string message = "A: b\r\n\r\n";
  std::string stuffed = message;
  for (int i = 0; i < 20'000; ++i) {
    message += ".line " + std::to_string(i) + "\r\n";
    stuffed += "..line " + std::to_string(i) + "\r\n";
  }
  stage.host.messages = {message};
  stage.session.receive("USER ann\r\nPASS secret pass\r\nRETR 1\r\n");
  std::string said;
  for (int i = 0; i < 2'000; ++i) {
    (void)stage.conversation.next(clock.now());
    (void)stage.conversation.next(clock.now());
    REQUIRE(stage.session.transmit().size() <= 3 * options.limits.chunk);
    const std::size_t taken = std::min<std::size_t>(stage.session.transmit().size(), 700);
    said += stage.session.transmit().substr(0, taken);
    stage.session.transmitted(taken);
  }
  CHECK(said.find("+OK " + std::to_string(message.size()) + " octets\r\n" + stuffed + ".\r\n") != std::string::npos);
}

TEST_CASE("a list of many messages is written in pieces") {
  testing::FakeClock clock;
  auto options = testing::open_options();
  options.limits.chunk = 500;
  Pop3Stage stage(options, clock.now());
  stage.host.messages.assign(5'000, "x");
  stage.session.receive("USER ann\r\nPASS secret pass\r\nUIDL\r\nNOOP\r\n");
  std::string said;
  for (int i = 0; i < 1'000; ++i) {
    (void)stage.conversation.next(clock.now());
    REQUIRE(stage.session.transmit().size() <= 1'100);
    said += stage.session.transmit();
    stage.session.transmitted(stage.session.transmit().size());
  }
  CHECK(said.find("\r\n5000 17.5000\r\n.\r\n+OK Nothing done\r\n") != std::string::npos);
}

TEST_CASE("a store that fails: nothing is lost, the answer says temporary") {
  testing::FakeClock clock;
  Pop3Stage stage(testing::open_options(), clock.now());
  CHECK(play(kLogin, stage, clock) == "");
  stage.host.store_fails = true;
  CHECK(play("C: RETR 1\nS: -ERR [SYS/TEMP] ...\nC: DELE 1\nS: +OK ...\nC: QUIT\nS: -ERR [SYS/TEMP] ...\n! closed\n",
             stage, clock) == "");
  CHECK(stage.host.removed.empty());
}

TEST_CASE("messages that cannot be opened are refused, and the session and the others live") {
  testing::FakeClock clock;
  Pop3Stage stage(testing::open_options(), clock.now());
  CHECK(play(kLogin, stage, clock) == "");
  stage.host.unopened[0] = Error(Code::sealed, Blame::environment, Lasting::permanent);
  stage.host.unopened[2] = Error(Code::corrupt, Blame::environment, Lasting::permanent);
  stage.host.messages[2] = "x";
  const View kRefused = "S: -ERR [SYS/PERM] This message is sealed; log in with the mailbox password to read it\n";
  CHECK(play("C: RETR 1\n" + own(kRefused) + "C: TOP 1 0\n" + own(kRefused) + "C: LIST 1\nS: +OK 1 29\n" +
                 "C: UIDL 1\nS: +OK 1 17.1\nC: TOP 2 0\nS: +OK ...\nS: Subject: two\nS:\nS: .\n" +
                 "C: RETR 3\nS: -ERR [SYS/PERM] ...\nC: NOOP\nS: +OK ...\n",
             stage, clock) == "");
  CHECK(stage.session.state() == pop3::State::transaction);
}

TEST_CASE("a message that is cut in the store never looks whole") {
  testing::FakeClock clock;
  auto options = testing::open_options();
  options.limits.chunk = 10;
  Pop3Stage stage(options, clock.now());
  stage.host.loses_tail = true;
  CHECK(play(own(kLogin) + "C: RETR 1\nC: NOOP\nS: +OK 29 octets\n! closed\n", stage, clock)
            .find("said more: Subject: o") != std::string::npos);
  CHECK(stage.session.state() == pop3::State::closed);
}

TEST_CASE("a mailbox in use") {
  testing::FakeClock clock;
  Pop3Stage stage(testing::open_options(), clock.now());
  stage.host.locked = true;
  CHECK(play("S: ...\nC: USER ann\nC: PASS secret pass\nS: +OK ...\nS: -ERR [IN-USE] ...\n", stage, clock) == "");
}

TEST_CASE("limit: idle closes without a word and without removing") {
  testing::FakeClock clock;
  Pop3Stage stage(testing::open_options(), clock.now());
  CHECK(play(own(kLogin) + "C: DELE 1\nS: +OK ...\n! wait 599\nC: NOOP\nS: +OK ...\n! wait 600\n! closed\n", stage,
             clock) == "");
  CHECK(stage.host.removed.empty());
}

TEST_CASE("limit: idle counts whole commands, not octets") {
  testing::FakeClock clock;
  Pop3Stage stage(testing::open_options(), clock.now());
  CHECK(play("S: ...\n! wait 300\nX: 4e\n! wait 299\nX: 4f\n! wait 1\n! closed\n", stage, clock) == "");
}

TEST_CASE("limit: errors") {
  testing::FakeClock clock;
  auto options = testing::open_options();
  options.limits.errors = 3;
  Pop3Stage stage(options, clock.now());
  CHECK(play("S: ...\nC: X\nC: STAT\nC: X\nC: NOOP\nS: -ERR ...\nS: -ERR ...\nS: -ERR Too many errors\n! closed\n",
             stage, clock) == "");
  CHECK(stage.host.seen == "violation: too many errors\nclosed\n");
}

TEST_CASE("limit: logins") {
  testing::FakeClock clock;
  auto options = testing::open_options();
  options.limits.logins = 2;
  Pop3Stage stage(options, clock.now());
  CHECK(play("S: ...\nC: USER ann\nC: PASS x\nS: +OK ...\nS: -ERR [AUTH] ...\nC: AUTH PLAIN =\nS: -ERR [AUTH] ...\n! "
             "closed\n",
             stage, clock) == "");
}

TEST_CASE("limit: lines of a SASL exchange are longer than command lines, and bounded") {
  testing::FakeClock clock;
  auto options = testing::open_options();
  options.limits.auth_line = 1000;
  Pop3Stage stage(options, clock.now());
  CHECK(play("S: ...\nC: AUTH PLAIN\nC: " + std::string(996, 'A') + "\nS: + \nS: -ERR [AUTH] ...\nC: AUTH PLAIN\nC: " +
                 std::string(1000, 'A') + "\nS: + \nS: -ERR Line too long\nC: NOOP\nS: -ERR Not ...\n",
             stage, clock) == "");
}

TEST_CASE("the end of input closes without removing; stop closes between commands") {
  testing::FakeClock clock;
  Pop3Stage ended(testing::open_options(), clock.now());
  CHECK(play(own(kLogin) + "C: DELE 1\nS: +OK ...\n! end\n! closed\n", ended, clock) == "");
  CHECK(ended.host.removed.empty());
  Pop3Stage stopped(testing::open_options(), clock.now());
  CHECK(play(kLogin, stopped, clock) == "");
  stopped.session.stop();
  CHECK(play("! closed\n", stopped, clock) == "");
}
