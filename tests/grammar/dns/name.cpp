#include "posthorn/grammar/dns/name.h"

#include <doctest/doctest.h>

namespace posthorn::dns::wire {
namespace {

std::string with(std::string& message, std::size_t at, View octets) {
  message.resize(std::max(message.size(), at + octets.size()));
  message.replace(at, octets.size(), octets);
  return message;
}

// The example of RFC 1035 section 4.1.4.
TEST_CASE("compressed names are read") {
  std::string message;
  with(message, 20, View("\1F\3ISI\4ARPA\0", 12));
  with(message, 40, View("\3FOO\xC0\x14", 6));
  with(message, 64, View("\xC0\x1A", 2));
  with(message, 92, View("\0", 1));
  const auto read = [&](std::size_t at, std::size_t end) {
    auto name = decode_name(message, at);
    CHECK(at == end);
    return name.value_or("none");
  };
  CHECK(read(20, 32) == "f.isi.arpa");
  CHECK(read(40, 46) == "foo.f.isi.arpa");
  CHECK(read(64, 66) == "arpa");
  CHECK(read(92, 93).empty());
}

TEST_CASE("a pointer leads back only, and not for ever") {
  const auto code_of = [](const std::string& message, std::size_t at) {
    const std::size_t before = at;
    const auto name = decode_name(message, at);
    CHECK(at == before);
    return name ? std::string("none") : own(name_of(name.error().code));
  };
  CHECK(code_of(std::string("\xC0\0", 2), 0) == "syntax");        // to itself
  CHECK(code_of(std::string("\1a\xC0\0", 4), 0) == "syntax");     // to the labels before it
  CHECK(code_of(std::string("\xC0\2\xC0\0", 4), 2) == "syntax");  // there and back
  CHECK(code_of(std::string("\xC0\2\0", 3), 0) == "syntax");      // forward
  CHECK(code_of("\xC0", 0) == "syntax");
  CHECK(code_of("\3ab", 0) == "syntax");
  CHECK(code_of("\1a", 0) == "syntax");
  CHECK(code_of("", 0) == "syntax");
  CHECK(code_of(std::string("\x41\1\0", 3), 0) == "syntax");  // RFC 6891 section 5: extended labels are gone
  CHECK(code_of(std::string("\x81\1\0", 3), 0) == "syntax");
  std::string chain(1, '\0');
  for (std::size_t i = 0; i <= NameLimits::kPointers; ++i) {
    const std::size_t to = i == 0 ? 0 : chain.size() - 2;
    chain.push_back(static_cast<char>(0xC0U | to >> 8U));
    chain.push_back(static_cast<char>(to & 0xFFU));
  }
  CHECK(code_of(chain, chain.size() - 2) == "too_many");
  std::size_t at = chain.size() - 4;
  CHECK(decode_name(chain, at).value_or("none").empty());
}

TEST_CASE("plain names are those that need no escape") {
  CHECK(plain_name("_Dmarc.Mail-1.example.ORG.") == "_dmarc.mail-1.example.org");
  for (const View other : {"", ".", "a..example", ".a", "a b.example", "a\\.b", "\xC3\xA4.example", "a/b"})
    CHECK_FALSE(plain_name(other));
  const std::string label(63, 'a');
  CHECK(plain_name(label + "." + label + "." + label + "." + label.substr(2)));  // 253 octets
  CHECK_FALSE(plain_name(label + "." + label + "." + label + "." + label.substr(1)));
  CHECK_FALSE(plain_name(label + "a.example"));
  CHECK_FALSE(plain_name("example." + label + "a"));
}

TEST_CASE("lengths are limited on both ways") {
  const std::string label(63, 'a');
  const std::string longest = label + "." + label + "." + label + "." + std::string(61, 'b');  // 255 octets on the wire
  const auto octets = encode_name(longest);
  REQUIRE(octets);
  CHECK(octets->size() == NameLimits::kNameOctets);
  std::size_t at = 0;
  CHECK(decode_name(*octets, at) == longest);
  CHECK(encode_name(longest + "b").error().code == Code::too_long);
  CHECK(encode_name(label + "a.org").error().code == Code::too_long);
  std::string over = *octets;
  over.replace(over.size() - 1, 1, View("\1c\0", 3));
  at = 0;
  CHECK(decode_name(over, at).error().code == Code::too_long);
}

// RFC 1035 section 5.1.
TEST_CASE("octets that mean something else are escaped") {
  const auto decode = [](View octets) {
    std::size_t at = 0;
    return decode_name(octets, at).value_or("none");
  };
  CHECK(decode(View("\3a.b\0", 5)) == "a\\.b");
  CHECK(decode(View("\4a\\\"$\0", 6)) == "a\\\\\\\"\\$");
  CHECK(decode(View("\4 \0\xE9\x7F\0", 6)) == "\\032\\000\\233\\127");
  CHECK(decode(View("\6_dmarc\0", 8)) == "_dmarc");
  CHECK(encode_name("a\\.b.C") == std::string("\3a.b\1c\0", 7));
  CHECK(encode_name("\\097\\000.") == std::string("\2a\0\0", 4));
  CHECK(encode_name(".") == std::string(1, '\0'));
  CHECK(encode_name("") == std::string(1, '\0'));
  for (const View wrong : {"..", ".a", "a..b", "a\\", "a\\1", "a\\12x", "a\\256"}) {
    CAPTURE(wrong);
    CHECK(encode_name(wrong).error().code == Code::syntax);
  }
  CHECK(normal_name("Mail.Example.ORG.") == "mail.example.org");
  CHECK(normal_name("\\065\\.b") == "a\\.b");
}

TEST_CASE("names lie in zones") {
  CHECK(parent("mail.example.org") == "example.org");
  CHECK(parent("a\\.b.org") == "org");
  CHECK(parent("org").empty());
  CHECK(parent("").empty());
  CHECK(is_within("mail.example.org", "example.org"));
  CHECK(is_within("example.org", "example.org"));
  CHECK(is_within("example.org", ""));
  CHECK_FALSE(is_within("badexample.org", "example.org"));
  CHECK_FALSE(is_within("x\\.example.org", "example.org"));
  CHECK_FALSE(is_within("org", "example.org"));
}

}  // namespace
}  // namespace posthorn::dns::wire
