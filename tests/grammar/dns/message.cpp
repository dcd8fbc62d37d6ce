#include "posthorn/grammar/dns/message.h"

#include <doctest/doctest.h>

namespace posthorn::dns::wire {
namespace {

std::string from_hex(View hex) {
  std::string octets;
  const auto digit = [](char c) { return static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10); };
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    octets.push_back(static_cast<char>(digit(hex[i]) << 4U | digit(hex[i + 1])));
  }
  return octets;
}

// An answer of nsd 4.6.1 to a question for the MX records of example.test, with EDNS.
constexpr View kAnswer =
    "beef85000001000200010002"
    "076578616d706c65047465737400000f0001"
    "c00c000f000100000e10000a000a056d61696c31c00c"
    "c00c000f000100000e10000a0014056d61696c32c00c"
    "c00c0002000100000e100006036e7331c00c"
    "c0560001000100000e1000047f000001"
    "00002904d0000000000000";

TEST_CASE("an answer is read field by field") {
  const std::string octets = from_hex(kAnswer);
  const auto message = parse_message(octets);
  REQUIRE(message);
  CHECK(message->header.id == 0xBEEF);
  CHECK(message->header.response);
  CHECK(message->header.authoritative);
  CHECK(message->header.recursion_desired);
  CHECK_FALSE(message->header.recursion_available);
  CHECK_FALSE(message->header.truncated);
  CHECK(message->header.rcode == Rcode::no_error);
  CHECK(message->questions == std::vector{Question{"example.test", Type::mx, kInternet}});
  REQUIRE(message->answers.size() == 2);
  CHECK(message->answers[0] == Record{"example.test", Type::mx, kInternet, 3600, Mx{10, "mail1.example.test"}});
  CHECK(message->answers[1].data == Data(Mx{20, "mail2.example.test"}));
  CHECK(message->authorities ==
        std::vector{Record{"example.test", Type::ns, kInternet, 3600, Target{"ns1.example.test"}}});
  REQUIRE(message->additional.size() == 2);
  CHECK(message->additional[0].name == "ns1.example.test");
  CHECK(message->additional[0].data == Data(*IpAddress::parse("127.0.0.1")));
  CHECK(message->additional[1] == Record{"", Type::opt, 1232, 0, Octets{}});
  CHECK(format_message(*message) == octets);  // the same compression
}

TEST_CASE("every cut of a message is refused") {
  const std::string octets = from_hex(kAnswer);
  for (std::size_t size = 0; size < octets.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(parse_message(View(octets).substr(0, size)));
  }
  CHECK_FALSE(parse_message(octets + "x"));
  CHECK(parse_message(std::string(MessageLimits::kOctets + 1, '\0')).error().code == Code::too_long);
  CHECK(parse_header(View(octets).substr(0, 12))->id == 0xBEEF);
  CHECK_FALSE(parse_header(View(octets).substr(0, 11)));
}

TEST_CASE("data has exactly the length of its fields") {
  CHECK(parse_data(Type::a, View("\xC0\0\2\1", 4)) == Data(*IpAddress::parse("192.0.2.1")));
  CHECK(parse_data(Type::aaaa, View("\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16)) ==
        Data(*IpAddress::parse("2001:db8::1")));
  CHECK(parse_data(Type::txt, View("\3abc\0\1d", 7)) == Data(Txt{{"abc", "", "d"}}));
  CHECK(parse_data(Type::mx, View("\0\0\0", 3)) == Data(Mx{0, ""}));  // RFC 7505
  CHECK(parse_data(Type::ptr, View("\1a\0", 3)) == Data(Target{"a"}));
  CHECK(parse_data(Type::tlsa, "\3\1\1hash") == Data(Tlsa{3, 1, 1, "hash"}));
  CHECK(parse_data(Type::srv, View("\0\1\0\2\3\xE1\1a\0", 9)) == Data(Srv{1, 2, 993, "a"}));  // RFC 2782
  CHECK(parse_data(Type::srv, View("\0\0\0\0\0\0\0", 7)) == Data(Srv{0, 0, 0, ""}));
  CHECK(parse_data(static_cast<Type>(99), "what") == Data(Octets{"what"}));
  const auto soa = parse_data(Type::soa, View("\1a\0\1b\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5", 26));
  CHECK(soa == Data(Soa{"a", "b", 1, 2, 3, 4, 5}));
  for (const auto& [type, octets] :
       std::initializer_list<std::pair<Type, View>>{{Type::a, "123"},
                                                    {Type::a, "12345"},
                                                    {Type::aaaa, "1234"},
                                                    {Type::mx, "1"},
                                                    {Type::mx, View("\0\0\0x", 4)},
                                                    {Type::txt, ""},
                                                    {Type::txt, "\3ab"},
                                                    {Type::ptr, ""},
                                                    {Type::ptr, View("\0\0", 2)},
                                                    {Type::tlsa, "12"},
                                                    {Type::srv, "123456"},
                                                    {Type::srv, View("\0\0\0\0\0\0\0x", 8)},
                                                    {Type::ptr, View("\xC0\0", 2)}}) {
    CAPTURE(octets);
    CHECK_FALSE(parse_data(type, octets));
  }
}

TEST_CASE("what is written is read again") {
  Message message;
  message.header.id = 7;
  message.header.response = message.header.truncated = message.header.authentic = true;
  message.header.rcode = Rcode::refused;
  message.header.opcode = 4;
  message.questions.push_back({"_25._tcp.mx.example.org", Type::tlsa, kInternet});
  message.answers = {{"a.example.org", Type::aaaa, kInternet, 1, *IpAddress::parse("::ffff:192.0.2.1")},
                     {"b.example.org", Type::txt, kInternet, 2, Txt{{std::string(255, 'x'), ""}}},
                     {"x\\.y.example.org", Type::cname, kInternet, 3, Target{"a.example.org"}}};
  message.additional = {{"_imaps._tcp.example.org", Type::srv, kInternet, 4, Srv{0, 1, 993, "a.example.org"}}};
  message.authorities = {
      {"example.org", Type::soa, kInternet, 4, Soa{"ns.example.org", "root.example.org", 1, 2, 3, 4, 5}}};
  const auto octets = format_message(message);
  REQUIRE(octets);
  CHECK(parse_message(*octets) == message);
}

TEST_CASE("what does not fit is not written") {
  const auto code_of = [](Record record) {
    Message message;
    message.answers.push_back(std::move(record));
    const auto octets = format_message(message);
    return octets ? "written" : own(name_of(octets.error().code));
  };
  CHECK(code_of({"a", Type::txt, kInternet, 0, Txt{{std::string(256, 'x')}}}) == "too_long");
  CHECK(code_of({"a", Type::txt, kInternet, 0, Txt{}}) == "misuse");
  CHECK(code_of({"a", Type::mx, kInternet, 0, Target{"b"}}) == "misuse");
  CHECK(code_of({"a", Type::a, kInternet, 0, *IpAddress::parse("::1")}) == "misuse");
  CHECK(code_of({"a..b", Type::ptr, kInternet, 0, Target{"b"}}) == "syntax");
  CHECK(code_of({"a", static_cast<Type>(99), kInternet, 0, Octets{std::string(65'536, 'x')}}) == "too_long");
  CHECK(code_of({"a", static_cast<Type>(99), kInternet, 0, Octets{std::string(65'530, 'x')}}) == "too_long");
}

}  // namespace
}  // namespace posthorn::dns::wire
