#include "posthorn/protocol/imap/server_session.h"

#include <string>

#include <doctest/doctest.h>

#include "posthorn/testing/splits.h"
#include "posthorn/testing/transcript.h"

#include "protocol/imap/stage.h"

using namespace posthorn;
using namespace posthorn::imap;
using testing::ImapStage;

static_assert(Session<ServerSession>);

TEST_CASE("transcripts, whole and octet by octet") {
  const auto played = testing::play_folder("tests/transcripts/imap", [](View name) {
    Limits limits;
    if (name == "errors") limits.login_errors = 10;
    auto stage = std::make_shared<ImapStage>(limits, name == "starttls");
    if (name == "sealed") stage->account.unopened = {{2, Code::sealed}, {3, Code::corrupt}};
    return testing::Stage{stage, &stage->server, &stage->clock};
  });
  CHECK(played.files >= 12);
  CHECK(played.problems == "");
}

TEST_CASE("every split of a dialogue gives the same answers") {
  const View dialogue =
      "a LOGIN {3+}\r\nann {11+}\r\nsecret word\r\nb SELECT INBOX\r\nc STORE 1:2 +FLAGS (\\Deleted)\r\n"
      "d APPEND INBOX (\\Seen) {7+}\r\nX: y\r\n\r\r\ne APPEND no {4+}\r\nabcd\r\nf EXPUNGE\r\ng IDLE\r\nDONE\r\n"
      "h NOSUCH {5+}\r\nz X\r\n\r\ni APPEND INBOX {2+}\r\nabx {3+}\r\nabc\r\n\r\nj LOGOUT\r\n";
  const std::string difference = testing::for_every_split(dialogue, [](auto feed) {
    ImapStage stage;
    std::string heard = stage.run();
    feed([&](View piece) { heard += stage.say(piece); });
    return heard;
  });
  CHECK(difference == "");
}

TEST_CASE("every row is refused in each phase it does not name") {
  for (const CommandSpec& row : all_commands()) {
    CAPTURE(row.name);
    const std::string prefix = row.effects.has(Effect::only_uid) ? "x UID " : "x ";
    const std::string line = prefix + std::string(row.example) + "\r\n";
    for (Phase phase : {Phase::not_authenticated, Phase::authenticated, Phase::selected}) {
      if (row.phases.has(phase)) continue;
      ImapStage stage;
      stage.run();
      if (phase != Phase::not_authenticated) stage.log_in();
      if (phase == Phase::selected) stage.say("s SELECT INBOX\r\n");
      REQUIRE(stage.server.session().phase() == phase);
      CHECK(stage.say(line).starts_with("x BAD "));
      CHECK(stage.server.session().phase() == phase);
      CHECK(stage.say("y NOOP\r\n") == "y OK Done\r\n");
    }
  }
}

TEST_CASE("a refused login is held back, and nothing is read meanwhile") {
  ImapStage stage({}, false, std::chrono::seconds(2));
  stage.run();
  CHECK(stage.say("a LOGIN ann wrong\r\nb NOOP\r\n") == "");
  CHECK(stage.last == Wants::pause);
  CHECK(stage.server.deadline() == stage.clock.now() + std::chrono::seconds(2));
  stage.clock.advance(std::chrono::seconds(2));
  CHECK(stage.run() == "a NO [AUTHENTICATIONFAILED] Wrong name or password\r\nb OK Done\r\n");
}

TEST_CASE("limits") {
  Limits limits;
  limits.line = 128;
  limits.literal = 200;
  limits.command = 300;
  limits.message = 50;
  limits.drain = 2000;
  ImapStage stage(limits);
  stage.log_in();
  SUBCASE("line") {
    CHECK(stage.say("a1 CREATE " + std::string(200, 'x') + "\r\n") == "a1 BAD [LIMIT] The line is too long\r\n");
  }
  SUBCASE("line with a literal behind it") {
    CHECK(stage.say("a1 CREATE " + std::string(200, 'x') + " {10+}\r\n1 LOGOUT\r\n\r\n") ==
          "a1 BAD [LIMIT] The line is too long\r\n");
  }
  SUBCASE("line whose literal cannot be read any more") {
    CHECK(stage.say("a1 CREATE {" + std::string(200, '0') + "9+}\r\n1 LOGOUT\r\n") ==
          "* BYE The literal is too long to skip\r\n");
    CHECK(stage.last == Wants::close);
  }
  SUBCASE("literal") {
    CHECK(stage.say("a1 CREATE {201}\r\n") == "a1 BAD [LIMIT] The literal is too long\r\n");
    CHECK(stage.say("a1 CREATE {201+}\r\n" + std::string(201, 'x') + "\r\n") ==
          "a1 BAD [LIMIT] The literal is too long\r\n");
  }
  SUBCASE("command") {
    CHECK(stage.say("a1 RENAME {160}\r\n").starts_with("+ "));
    CHECK(stage.say(std::string(160, 'x') + " {160}\r\n") == "a1 BAD [LIMIT] The literal is too long\r\n");
    CHECK(stage.say("a1 RENAME {180+}\r\n" + std::string(180, 'x') + " {50+}\r\n" + std::string(50, 'x') + " " +
                    std::string(90, 'x') + "\r\n") == "a1 BAD [LIMIT] The command is too long\r\n");
  }
  SUBCASE("message") {
    CHECK(stage.say("a1 APPEND INBOX {51}\r\n") == "a1 NO [TOOBIG] The message is too big\r\n");
    CHECK(stage.say("a1 APPEND INBOX {51+}\r\n" + std::string(51, 'x') + "\r\n") ==
          "a1 NO [TOOBIG] The message is too big\r\n");
  }
  SUBCASE("drain") {
    CHECK(stage.say("a1 NOSUCH {2001+}\r\n").find("* BYE ") != std::string::npos);
    CHECK(stage.last == Wants::close);
    return;
  }
  SUBCASE("drain of a message") {
    CHECK(stage.say("a1 APPEND INBOX {18446744073709551615+}\r\n").find("* BYE ") != std::string::npos);
    CHECK(stage.last == Wants::close);
    return;
  }
  SUBCASE("a number that is no number of octets") {
    CHECK(stage.say("a1 CREATE {99999999999999999999999}\r\n").starts_with("a1 BAD "));
  }
  if (stage.last != Wants::close) CHECK(stage.say("z NOOP\r\n") == "z OK Done\r\n");
}

TEST_CASE("errors are counted, and a login starts anew") {
  Limits limits;
  limits.login_errors = 3;
  limits.errors = 5;
  ImapStage stage(limits);
  stage.run();
  stage.say("a x\r\nb x\r\n");
  stage.log_in();
  CHECK(stage.say("a x\r\nb x\r\nc x\r\nd x\r\n").find("BYE") == std::string::npos);
  CHECK(stage.say("e x\r\n").find("* BYE Too many errors\r\n") != std::string::npos);
  CHECK(stage.last == Wants::close);
}

TEST_CASE("idle for half an hour ends the connection, a word keeps it") {
  ImapStage stage;
  stage.log_in();
  stage.clock.advance(std::chrono::minutes(29));
  CHECK(stage.say("a NOOP\r\n") == "a OK Done\r\n");
  stage.clock.advance(std::chrono::minutes(29));
  CHECK(stage.run() == "");
  stage.clock.advance(std::chrono::minutes(1));
  CHECK(stage.run().starts_with("* BYE "));
  CHECK(stage.last == Wants::close);
}

TEST_CASE("stop says BYE") {
  ImapStage stage;
  stage.select();
  stage.say("i IDLE\r\n");
  stage.server.stop();
  CHECK(stage.run() == "* BYE The server stops\r\n");
  CHECK(stage.last == Wants::close);
}

TEST_CASE("what others do is told after each command, EXPUNGE only where numbers may change") {
  ImapStage stage;
  stage.select();
  auto box = stage.account.find("INBOX");
  box->messages.erase(box->messages.begin());
  box->messages[0].facts.flags.system = 1;
  ++box->revision;
  stage.account.add("INBOX", "new");
  // STORE uses sequence numbers: the removed message keeps its number.
  const std::string during = stage.say("a STORE 3 FLAGS (\\Seen)\r\n");
  CHECK(during == "* 3 FETCH (FLAGS (\\Seen))\r\n* 2 FETCH (UID 2 FLAGS (\\Seen))\r\n* 4 EXISTS\r\na OK Done\r\n");
  CHECK(stage.say("b NOOP\r\n") == "* 1 EXPUNGE\r\nb OK Done\r\n");
  CHECK(stage.say("c NOOP\r\n") == "c OK Done\r\n");
}

TEST_CASE("IDLE tells news at once") {
  ImapStage stage;
  stage.select();
  CHECK(stage.say("a IDLE\r\n") == "+ Waiting for news\r\n");
  stage.account.add("INBOX", "new");
  CHECK(stage.run() == "* 4 EXISTS\r\n");
  stage.account.find("INBOX")->messages.clear();
  ++stage.account.find("INBOX")->revision;
  CHECK(stage.run() == "* 1 EXPUNGE\r\n* 1 EXPUNGE\r\n* 1 EXPUNGE\r\n* 1 EXPUNGE\r\n");
  CHECK(stage.say("DONE\r\n") == "a OK Done\r\n");
}

TEST_CASE("a selected mailbox that goes away ends the connection") {
  ImapStage stage;
  stage.account.make("doomed");
  stage.log_in();
  stage.say("a SELECT doomed\r\n");
  stage.account.find("doomed")->gone = true;
  CHECK(stage.say("b NOOP\r\n").starts_with("* BYE [UNAVAILABLE] "));
  CHECK(stage.last == Wants::close);
}

TEST_CASE("a store that fails is told, and the session lives") {
  ImapStage stage;
  stage.select();
  stage.account.failure = Code::unavailable;
  for (View command : {"a STORE 1 FLAGS ()", "a SELECT INBOX", "a EXPUNGE", "a CREATE x", "a LIST \"\" *",
                       "a STATUS INBOX (MESSAGES)", "a APPEND INBOX {5+}\r\nabcde"}) {
    CAPTURE(command);
    stage.account.failure = Code::misuse;
    stage.say("s SELECT INBOX\r\n");
    stage.account.failure = Code::unavailable;
    CHECK(stage.say(own(command) + "\r\n").find("a NO [UNAVAILABLE] ") != View::npos);
  }
  stage.account.failure = Code::corrupt;
  CHECK(stage.say("a CREATE x\r\n").starts_with("a NO [SERVERBUG] "));
  stage.account.failure = Code::misuse;
  CHECK(stage.say("b CREATE x\r\n") == "b OK [MAILBOXID (m1002)] Done\r\n");
}

TEST_CASE("a million changes hold one buffer") {
  Limits limits;
  limits.output = 1000;
  ImapStage stage(limits);
  for (int i = 0; i < 2000; ++i) stage.account.add("INBOX", "x");
  stage.select();
  stage.peak = 0;
  const std::string stored = stage.say("a STORE 1:* +FLAGS (\\Deleted)\r\n");
  CHECK(stored.ends_with("* 2003 FETCH (FLAGS (\\Deleted))\r\na OK Done\r\n"));
  CHECK(stage.say("b EXPUNGE\r\n").size() > 2003 * 13);
  stage.account.find("INBOX")->messages.clear();
  for (int i = 0; i < 2000; ++i) stage.account.add("INBOX", "x");
  stage.say("c NOOP\r\n");
  stage.account.find("INBOX")->messages.clear();
  ++stage.account.find("INBOX")->revision;
  CHECK(stage.say("d NOOP\r\n").size() == 2000 * 13 + 11);
  CHECK(stage.peak < 1100);
}

TEST_CASE("a large message goes through in pieces") {
  ImapStage stage;
  stage.log_in();
  stage.say("a APPEND INBOX {1000000+}\r\n");
  for (int i = 0; i < 1000; ++i) stage.say(std::string(1000, 'x'));
  CHECK(stage.say("\r\n") == "a OK [APPENDUID 1001 4] Stored\r\n");
  CHECK(stage.account.find("INBOX")->messages.back().octets.size() == 1'000'000);
}

TEST_CASE("a peer that closes in the middle leaves nothing behind") {
  ImapStage stage;
  stage.log_in();
  stage.say("a APPEND INBOX {10}\r\n");
  stage.say("abc");
  stage.server.receive_end();
  stage.run();
  CHECK(stage.last == Wants::close);
  CHECK(stage.account.find("INBOX")->messages.size() == 3);
}

TEST_CASE("a literal that breaks off is the last that the client hears") {
  ImapStage stage;
  const std::string message = "Subject: large\r\n\r\n" + std::string(196'610, 'x');
  stage.account.add("INBOX", message, {1, {}});
  stage.account.damaged_from = 196'608;  // the last piece: a tagged line would make the literal whole
  stage.select();
  const std::string before = "* 4 FETCH (BODY[] {196628}\r\n";
  const std::string heard = stage.say("a FETCH 4 BODY[]\r\nb NOOP\r\n");
  CHECK(stage.last == Wants::close);
  CHECK(heard.size() < before.size() + message.size());
  CHECK(heard == before + message.substr(0, heard.size() - before.size()));
  CHECK(stage.say("c NOOP\r\n").empty());
}
