#include "io/listener.h"

#include <cstring>

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>

namespace posthorn::io {
namespace {

sockaddr_storage v6(const char* text) {
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(4711);
  inet_pton(AF_INET6, text, &address.sin6_addr);
  sockaddr_storage storage{};
  std::memcpy(&storage, &address, sizeof address);
  return storage;
}

TEST_CASE("IPv4 inside IPv6 is shown and counted as IPv4") {
  CHECK(peer_of(v6("::ffff:192.0.2.7")).address == "192.0.2.7");
  CHECK(peer_of(v6("::ffff:192.0.2.7")).port == 4711);
  CHECK(peer_of(v6("2001:db8::1")).address == "2001:db8::1");
  CHECK(source_of(v6("2001:db8::1")) == source_of(v6("2001:db8::ffff:2")));
  CHECK(source_of(v6("2001:db8::1")) != source_of(v6("2001:db8:0:1::1")));
  CHECK(source_of(v6("::ffff:192.0.2.7")) != source_of(v6("::ffff:192.0.2.8")));
}

TEST_CASE("a port in use and a bad address are told apart") {
  const Result<Descriptor> first = bind_listener("127.0.0.1", 0, 8);
  REQUIRE(first);
  const std::uint16_t port = port_of(first->get());
  CHECK(port != 0);
  const Result<Descriptor> second = bind_listener("127.0.0.1", port, 8);
  REQUIRE(!second);
  CHECK(second.error().code == Code::exists);
  CHECK(second.error().note.contains(std::to_string(port)));
  const Result<Descriptor> third = bind_listener("localhost", 0, 8);
  REQUIRE(!third);
  CHECK(third.error().code == Code::syntax);
  CHECK(bind_listener("*", 0, 8));
}

TEST_CASE("admission counts in and out") {
  Admission admission(3, 2);
  CHECK(admission.enter("a") == Admission::Answer::admitted);
  CHECK(admission.enter("a") == Admission::Answer::admitted);
  CHECK(admission.enter("a") == Admission::Answer::too_many_of_source);
  CHECK(admission.enter("b") == Admission::Answer::admitted);
  CHECK(admission.enter("c") == Admission::Answer::too_many);
  admission.leave("a");
  CHECK(admission.enter("a") == Admission::Answer::admitted);
  admission.leave("b");
  CHECK(admission.enter("c") == Admission::Answer::admitted);
}

TEST_CASE("a source that becomes known later counts as its own") {
  CHECK(source_of(*IpAddress::parse("2001:db8::1")) == source_of(v6("2001:db8::2")));
  CHECK(source_of(*IpAddress::parse("192.0.2.7")) == source_of(v6("::ffff:192.0.2.7")));
  Admission admission(3, 1);
  CHECK(admission.enter("") == Admission::Answer::admitted);
  CHECK(admission.enter("") == Admission::Answer::admitted);
  CHECK(admission.name("a"));
  CHECK_FALSE(admission.name("a"));
  CHECK(admission.enter("a") == Admission::Answer::too_many_of_source);
  admission.unname("a");
  CHECK(admission.enter("a") == Admission::Answer::admitted);
  CHECK(admission.enter("") == Admission::Answer::too_many);
  admission.leave("");
  CHECK(admission.enter("") == Admission::Answer::admitted);
}

}  // namespace
}  // namespace posthorn::io
