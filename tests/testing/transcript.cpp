#include "posthorn/testing/transcript.h"

#include <doctest/doctest.h>

#include "testing/echo.h"

using namespace posthorn;

namespace {
std::string played(View transcript, std::size_t chunk = 0) {
  testing::FakeClock clock;
  testing::Echo echo;
  testing::TranscriptOptions options;
  options.chunk = chunk;
  return testing::play(transcript, echo, clock, options);
}
}  // namespace

TEST_CASE("a transcript that matches has no problems, whole and octet by octet") {
  const View dialogue =
      "# toy\nS: hello\nC: one\nX: 74 77 6f 0d 0a\nS: you said one\nS: you ...wo\n\nC: slow\nC: work\nS: ...\n"
      "S: you said work\nS: worked\nC: a\nC: b\nC: c\nS*\nS: you said c\nC: quit\nS: ...\n! closed\n";
  CHECK(played(dialogue) == "");
  CHECK(played(dialogue, 1) == "");
  CHECK(played("S: hello\n! wait 5\n! end\n! closed\n") == "");
}

TEST_CASE("starttls needs a server that wants it and drops what was sent before it") {
  CHECK(played("S: hello\nC: tls\nC: smuggled\nS: you said tls\n! starttls\nC: x\nS: tls x\n") == "");
  CHECK(played("S: hello\n! starttls\n").find("does not want TLS") != std::string::npos);
}

TEST_CASE("a difference is reported with its line") {
  CHECK(played("S: hello\nC: a\nS: you said b\n").find("line 3: S: you said b\n  the server said: you said a") == 0);
  CHECK(played("S: hello\nS: more\n").find("line 2: ") == 0);
  CHECK(played("S: hello\nC: a\n").find("the server said more: you said a") == 0);
  CHECK(played("hello\n").find("line 1: ") == 0);
  CHECK(played("S: hello\n! closed\n").find("line 2: ") == 0);
}

TEST_CASE("client octets are what a fuzzer sends") {
  CHECK(testing::client_octets("# x\nS: hello\nC: one\n! end\nX: 0a 00\nC:\n") == std::string("one\r\n\n\0\r\n", 9));
}
