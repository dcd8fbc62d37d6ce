#include "posthorn/bytes/codec/base64.h"

#include <array>
#include <utility>

#include <doctest/doctest.h>

#include "bytes/codec/transfer.h"

using namespace posthorn;

TEST_CASE("base64: RFC 4648 section 10") {
  constexpr std::array<std::pair<View, View>, 7> kVectors{{{"", ""},
                                                           {"f", "Zg=="},
                                                           {"fo", "Zm8="},
                                                           {"foo", "Zm9v"},
                                                           {"foob", "Zm9vYg=="},
                                                           {"fooba", "Zm9vYmE="},
                                                           {"foobar", "Zm9vYmFy"}}};
  for (const auto& [octets, text] : kVectors) {
    CHECK(codec::base64_encode(octets) == text);
    CHECK(codec::base64_decode(text) == octets);
  }
}

TEST_CASE("base64: every octet value comes back") {
  std::string all;
  for (int i = 0; i < 256; ++i) all.push_back(static_cast<char>(i));
  for (std::size_t n = 0; n <= all.size(); ++n) {
    CHECK(codec::base64_decode(codec::base64_encode(View(all).substr(0, n))) == all.substr(0, n));
  }
}

TEST_CASE("base64: only the one spelling decodes") {
  for (View bad : {"Zg", "Zg=", "Z", "Zh==", "Zm9=", "Zm9v\r\n", " Zm9v", "Zm9v=", "====", "=", "Zg==Zg==", "Zm-v",
                   "Zm_v", "Z===", "Zm=v"}) {
    CAPTURE(bad);
    CHECK_FALSE(codec::base64_decode(bad));
  }
}

namespace {
std::string b64(View body) { return testing::decoded(codec::Transfer::base64, body).octets; }
std::string faults(View body) { return testing::decoded(codec::Transfer::base64, body).faults; }
}  // namespace

TEST_CASE("base64url: RFC 7515 appendix C, and only the one spelling") {
  CHECK(codec::base64url_decode("A-z_4ME") == View("\x03\xEC\xFF\xE0\xC1"));
  CHECK(codec::base64url_decode("") == View(""));
  CHECK(codec::base64url_decode("Zg") == View("f"));
  CHECK(codec::base64url_decode("Zm9v") == View("foo"));
  for (View bad : {"A+z/4ME", "A-z_4ME=", "Zg==", "Z", "Zh", "Zm9", "Zm9v\r\n", "Zm 9v", "Zm9v.", "A", "AAAAA", "="}) {
    CAPTURE(bad);
    CHECK_FALSE(codec::base64url_decode(bad));
  }
}

TEST_CASE("base64: bodies with line ends, junk and padding in the middle") {
  CHECK(b64("Zm9v\r\nYmFy\r\n") == "foobar");
  CHECK(b64("Zm9vYg==\r\n") == "foob");
  CHECK(b64("Zm9vYg==Zm9v") == "foobfoo");
  CHECK(b64("Z!m*9 v-") == "foo");
  CHECK(b64("Zm9vYg") == "foob");
  CHECK(b64("Z") == "");
  CHECK(b64("") == "");
}

TEST_CASE("base64: bodies in lines of any length") {
  std::string octets;
  for (int i = 0; i < 700; ++i) octets.push_back(static_cast<char>(i * 7));
  const std::string letters = codec::base64_encode(octets);
  for (const std::size_t length : {1U, 2U, 3U, 5U, 31U, 60U, 75U, 76U, 77U, 999U}) {
    for (const View line_end : {View("\r\n"), View("\n"), View("\r"), View(" \r\n")}) {
      std::string body;
      for (std::size_t at = 0; at < letters.size(); at += length) {
        body += letters.substr(at, length);
        body += line_end;
      }
      CHECK(codec::decode(codec::Transfer::base64, body) == octets);
    }
  }
}

TEST_CASE("base64: faults and where they stand") {
  CHECK(faults("Zm9v\r\nYmFy\n Zm8=\r\n\r\n") == "");
  CHECK(faults("Zm9vZg==") == "");
  CHECK(faults("Zm9v!YmF*y") == "foreign_octet@4");
  CHECK(faults("Zm9v=") == "foreign_octet@4");
  CHECK(faults("Zg==\r\nZm9v") == "data_after_padding@6");
  CHECK(faults("Zg=\r\nZm9v") == "data_after_padding@5");
  CHECK(faults("Zg=\r\n") == "cut_group@5");
  CHECK(faults("Zm8") == "cut_group@3");
  CHECK(faults("Z===") == "foreign_octet@2 cut_group@1");
  const std::string line(76, 'A');
  CHECK(faults(line + "\r\n" + line + "\r\n") == "");
  CHECK(faults(line + "\r\n" + line + "AAAA\r\n") == "long_line@154");
  CHECK(faults(line + "AAAA") == "long_line@76");
}
