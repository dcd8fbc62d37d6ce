#include "posthorn/bytes/codec/base64.h"

#include <array>
#include <utility>

#include <doctest/doctest.h>

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
