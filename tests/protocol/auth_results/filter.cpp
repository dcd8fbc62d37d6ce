#include "posthorn/protocol/auth_results/filter.h"

#include <string>

#include <doctest/doctest.h>

namespace posthorn::auth_results {
namespace {

struct Passed {
  std::string text;
  std::size_t removed = 0;
};

Passed pass(View message, std::size_t chunk, View own_id = "mx.example.org") {
  Filter filter(own_id);
  Passed out;
  for (std::size_t at = 0; at < message.size(); at += chunk) filter.receive(message.substr(at, chunk), out.text);
  filter.finish(out.text);
  out.removed = filter.removed();
  return out;
}

TEST_CASE("fields that claim to be ours go, all else stays as it is") {
  const std::string message =
      "Received: from a\r\n by b\r\n"
      "Authentication-Results: mx.example.org; spf=pass\r\n smtp.mailfrom=a@b.example\r\n"
      "AUTHENTICATION-RESULTS : (x) MX.Example.ORG. 1; none\r\n"
      "Authentication-Results: mx.other.example;\r\n\tspf=fail\r\n"
      "Authentication-Results-X: mx.example.org; none\r\n"
      "Authentication-Results:\r\n (a \\) mx.other.example (b)) \"mx.example.org\"; none\r\n"
      "Subject: Authentication-Results: mx.example.org; none\r\n"
      "\r\n"
      "Authentication-Results: mx.example.org; none\r\n";
  const std::string expected =
      "Received: from a\r\n by b\r\n"
      "Authentication-Results: mx.other.example;\r\n\tspf=fail\r\n"
      "Authentication-Results-X: mx.example.org; none\r\n"
      "Subject: Authentication-Results: mx.example.org; none\r\n"
      "\r\n"
      "Authentication-Results: mx.example.org; none\r\n";
  for (std::size_t chunk = 1; chunk <= message.size(); ++chunk) {
    const Passed passed = pass(message, chunk);
    REQUIRE(passed.text == expected);
    REQUIRE(passed.removed == 3);
  }
}

TEST_CASE("a field whose authserv-id cannot be read goes too") {
  for (const char* body : {"", " ", " (open mx.other.example; none", " \"open; none", ";", " =x"}) {
    CAPTURE(std::string(body));
    CHECK(pass("Authentication-Results:" + std::string(body) + "\r\n\r\n", 7).removed == 1);
  }
  CHECK(pass("Authentication-Results: mx.other.example; rubbish (\r\n\r\n", 7).removed == 0);
  CHECK(pass("Authentication-Results: mx.example.org/x rubbish\r\n\r\n", 7).removed == 1);
}

TEST_CASE("names with U-labels are the same as with A-labels (RFC 8616 section 5)") {
  CHECK(is_same_id("K\xC3\xB6ln.example", "xn--kln-sna.example"));
  CHECK(is_same_id("XN--KLN-SNA.example", "k\xC3\x96ln.example."));
  CHECK(!is_same_id("koln.example", "xn--kln-sna.example"));
  CHECK(is_same_id("Any words", "any words"));
}

TEST_CASE("a message that ends in its header, and lines that are no fields") {
  CHECK(pass("Authentication-Results: mx.example.org", 5).text.empty());
  CHECK(pass("Authentication-Res", 5).text == "Authentication-Res");
  CHECK(pass(" Authentication-Results: mx.example.org; none\r\nA: b", 5).text ==
        " Authentication-Results: mx.example.org; none\r\nA: b");
  CHECK(pass("no field\r\nAuthentication-Results: mx.example.org; none\r\nA: b", 5).text == "no field\r\nA: b");
}

TEST_CASE("a field without an end is not kept in memory") {
  const std::string tail(2 * Filter::kFieldOctets, 'x');
  CHECK(pass("Authentication-Results: mx.example.org; " + tail + "\r\nA: b\r\n", 1000).text == "A: b\r\n");
  const std::string other = "Authentication-Results: mx.other.example; " + tail + "\r\n more\r\nA: b\r\n";
  CHECK(pass(other, 1000).text == other);
}

}  // namespace
}  // namespace posthorn::auth_results
