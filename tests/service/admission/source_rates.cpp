#include "posthorn/service/admission/source_rates.h"

#include <string>

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::admission;
using std::chrono::seconds;

namespace {

IpAddress ip(View text) {
  const auto address = IpAddress::parse(text);
  REQUIRE(address);
  return *address;
}

TimePoint at(int second) { return TimePoint(seconds(1'000 + second)); }

}  // namespace

TEST_CASE("a source has so many connections at the same time") {
  SourceRates rates({.connections = 2, .connections_per_minute = 0});
  const IpAddress source = ip("192.0.2.1");
  CHECK(rates.opened(source, at(0)));
  CHECK(rates.opened(source, at(0)));
  CHECK_FALSE(rates.opened(source, at(0)));
  CHECK(rates.opened(ip("192.0.2.2"), at(0)));
  rates.closed(source);
  CHECK(rates.opened(source, at(0)));
  CHECK_FALSE(rates.opened(source, at(3600)));
  rates.closed(ip("203.0.113.1"));
}

TEST_CASE("connections and messages of a minute, each for itself") {
  SourceRates rates({.connections = 0, .connections_per_minute = 3, .messages_per_minute = 2});
  const IpAddress source = ip("192.0.2.1");
  for (int i = 0; i < 3; ++i) CHECK(rates.opened(source, at(0)));
  CHECK_FALSE(rates.opened(source, at(0)));
  CHECK(rates.message(source, at(0)));
  CHECK(rates.message(source, at(0)));
  CHECK_FALSE(rates.message(source, at(29)));
  CHECK(rates.message(source, at(30)));
  CHECK_FALSE(rates.opened(source, at(19)));
  CHECK(rates.opened(source, at(20)));
  CHECK_FALSE(rates.opened(source, at(20)));
}

TEST_CASE("an IPv6 customer is one source") {
  SourceRates rates({.connections = 1});
  CHECK(rates.opened(ip("2001:db8::1"), at(0)));
  CHECK_FALSE(rates.opened(ip("2001:db8::2"), at(0)));
  CHECK(rates.opened(ip("2001:db8:0:1::2"), at(0)));
}

TEST_CASE("exempt networks and loopback have no limits") {
  SourceRates rates({.connections = 1, .messages_per_minute = 1, .exempt = {*IpNetwork::parse("198.51.100.0/24")}});
  for (int i = 0; i < 5; ++i) {
    CHECK(rates.opened(ip("127.0.0.1"), at(0)));
    CHECK(rates.opened(ip("::1"), at(0)));
    CHECK(rates.opened(ip("198.51.100.9"), at(0)));
    CHECK(rates.message(ip("198.51.100.9"), at(0)));
  }
  CHECK(rates.tracked() == 0);
}

TEST_CASE("no more sources are remembered than the limit, and those with connections stay") {
  SourceRates rates({.connections = 1, .connections_per_minute = 1, .messages_per_minute = 1, .max_tracked = 20});
  const IpAddress busy = ip("192.0.2.1");
  CHECK(rates.opened(busy, at(0)));
  for (int i = 0; i < 200; ++i) {
    CHECK(rates.message(ip("198.51.100." + std::to_string(i)), at(1)));
    CHECK(rates.tracked() <= 20);
  }
  CHECK_FALSE(rates.opened(busy, at(100)));
}
