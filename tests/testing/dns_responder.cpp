#include "posthorn/testing/dns_responder.h"

#include <doctest/doctest.h>

namespace posthorn::testing {
namespace {

using namespace dns::wire;

constexpr View kText = R"($ORIGIN example.org.
@ SOA ns root 1 2 3 4 60
mail A 192.0.2.1
www CNAME mail
a CNAME b
b CNAME a
big TXT aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
)";

std::string query(const std::string& name, Type type, std::uint16_t room = 0) {
  Message message;
  message.header.id = 99;
  message.questions.push_back({name, type, kInternet});
  if (room != 0) message.additional.push_back({"", Type::opt, room, 0, Octets{}});
  return format_message(message).value();
}

DnsResponder responder(const std::string& more = {}) {
  auto made = DnsResponder::parse(own(kText) + more);
  REQUIRE_MESSAGE(made, made.error().note);
  return std::move(*made);
}

Message ask(const DnsResponder& server, const std::string& octets, Transport transport = Transport::udp) {
  const auto answer = server.answer(octets, transport);
  REQUIRE(answer);
  auto message = parse_message(*answer);
  REQUIRE(message);
  return std::move(*message);
}

TEST_CASE("records, aliases, no data and no name are answered") {
  const DnsResponder server = responder();
  const Message mail = ask(server, query("Mail.example.org", Type::a));
  CHECK(mail.header.id == 99);
  CHECK(mail.header.response);
  CHECK(mail.header.authoritative);
  CHECK(mail.questions.size() == 1);
  CHECK(mail.answers.size() == 1);
  CHECK(ask(server, query("www.example.org", Type::a)).answers.size() == 2);
  CHECK(ask(server, query("a.example.org", Type::a)).answers.size() == 2);
  const Message no_data = ask(server, query("mail.example.org", Type::mx));
  CHECK(no_data.header.rcode == Rcode::no_error);
  CHECK(no_data.answers.empty());
  CHECK(no_data.authorities.size() == 1);
  const Message no_name = ask(server, query("x.example.org", Type::mx));
  CHECK(no_name.header.rcode == Rcode::no_name);
  CHECK(no_name.authorities.size() == 1);
}

// RFC 1035 section 4.2.1, RFC 6891 section 6.2.3.
TEST_CASE("what does not fit in a datagram is truncated") {
  std::string more;
  for (int i = 0; i < 20; ++i) more += "big TXT " + std::string(40, static_cast<char>('a' + i)) + "\n";
  const DnsResponder server = responder(more);
  const Message small = ask(server, query("big.example.org", Type::txt));
  CHECK(small.header.truncated);
  CHECK(small.answers.empty());
  CHECK(server.answer(query("big.example.org", Type::txt), Transport::udp)->size() <= MessageLimits::kDatagramOctets);
  const Message tcp = ask(server, query("big.example.org", Type::txt), Transport::tcp);
  CHECK_FALSE(tcp.header.truncated);
  CHECK(tcp.answers.size() == 21);
  CHECK(ask(server, query("big.example.org", Type::txt, 1024)).header.truncated);
  CHECK(ask(server, query("mail.example.org", Type::a, 1024)).additional.size() == 1);
}

TEST_CASE("wrong queries get what they deserve") {
  const DnsResponder server = responder();
  const std::string good = query("mail.example.org", Type::a);
  CHECK_FALSE(server.answer("", Transport::udp));
  CHECK_FALSE(server.answer(View(good).substr(0, 11), Transport::udp));
  CHECK(ask(server, good.substr(0, 20)).header.rcode == Rcode::format_error);
  CHECK(ask(server, good + "x").header.rcode == Rcode::format_error);
  Message message = parse_message(good).value();
  message.header.response = true;
  CHECK_FALSE(server.answer(format_message(message).value(), Transport::udp));
  message.header.response = false;
  message.header.opcode = 5;
  CHECK(ask(server, format_message(message).value()).header.rcode == Rcode::unsupported);
  message.header.opcode = 0;
  message.questions[0].klass = 3;
  CHECK(ask(server, format_message(message).value()).header.rcode == Rcode::refused);
  message.questions.clear();
  CHECK(ask(server, format_message(message).value()).header.rcode == Rcode::format_error);
}

TEST_CASE("faults") {
  const DnsResponder server = responder(
      "$FAULT silent silent.test\n$FAULT servfail fail.test\n$FAULT refused refused.test\n$FAULT truncated tc.test\n"
      "$FAULT wrong_id id.test\n$FAULT garbage garbage.test\n$FAULT cname_loop loop.test\n"
      "$FAULT cname_chain chain.test\n$FAULT none good.chain.test\n");
  CHECK_FALSE(server.answer(query("a.silent.test", Type::a), Transport::tcp));
  CHECK(ask(server, query("fail.test", Type::a)).header.rcode == Rcode::server_failure);
  CHECK(ask(server, query("refused.test", Type::a)).header.rcode == Rcode::refused);
  CHECK(ask(server, query("tc.test", Type::a), Transport::tcp).header.truncated);
  CHECK(ask(server, query("id.test", Type::a)).header.id != 99);
  CHECK_FALSE(parse_message(server.answer(query("garbage.test", Type::a), Transport::udp).value()));
  const Message loop = ask(server, query("loop.test", Type::a));
  CHECK(loop.answers[0].data == Data(Target{"and-back.loop.test"}));
  CHECK(loop.answers[1].data == Data(Target{"loop.test"}));
  CHECK(ask(server, query("chain.test", Type::a)).answers[0].data == Data(Target{"x1.chain.test"}));
  CHECK(ask(server, query("x9.chain.test", Type::a)).answers[0].data == Data(Target{"x10.chain.test"}));
  CHECK(ask(server, query("good.chain.test", Type::a)).header.rcode == Rcode::no_name);
  CHECK(DnsResponder::parse("\n$FAULT nothing").error().note == "line 2: no such fault");
}

}  // namespace
}  // namespace posthorn::testing
