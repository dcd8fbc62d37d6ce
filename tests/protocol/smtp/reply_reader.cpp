#include "posthorn/protocol/smtp/reply_reader.h"

#include <doctest/doctest.h>

#include "posthorn/testing/splits.h"

using namespace posthorn;
using namespace posthorn::smtp;

namespace {
std::string read_all(View input) {
  std::string last;
  CHECK(posthorn::testing::for_every_split(input, [&](auto&& feed) {
          ReplyReader reader(512, 4);
          Buffer buffer;
          std::string out;
          bool dead = false;
          feed([&](View piece) {
            if (dead) return;
            buffer.append(piece);
            for (;;) {
              auto reply = reader.next(buffer);
              if (!reply) {
                dead = true;
                out += "error ";
                return;
              }
              if (!*reply) return;
              out += std::to_string((*reply)->first.code) + "|" + (*reply)->first.enhanced + "|" + (*reply)->first.text;
              for (const auto& line : (*reply)->others) out += "/" + line;
              out += " ";
            }
          });
          return last = out;
        }) == "");
  return last;
}
}  // namespace

TEST_CASE("replies of one line and of many") {
  CHECK(read_all("250 OK\r\n") == "250||OK ");
  CHECK(read_all("250\r\n250 \r\n") == "250|| 250|| ");
  CHECK(read_all("250-a\r\n250-b c\r\n250 d\r\n221 x\r\n") == "250||a/b c/d 221||x ");
  CHECK(read_all("250-\r\n250\r\n") == "250||/ ");
}

TEST_CASE("enhanced codes are taken off where they belong to the class") {
  CHECK(read_all("550 5.1.1 no\r\n") == "550|5.1.1|no ");
  CHECK(read_all("550 5.1.1\r\n") == "550|5.1.1| ");
  CHECK(read_all("550 4.1.1 no\r\n") == "550||4.1.1 no ");
  CHECK(read_all("550 5.1 no\r\n") == "550||5.1 no ");
  CHECK(read_all("550 5.1.1x\r\n") == "550||5.1.1x ");
  CHECK(read_all("550 5.1234.1 x\r\n") == "550||5.1234.1 x ");
}

TEST_CASE("what is no reply") {
  for (View bad : {"", "x", "25", "25 OK", "2500 OK", "150 x", "650 x", "250_x", "-250 x"}) {
    CHECK(read_all(own(bad) + "\r\n") == "error ");
  }
  CHECK(read_all("250-a\r\n251 b\r\n") == "error ");
  CHECK(read_all("250 a\nb\r\n") == "error ");
  CHECK(read_all("250-a\r\n250-b\r\n250-c\r\n250-d\r\n250 e\r\n") == "error ");
  CHECK(read_all("250 " + std::string(600, 'x') + "\r\n") == "error ");
}
