#include "posthorn/protocol/managesieve/message_reader.h"

#include <doctest/doctest.h>

#include "posthorn/testing/splits.h"

using namespace posthorn;
using managesieve::MessageReader;
using Peer = MessageReader::Peer;

namespace {

// What is read of an input, whatever it is cut into. Literals over `most` octets are refused.
std::string read(View input, Peer peer = Peer::client, std::uint64_t most = 10) {
  std::string whole;
  const std::string different = testing::for_every_split(input, [&](auto&& feed) {
    MessageReader reader(peer, 40, 100);
    Buffer buffer;
    std::string seen;
    bool lost = false;
    feed([&](View piece) {
      if (lost) return;
      buffer.append(piece);
      for (;;) {
        const auto status = reader.next(buffer);
        if (status == MessageReader::Status::need_input) break;
        if (status == MessageReader::Status::announced) {
          if (reader.announced() <= most) {
            reader.accept();
          } else if (!reader.refuse()) {
            lost = true;
          }
        } else if (status == MessageReader::Status::message) {
          seen += "[" + own(reader.text()) + "]";
          reader.reset();
        } else if (status == MessageReader::Status::refused) {
          seen += "refused " + std::to_string(static_cast<int>(reader.fault())) + ";";
          reader.reset();
        } else {
          lost = true;
        }
        if (lost) {
          seen += "lost";
          break;
        }
      }
    });
    return whole = seen;
  });
  CHECK(different == "");
  return whole;
}

}  // namespace

TEST_CASE("lines and literals, for every split") {
  CHECK(read("NOOP\r\nX {3+}\r\na\r\n\r\nY {0+}\r\n {1+}\r\nz\r\n") == "[NOOP][X {3+}\r\na\r\n][Y {0+}\r\n {1+}\r\nz]");
  CHECK(read("OK\r\n{3}\r\na\r\n\r\nOK\r\n", Peer::server) == "[OK][{3}\r\na\r\n][OK]");
}

TEST_CASE("what is refused is skipped to its end and never read as something else, for every split") {
  CHECK(read("X {11+}\r\nDELETE a\r\n\x01 {8+}\r\nLOGOUT\r\n\r\nNOOP\r\n") == "refused 4;[NOOP]");
  CHECK(read("X \"a\nb\" {8+}\r\nLOGOUT\r\n\r\nNOOP\r\n") == "refused 2;[NOOP]");
  CHECK(read("X " + std::string(60, 'x') + " {8+}\r\nLOGOUT\r\n\r\nNOOP\r\n") == "refused 1;[NOOP]");
  CHECK(read("X ~{8+}\r\nLOGOUT\r\n\r\nNOOP\r\n") == "refused 3;[NOOP]");
  CHECK(read("X\r\rNOOP\r\nNOOP\r\n") == "refused 2;[NOOP]");
}

TEST_CASE("a literal that a client would wait with does not come") {
  CHECK(read("X {3}\r\nNOOP\r\n") == "refused 3;[NOOP]");
}

TEST_CASE("a server announces without plus") { CHECK(read("{3+}\r\nabc\r\nOK\r\n", Peer::server) == "refused 3;[OK]"); }

TEST_CASE("what cannot be skipped is the end: too long, all together too long, of unknown length") {
  CHECK(read("X {101+}\r\nLOGOUT\r\n") == "lost");
  CHECK(read("X {99999999999999999999999+}\r\nLOGOUT\r\n") == "lost");
  std::string many = "X";
  for (int i = 0; i < 6; ++i) many += " {20+}\r\n12345678901234567890";
  CHECK(read(many + "\r\n") == "lost");
  CHECK(read("X " + std::string(100, 'x') + "{" + std::string(100, '0') + "5+}\r\nabcde\r\n") == "lost");
}
