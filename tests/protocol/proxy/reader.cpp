#include "posthorn/protocol/proxy/reader.h"

#include <algorithm>
#include <string>

#include <doctest/doctest.h>

#include "posthorn/testing/splits.h"

using namespace posthorn;

namespace {

const std::string kSignature("\r\n\r\n\0\r\nQUIT\n", 12);

std::string shown(const std::optional<proxy::Endpoint>& end) {
  return end ? end->address.text() + "#" + std::to_string(end->port) : "-";
}

/// What a reader makes of `input` in pieces, and how many octets it left alone: the same for every split.
std::string read(const std::string& input) {
  std::string last;
  CHECK(posthorn::testing::for_every_split(input, [&](auto&& feed) {
          proxy::Reader reader;
          std::string out;
          std::size_t left = 0;
          feed([&](View piece) {
            while (!piece.empty() && out.empty()) {
              const View some = piece.substr(0, reader.wants());
              REQUIRE(!some.empty());
              piece.remove_prefix(some.size());
              const auto header = reader.receive(some);
              if (!header) {
                out = own(name_of(header.error().code));
              } else if (*header) {
                out = shown((*header)->source) + " " + shown((*header)->destination);
              }
            }
            left += piece.size();
          });
          CHECK((reader.wants() == 0) == !out.empty());
          const bool failed = out.find(' ') == std::string::npos && !out.empty();
          return last = out + (failed ? "" : " " + std::to_string(left));
        }) == "");
  return last;
}

std::string binary(const std::string& command_and_family, const std::string& rest) {
  return kSignature + command_and_family +
         std::string{static_cast<char>(rest.size() / 256), static_cast<char>(rest.size() % 256)} + rest;
}

const std::string kV4("\xC0\x00\x02\x01\xC6\x33\x64\x02\xDC\x04\x00\x19", 12);  // 192.0.2.1#56324 to 198.51.100.2#25

}  // namespace

TEST_CASE("version 1: the examples of the specification, and no octet behind them") {
  CHECK(read("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\nEHLO") ==
        "255.255.255.255#65535 255.255.255.255#65535 4");
  CHECK(read("PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 "
             "65535\r\n") ==
        "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff#65535 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff#65535 0");
  CHECK(read("PROXY UNKNOWN\r\nEHLO") == "- - 4");
  const std::string longest =
      "PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n";
  CHECK(longest.size() == proxy::kMaxVersion1);
  CHECK(read(longest + "\r\n") == "- - 2");
  CHECK(read("PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\nGET / HTTP/1.1\r\n") ==
        "192.168.0.1#56324 192.168.0.11#443 16");
}

TEST_CASE("version 1: what is no header") {
  for (View bad :
       {View("EHLO c\r\nMAIL FROM:<>\r\n"), View("PROXY\r\nxxxxxxxxxxxx"), View("PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n"),
        View("PROXY TCP4 1.2.3.4 1.2.3.4 1 2 \r\n"), View("PROXY TCP4 1.2.3.4 1.2.3.4 01 2\r\n"),
        View("PROXY TCP4 1.2.3.4 1.2.3.4 1 65536\r\n"), View("PROXY TCP4 1.2.3 1.2.3.4 1 2\r\n"),
        View("PROXY TCP4 ::1 ::1 1 2\r\n"), View("PROXY TCP6 1.2.3.4 1.2.3.4 1 2\r\n"),
        View("PROXY TCP4  1.2.3.4 1.2.3.4 1 2\r\n"), View("PROXY UDP4 1.2.3.4 1.2.3.4 1 2\r\n"),
        View("PROXY UNKNOWNx\r\n"), View("PROXY TCP4 1.2.3.4 1.2.3.4 1 2\nx\r\n"), View("proxy UNKNOWN\r\nxx"),
        View("\r\n\r\nPROXY UNKNOWN\r\n"), View("PROXY UNKNOWN\rx\r\n")}) {
    CAPTURE(bad);
    CHECK(read(own(bad)) == "syntax");
  }
  CHECK(read("PROXY UNKNOWN " + std::string(92, 'x') + "\r\n") == "too_long");
  CHECK(read("PROXY UNKNOWN " + std::string(500, 'x')) == "too_long");
}

TEST_CASE("version 2") {
  CHECK(read(binary("\x21\x11", kV4) + "EHLO") == "192.0.2.1#56324 198.51.100.2#25 4");
  const std::string v6 = std::string("\x20\x01\x0D\xB8\0\0\0\0\0\0\0\0\0\0\0\x01", 16) +
                         std::string("\x20\x01\x0D\xB8\0\0\0\0\0\0\0\0\0\0\0\x02", 16) + kV4.substr(8);
  CHECK(read(binary("\x21\x21", v6)) == "2001:db8::1#56324 2001:db8::2#25 0");
  CHECK(read(binary("\x21\x12", kV4)) == "192.0.2.1#56324 198.51.100.2#25 0");
  CHECK(read(binary(std::string("\x20\0", 2), "") + "x") == "- - 1");  // LOCAL
  CHECK(read(binary("\x20\x11", kV4 + "anything")) == "- - 0");        // LOCAL: the rest is passed over
  CHECK(read(binary(std::string("\x21\0", 2), "")) == "- - 0");        // AF_UNSPEC
  CHECK(read(binary("\x21\x31", std::string(216, 'x'))) == "- - 0");   // AF_UNIX
  CHECK(read(binary("\x21\x11", kV4 + std::string("\x04\0\x03xyz\x20\0\0", 9))) ==
        "192.0.2.1#56324 198.51.100.2#25 0");  // TLV
}

TEST_CASE("version 2: what is broken") {
  CHECK(read(binary("\x11\x11", kV4)) == "syntax");
  CHECK(read(binary("\x22\x11", kV4)) == "syntax");
  CHECK(read(binary("\x21\x41", kV4)) == "syntax");
  CHECK(read(binary("\x21\x13", kV4)) == "syntax");
  CHECK(read(binary("\x21\x11", kV4.substr(1))) == "syntax");
  CHECK(read(binary("\x21\x21", kV4)) == "syntax");
  CHECK(read(binary("\x21\x31", std::string(215, 'x'))) == "syntax");
  CHECK(read(binary("\x21\x11", kV4 + std::string("\x04\0\x04xyz", 6))) == "syntax");
  CHECK(read(binary("\x21\x11", kV4 + std::string("\x04\0", 2))) == "syntax");
  CHECK(read(binary(std::string("\x20\0", 2), std::string(proxy::kMaxVersion2, 'x')).substr(0, 500)) ==
        " 0");  // waits for the rest
  CHECK(read(binary(std::string("\x20\0", 2), std::string(proxy::kMaxVersion2 + 1, 'x')).substr(0, 500)) == "too_long");
  std::string other = binary("\x21\x11", kV4);
  other[11] = 'x';
  CHECK(read(other) == "syntax");
}

TEST_CASE("octets that were not asked for are refused") {
  proxy::Reader reader;
  CHECK(reader.wants() == 15);
  const auto refused = reader.receive("PROXY UNKNOWN\r\nx");
  REQUIRE(!refused);
  CHECK(refused.error().code == Code::misuse);
}
