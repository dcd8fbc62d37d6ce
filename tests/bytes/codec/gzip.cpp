#include "posthorn/bytes/codec/gzip.h"

#include <doctest/doctest.h>

#include "posthorn/bytes/codec/hex.h"

namespace posthorn {
namespace {

// printf 'hello\n' | gzip -9n
constexpr View kHello = "1f8b0800000000000203cb48cdc9c9e7020020303a3606000000";

TEST_CASE("what gzip(1) wrote") {
  const std::string octets = *codec::hex_decode(kHello);
  CHECK(codec::gunzip(octets, 6) == "hello\n");
  CHECK(codec::gunzip(octets + octets, 12) == "hello\nhello\n");
  CHECK(codec::gunzip(octets, 5).error().code == Code::too_long);
}

TEST_CASE("what is no gzip") {
  const std::string octets = *codec::hex_decode(kHello);
  for (std::size_t cut = 0; cut < octets.size(); ++cut) CHECK(!codec::gunzip(View(octets).substr(0, cut), 100));
  CHECK(!codec::gunzip(octets + "x", 100));
  CHECK(!codec::gunzip("hello", 100));
  std::string wrong = octets;
  wrong[wrong.size() - 5] ^= 1;
  CHECK(codec::gunzip(wrong, 100).error().code == Code::syntax);
}

TEST_CASE("there and back") {
  std::string text;
  for (int i = 0; i < 40'000; ++i) text += std::to_string(i * i) + "\n";
  for (const std::string& one : {std::string(), std::string("a"), text}) {
    CHECK(codec::gunzip(codec::gzip(one), one.size()) == one);
  }
  CHECK(codec::gzip(text).size() < text.size() / 2);
}

TEST_CASE("a text that grows without end is not made") {
  const std::string bomb = codec::gzip(std::string(50U << 20U, '\0'));
  CHECK(bomb.size() < 60'000);
  CHECK(codec::gunzip(bomb, 1U << 20U).error().code == Code::too_long);
}

}  // namespace
}  // namespace posthorn
