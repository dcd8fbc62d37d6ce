#include "protocol/imap/compressed_wire.h"

#include <doctest/doctest.h>

#include "posthorn/testing/splits.h"

#include "protocol/imap/stage.h"

using namespace posthorn;
using namespace posthorn::imap;
using testing::ImapStage;

namespace {
/// A client that compresses.
struct Peer {
  codec::Deflater deflater;
  codec::Inflater inflater;

  std::string packed(View text) {
    Buffer out;
    deflater.compress(text, out);
    return own(out.view());
  }
  std::string unpacked(View wire) {
    Buffer out;
    const auto outcome = inflater.expand(wire, 10'000'000, out);
    CHECK(outcome.taken == wire.size());
    CHECK(!outcome.broken);
    return own(out.view());
  }
};

struct CompressedStage : ImapStage, Peer {
  explicit CompressedStage(Limits limits = {}) : ImapStage(limits) {
    log_in();
    CHECK(say("c COMPRESS DEFLATE\r\n") == "c OK DEFLATE from here on\r\n");
  }
  std::string talk(View text) { return unpacked(say(packed(text))); }
};
}  // namespace

TEST_CASE("COMPRESS: the answer goes as it is, all behind it is DEFLATE (RFC 4978 section 3)") {
  CompressedStage stage;
  CHECK(stage.talk("d NOOP\r\n") == "d OK Done\r\n");
  CHECK(stage.talk("e COMPRESS DEFLATE\r\n") == "e NO [COMPRESSIONACTIVE] DEFLATE is active already\r\n");
  CHECK(stage.talk("f APPEND INBOX {6}\r\n").starts_with("+ "));
  CHECK(stage.talk("a:b\r\n\xFF\r\n") == "f OK [APPENDUID 1001 4] Stored\r\n");
  CHECK(stage.talk("g UID FETCH 4 BODY[]\r\n").empty() == false);
  CHECK(stage.talk("h IDLE\r\n").starts_with("+ "));
  stage.account.add("INBOX", "x");
  CHECK(stage.talk("DONE\r\ni NOSUCH\r\n").ends_with("h OK Done\r\ni BAD No such command\r\n"));
  CHECK(stage.talk("j LOGOUT\r\n").find("j OK") != std::string::npos);
  CHECK(stage.last == Wants::close);
}

TEST_CASE("COMPRESS is refused where it has no place") {
  ImapStage stage;
  stage.run();
  CHECK(stage.say("a COMPRESS DEFLATE\r\n") == "a BAD Log in first\r\n");
  stage.log_in();
  CHECK(stage.say("b CAPABILITY\r\n").find(" COMPRESS=DEFLATE") != std::string::npos);
  CHECK(stage.say("c COMPRESS LZ4\r\n") == "c BAD Only DEFLATE is known here\r\n");
  CHECK(stage.say("d NOOP\r\n") == "d OK Done\r\n");
}

TEST_CASE("every split of a compressed dialogue gives the same answers") {
  Peer peer;
  const std::string wire =
      "a LOGIN ann {11+}\r\nsecret word\r\nc COMPRESS DEFLATE\r\n" +
      peer.packed(
          "d APPEND INBOX {5+}\r\nab\r\nc (\\Seen) {3+}\r\nx\r\n\r\ne CREATE {3+}\r\nnew\r\nf NOSUCH {2+}\r\nxy\r\n") +
      peer.packed("g SELECT INBOX\r\nh FETCH 4:5 BODY[]\r\ni LOGOUT\r\n");
  const std::string difference = testing::for_every_split(wire, [](auto feed) {
    ImapStage stage;
    std::string heard = stage.run();
    feed([&](View piece) { heard += stage.say(piece); });
    const std::size_t start = heard.find("c OK DEFLATE from here on\r\n") + 27;
    Peer client;
    return heard.substr(0, start) + client.unpacked(View(heard).substr(start));
  });
  CHECK(difference == "");
}

TEST_CASE("what is no DEFLATE ends the connection, and what expands without end holds one buffer") {
  {
    CompressedStage stage;
    CHECK(stage.unpacked(stage.say("d NOOP\r\n")) == "* BYE This is no DEFLATE\r\n");
    CHECK(stage.last == Wants::close);
  }
  {
    CompressedStage stage;
    const std::string bomb = stage.packed("d " + std::string(30'000'000, 'x') + "\r\ne NOOP\r\n");
    CHECK(bomb.size() < 40'000);
    CHECK(stage.unpacked(stage.say(bomb)) == "d BAD [LIMIT] The line is too long\r\ne OK Done\r\n");
  }
  {
    CompressedStage stage;
    const std::string message = stage.packed("d APPEND INBOX {30000000+}\r\n" + std::string(30'000'000, 'x') + "\r\n");
    CHECK(stage.unpacked(stage.say(message)) == "d OK [APPENDUID 1001 4] Stored\r\n");
  }
}

TEST_CASE("a long answer goes in pieces") {
  CompressedStage stage;
  std::string big;
  for (std::uint32_t i = 0; i < 1'000'000; ++i) big += static_cast<char>('a' + ((i * 7919U) >> 3U) % 26);
  stage.account.add("INBOX", big);
  const std::string answer = stage.talk("d SELECT INBOX\r\ne FETCH 4 BODY[]\r\n");
  CHECK(answer.find(big) != std::string::npos);
  CHECK(stage.peak < 140'000);
}
