#include "service/delivery/trace.h"

#include <set>

#include <doctest/doctest.h>

#include "posthorn/grammar/mime/fields.h"
#include "posthorn/testing/fakes.h"

using namespace posthorn;
using namespace posthorn::delivery;

namespace {

Envelope envelope_of(std::size_t recipients) {
  Envelope envelope;
  envelope.sender = "ann@example.org";
  for (std::size_t i = 0; i < recipients; ++i)
    envelope.recipients.push_back({"r" + std::to_string(i) + "@example.net", {}});
  envelope.origin = {"client.example.org", "192.0.2.1", "ESMTPS", "TLSv1.3 TLS_AES_128_GCM_SHA256"};
  return envelope;
}

/// Every line is a field or a continuation, and no line ends early.
void check_lines(const std::string& field) {
  REQUIRE(field.ends_with("\r\n"));
  for (std::size_t at = 0; at < field.size();) {
    const std::size_t end = field.find("\r\n", at);
    const std::string line = field.substr(at, end - at);
    CHECK(line.size() <= 998);
    CHECK(line.find_first_of(std::string("\r\n\0", 3)) == std::string::npos);
    if (at > 0) CHECK(line.front() == '\t');
    at = end + 2;
  }
}

}  // namespace

TEST_CASE("Received says who, how and when (RFC 5321 section 4.4)") {
  CHECK(received(envelope_of(1), "mail.example.net", "abc", testing::FakeClock::kStart) ==
        "Received: from client.example.org ([192.0.2.1])\r\n"
        "\tby mail.example.net with ESMTPS (TLSv1.3 TLS_AES_128_GCM_SHA256)\r\n"
        "\tid abc\r\n"
        "\tfor <r0@example.net>;\r\n"
        "\tThu, 01 Jan 2026 00:00:00 +0000\r\n");
}

TEST_CASE("Received is read again as it was meant") {
  const std::string field = received(envelope_of(1), "mail.example.net", "abc", testing::FakeClock::kStart);
  const auto hop = mime::Fields(field).received().at(0);
  CHECK(hop.from.name == "client.example.org");
  CHECK(hop.from.address == "192.0.2.1");
  CHECK(hop.by == "mail.example.net");
  CHECK(hop.with == "ESMTPS");
  CHECK(hop.tls_version == "TLSv1.3");
  CHECK(hop.tls_cipher == "TLS_AES_128_GCM_SHA256");
  CHECK(hop.id == "abc");
  CHECK(hop.recipient == "r0@example.net");
  CHECK(hop.date == testing::FakeClock::kStart);
}

TEST_CASE("Received names no recipient when there are several, and no address that shall be hidden") {
  Envelope envelope = envelope_of(2);
  envelope.origin = {"[IPv6:2001:db8::1]", "", "ESMTPA", ""};
  CHECK(received(envelope, "mail.example.net", "abc", testing::FakeClock::kStart) ==
        "Received: from [IPv6:2001:db8::1]\r\n\tby mail.example.net with ESMTPA\r\n\tid abc;\r\n"
        "\tThu, 01 Jan 2026 00:00:00 +0000\r\n");
  envelope.origin.address = "2001:db8::1";
  CHECK(received(envelope, "h", "abc", testing::FakeClock::kStart).find("([IPv6:2001:db8::1])") != std::string::npos);
}

TEST_CASE("nothing that a peer says can start a new field") {
  const View evil("x\r\nBcc: all@example.org\0)(\"<>;\x7F\xFF", 32);
  Envelope envelope = envelope_of(1);
  envelope.sender = own(evil);
  envelope.recipients[0].address = own(evil);
  envelope.origin = {own(evil), own(evil), own(evil), own(evil)};
  check_lines(received(envelope, evil, "abc", testing::FakeClock::kStart));
  check_lines(return_path(evil));
  check_lines(delivered_to(evil));
  const std::string long_word(5000, 'a');
  envelope.origin = {long_word, long_word, long_word, long_word};
  check_lines(received(envelope, long_word, "abc", testing::FakeClock::kStart));
  check_lines(return_path(long_word));
}

TEST_CASE("what is right stays as it is") {
  CHECK(return_path("") == "Return-Path: <>\r\n");
  CHECK(return_path("\"a b\"@example.org") == "Return-Path: <\"a b\"@example.org>\r\n");
  CHECK(safe_address("ж@пример.рф") == "ж@пример.рф");
  CHECK(safe_domain("пример.рф") == "пример.рф");
  CHECK(safe_domain("a\xFF") == "a?");
  CHECK(safe_domain("") == "unknown");
  const std::string cut = safe_domain(std::string(254, 'a') + "ж");
  CHECK(cut == std::string(254, 'a'));
}

TEST_CASE("ids are short, of harmless letters, and differ") {
  testing::SeededRandom random(1);
  std::set<std::string> ids;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = new_id(random);
    CHECK(id.size() == 16);
    CHECK(id.find_first_not_of("abcdefghijklmnopqrstuvwxyz234567") == std::string::npos);
    ids.insert(id);
  }
  CHECK(ids.size() == 1000);
}
