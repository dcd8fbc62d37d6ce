#include "posthorn/protocol/managesieve/server_session.h"

#include <doctest/doctest.h>

#include "posthorn/testing/splits.h"
#include "posthorn/testing/transcript.h"

#include "protocol/managesieve/scripts_host.h"

using namespace posthorn;
using testing::SieveStage;

namespace {

const View kLogin = "AUTHENTICATE \"PLAIN\" \"AGFubgBzZWNyZXQgcGFzcw==\"\r\n";
const View kLoggedIn = "S*\nS: OK ...\nC: AUTHENTICATE \"PLAIN\" \"AGFubgBzZWNyZXQgcGFzcw==\"\nS: OK ...\n";

// Events and output for an input that comes in pieces, without the greeting.
std::string dialogue(View input, const managesieve::ServerOptions& options = testing::open_options()) {
  std::string whole;
  const std::string different = testing::for_every_split(input, [&](auto&& feed) {
    testing::FakeClock clock;
    SieveStage stage(options, clock.now());
    std::string said;
    const auto run = [&] {
      for (Wants wants = Wants::again; wants == Wants::again;) {
        wants = stage.conversation.next(clock.now());
        said += stage.session.transmit();
        stage.session.transmitted(stage.session.transmit().size());
      }
    };
    run();
    said.clear();
    feed([&](View piece) {
      stage.session.receive(piece);
      run();
    });
    stage.session.receive_end();
    run();
    return whole = said + "---\n" + stage.host.seen;
  });
  CHECK(different == "");
  return whole;
}

std::string play(View transcript, SieveStage& stage, testing::FakeClock& clock) {
  return testing::play(transcript, stage.conversation, clock);
}

bool has(const std::string& text, View part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("transcripts") {
  const auto played = testing::play_folder("tests/transcripts/managesieve", [](View name) {
    auto clock = std::make_shared<testing::FakeClock>();
    auto stage = std::make_shared<SieveStage>(
        name.starts_with("tls") ? testing::tls_options() : testing::open_options(), clock->now());
    return testing::Stage{std::make_shared<std::pair<decltype(clock), decltype(stage)>>(clock, stage),
                          &stage->conversation, clock.get()};
  });
  CHECK(played.problems == "");
  CHECK(played.files >= 5);
}

TEST_CASE("a pipelined session is the same for every split") {
  const std::string all =
      dialogue(own(kLogin) +
               "PUTSCRIPT \"a\" {12+}\r\nkeep;\r\nstop;\r\nPUTSCRIPT {1+}\r\nb \"keep;\"\r\n"
               "SETACTIVE \"b\"\r\nLISTSCRIPTS\r\nGETSCRIPT \"a\"\r\nDELETESCRIPT \"b\"\r\nLOGOUT\r\n");
  CHECK(has(all,
            "\"a\"\r\n\"b\" ACTIVE\r\nOK \"These are all\"\r\n{12}\r\nkeep;\r\nstop;\r\nOK \"This is all\"\r\n"
            "NO (ACTIVE) \"The script is active\"\r\nOK \"Goodbye\"\r\n"));
  CHECK(all.ends_with("auth PLAIN\nclosed\n"));
}

TEST_CASE("a refused literal is never read as commands, for every split") {
  auto options = testing::open_options();
  options.limits.script = 20;
  options.limits.string = 20;
  const std::string all = dialogue("PUTSCRIPT \"a\" {22+}\r\nNOOP \"stranger\"\r\nABC\r\n\r\n" + own(kLogin) +
                                       "PUTSCRIPT \"a\" {21+}\r\nNOOP \"too long\"\r\nXY\r\n\r\n" +
                                       "SETACTIVE {21+}\r\nNOOP \"too long\"\r\nXY\r\n\r\n" +
                                       "BOGUS {17+}\r\nNOOP \"unknown\"\r\n\r\n\r\n" + "NOOP\r\n",
                                   options);
  CHECK(has(all,
            "NO \"Log in first\"\r\nOK \"Logged in\"\r\nNO (QUOTA/MAXSIZE) \"The script is too long\"\r\n"
            "NO \"The string is too long\"\r\nNO \"No such command\"\r\nOK \"Done\"\r\n"));
  CHECK_FALSE(has(all, "TAG"));
}

TEST_CASE("a literal that is much too long ends the session") {
  auto options = testing::open_options();
  options.limits.script = 20;
  options.limits.skip = 100;
  const std::string all = dialogue(own(kLogin) + "PUTSCRIPT \"a\" {101+}\r\nNOOP\r\n", options);
  CHECK(has(all, "BYE \"The literal is much too long\"\r\n---\n"));
  CHECK(all.ends_with("violation: a literal that cannot be skipped\nclosed\n"));
}

TEST_CASE("what is not CRLF, too long, or waits to be asked is refused for every split") {
  auto options = testing::open_options();
  options.limits.line = 60;
  const std::string all =
      dialogue("NOOP\nNOOP\r\nNOOP\rNOOP\r\nNOOP \"" + std::string(70, 'x') + "\"\r\nNOOP {3}\r\nNOOP\r\n", options);
  CHECK(has(all,
            "NO \"A bare CR or LF, or NUL, in a line\"\r\nNO \"A bare CR or LF, or NUL, in a line\"\r\n"
            "NO \"The line is too long\"\r\nNO \"Announce literals as {n+}\"\r\nOK \"Done\"\r\n"));
}

TEST_CASE("many literals of one command are bounded together") {
  auto options = testing::open_options();
  options.limits.script = 1000;
  options.limits.string = 100;
  options.limits.line = 100;
  std::string many = "PUTSCRIPT";
  for (int i = 0; i < 40; ++i) many += " {90+}\r\n" + std::string(90, 'x');
  CHECK(has(dialogue(own(kLogin) + many + "\r\nNOOP\r\n", options),
            "NO (QUOTA/MAXSIZE) \"The script is too long\"\r\nOK \"Done\"\r\n"));
}

TEST_CASE("SASL for every split: initial response, challenge, literal, cancelled, broken") {
  CHECK(has(dialogue("AUTHENTICATE \"plain\"\r\n\"AGFubgBzZWNyZXQgcGFzcw==\"\r\n"), "\"\"\r\nOK \"Logged in\"\r\n"));
  CHECK(has(dialogue("AUTHENTICATE {5+}\r\nPLAIN {24+}\r\nAGFubgBzZWNyZXQgcGFzcw==\r\n"), "OK \"Logged in\"\r\n"));
  CHECK(
      has(dialogue("AUTHENTICATE \"PLAIN\"\r\n{24+}\r\nAGFubgBzZWNyZXQgcGFzcw==\r\n"), "\"\"\r\nOK \"Logged in\"\r\n"));
  CHECK(has(dialogue("AUTHENTICATE \"PLAIN\"\r\n\"*\"\r\nNOOP\r\n"), "\"\"\r\nNO \"Cancelled\"\r\nOK \"Done\"\r\n"));
  CHECK(
      has(dialogue("AUTHENTICATE \"PLAIN\"\r\n\"!\"\r\nNOOP\r\n"), "NO \"Not base64 in a string\"\r\nOK \"Done\"\r\n"));
  CHECK(
      has(dialogue("AUTHENTICATE \"PLAIN\"\r\nNOOP\r\nNOOP\r\n"), "NO \"Not base64 in a string\"\r\nOK \"Done\"\r\n"));
  CHECK(has(dialogue("AUTHENTICATE \"PLAIN\" \"AGFubgB3cm9uZw==\"\r\n"), "NO \"Login failed\"\r\n"));
  CHECK(has(dialogue("AUTHENTICATE \"CRAM-MD5\"\r\n"), "NO \"No such mechanism here\"\r\n"));
}

TEST_CASE("without TLS nobody logs in unless the listener says so, and the SASL list is empty") {
  testing::FakeClock clock;
  SieveStage stage(testing::tls_options(), clock.now());
  CHECK(play("S: \"IMPLEMENTATION\" \"Posthorn\"\nS: \"SASL\" \"\"\nS: \"SIEVE\" \"fileinto reject\"\nS: \"STARTTLS\"\n"
             "S: \"LANGUAGE\" \"en\"\nS: \"UNAUTHENTICATE\"\nS: \"VERSION\" \"1.0\"\nS: OK ...\n"
             "C: AUTHENTICATE \"PLAIN\" \"AGFubgBzZWNyZXQgcGFzcw==\"\nS: NO (ENCRYPT-NEEDED) ...\n",
             stage, clock) == "");
  CHECK(stage.host.seen == "");
}

TEST_CASE("STARTTLS drops what was sent before the handshake, and the capabilities come again") {
  testing::FakeClock clock;
  SieveStage stage(testing::tls_options(), clock.now());
  CHECK(
      play("S*\nS: OK ...\nC: STARTTLS\nC: NOOP \"injected\"\nS: OK \"Begin TLS\"\n! starttls\n"
           "S: \"IMPLEMENTATION\" ...\nS: \"SASL\" \"SCRAM-SHA-256 PLAIN\"\nS: \"SIEVE\" ...\nS: \"LANGUAGE\" \"en\"\n"
           "S: \"UNAUTHENTICATE\"\nS: \"VERSION\" \"1.0\"\nS: OK ...\nC: STARTTLS\nS: NO \"TLS is not on offer\"\n"
           "C: AUTHENTICATE \"PLAIN\" \"AGFubgBzZWNyZXQgcGFzcw==\"\nS: OK ...\nC: STARTTLS\nS: NO \"Logged in "
           "already\"\n",
           stage, clock) == "");
}

TEST_CASE("implicit TLS is there before the greeting, which comes once") {
  testing::FakeClock clock;
  SieveStage stage(testing::tls_options(), clock.now());
  stage.session.upgraded({});
  stage.session.offer("PLAIN");
  CHECK(play("S: \"IMPLEMENTATION\" ...\nS: \"SASL\" \"PLAIN\"\nS: \"SIEVE\" ...\nS: \"LANGUAGE\" ...\n"
             "S: \"UNAUTHENTICATE\"\nS: \"VERSION\" \"1.0\"\nS: OK ...\nC: NOOP\nS: OK \"Done\"\n",
             stage, clock) == "");
}

TEST_CASE("capabilities that depend: owner, redirects, notifications") {
  auto options = testing::open_options();
  options.max_redirects = 4;
  options.notify = "mailto";
  CHECK(has(dialogue("CAPABILITY\r\n", options),
            "\"MAXREDIRECTS\" \"4\"\r\n\"NOTIFY\" \"mailto\"\r\n\"LANGUAGE\" \"en\"\r\n\"UNA"));
  CHECK(has(dialogue(own(kLogin) + "CAPABILITY\r\n", options), "\"LANGUAGE\" \"en\"\r\n\"OWNER\" \"ann\"\r\n"));
}

TEST_CASE("UNAUTHENTICATE leads back to before the login") {
  testing::FakeClock clock;
  SieveStage stage(testing::open_options(), clock.now());
  CHECK(play(own(kLoggedIn) +
                 "C: UNAUTHENTICATE\nC: LISTSCRIPTS\nC: UNAUTHENTICATE\nS: OK ...\nS: NO \"Log in first\"\n"
                 "S: NO \"Log in first\"\nC: AUTHENTICATE \"PLAIN\" \"AGFubgBzZWNyZXQgcGFzcw==\"\nS: OK ...\n",
             stage, clock) == "");
  CHECK(stage.host.seen == "auth PLAIN\nforgotten\nauth PLAIN\n");
}

TEST_CASE("a user whose scripts are elsewhere is referred") {
  testing::FakeClock clock;
  SieveStage stage(testing::open_options(), clock.now());
  stage.host.elsewhere = "sieve://mail2.example.org";
  CHECK(play("S*\nS: OK ...\nC: AUTHENTICATE \"PLAIN\" \"AGFubgBzZWNyZXQgcGFzcw==\"\n"
             "S: BYE (REFERRAL \"sieve://mail2.example.org\") ...\n! closed\n",
             stage, clock) == "");
}

TEST_CASE("a store that fails says that it is for now, and the session lives") {
  testing::FakeClock clock;
  SieveStage stage(testing::open_options(), clock.now());
  stage.host.scripts.fails = true;
  CHECK(play(own(kLoggedIn) + "C: LISTSCRIPTS\nS: NO (TRYLATER) ...\nC: NOOP\nS: OK ...\n", stage, clock) == "");
}

TEST_CASE("much that is asked for goes out as fast as it is taken") {
  testing::FakeClock clock;
  auto options = testing::open_options();
  options.limits.output = 1000;
  SieveStage stage(options, clock.now());
  stage.host.scripts.stored["a"] = std::string(5000, 'x');
  std::string input = own(kLogin);
  for (int i = 0; i < 50; ++i) input += "GETSCRIPT \"a\"\r\n";
  stage.session.receive(input);
  std::size_t said = 0;
  for (int i = 0; i < 1000; ++i) {
    (void)stage.conversation.next(clock.now());
    REQUIRE(stage.session.transmit().size() <= 6200);
    const std::size_t taken = std::min<std::size_t>(stage.session.transmit().size(), 700);
    said += taken;
    stage.session.transmitted(taken);
  }
  CHECK(said > 50 * 5000);
}

TEST_CASE("limit: diagnostics") {
  auto options = testing::open_options();
  options.limits.diagnostics = 2;
  CHECK(
      has(dialogue(own(kLogin) + "CHECKSCRIPT {15+}\r\nbad\r\nbad\r\nbad\r\n\r\n", options),
          "NO {92}\r\nline 1, column 1: unknown command \"bad\"\r\nline 2, column 1: unknown command \"bad\"\r\nand 1 "
          "more\r\n"));
}

TEST_CASE("limit: errors") {
  testing::FakeClock clock;
  auto options = testing::open_options();
  options.limits.errors = 3;
  SieveStage stage(options, clock.now());
  CHECK(
      play("S*\nS: OK ...\nC: X\nC: LISTSCRIPTS\nC: NOOP x\nC: NOOP\nS: NO ...\nS: NO ...\nS: BYE \"Too many errors\"\n"
           "! closed\n",
           stage, clock) == "");
  CHECK(stage.host.seen == "violation: too many errors\nclosed\n");
}

TEST_CASE("limit: logins") {
  testing::FakeClock clock;
  auto options = testing::open_options();
  options.limits.logins = 2;
  SieveStage stage(options, clock.now());
  CHECK(play("S*\nS: OK ...\nC: AUTHENTICATE \"PLAIN\" \"AGFubgB3cm9uZw==\"\nS: NO \"Login failed\"\n"
             "C: AUTHENTICATE \"PLAIN\" \"AGFubgB3cm9uZw==\"\nS: BYE \"Too many failed logins\"\n! closed\n",
             stage, clock) == "");
}

TEST_CASE("limit: the time until the login, whatever is said, also after UNAUTHENTICATE") {
  testing::FakeClock clock;
  SieveStage stage(testing::open_options(), clock.now());
  CHECK(play("S*\nS: OK ...\n! wait 179\nC: NOOP\nS: OK ...\n! wait 1\nS: BYE ...\n! closed\n", stage, clock) == "");
  SieveStage again(testing::open_options(), clock.now());
  CHECK(play(own(kLoggedIn) + "! wait 1000\nC: UNAUTHENTICATE\nS: OK ...\n! wait 179\nC: NOOP\nS: OK ...\n! wait 1\n"
                              "S: BYE ...\n! closed\n",
             again, clock) == "");
}

TEST_CASE("limit: idle counts whole commands, not octets") {
  testing::FakeClock clock;
  SieveStage stage(testing::open_options(), clock.now());
  CHECK(play(own(kLoggedIn) +
                 "! wait 1799\nC: NOOP\nS: OK ...\n! wait 1000\nX: 4e\n! wait 799\nX: 4f\n! wait 1\nS: BYE "
                 "...\n! closed\n",
             stage, clock) == "");
}

TEST_CASE("the end of input closes; stop says BYE between commands") {
  testing::FakeClock clock;
  SieveStage ended(testing::open_options(), clock.now());
  CHECK(play(own(kLoggedIn) + "! end\n! closed\n", ended, clock) == "");
  SieveStage stopped(testing::open_options(), clock.now());
  CHECK(play(kLoggedIn, stopped, clock) == "");
  stopped.session.stop();
  CHECK(play("S: BYE (TRYLATER) ...\n! closed\n", stopped, clock) == "");
}
