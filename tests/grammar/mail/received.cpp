#include "posthorn/grammar/mail/received.h"

#include <string>

#include <doctest/doctest.h>

#include "posthorn/grammar/mail/date.h"

#include "grammar/mail/ip_text.h"

using namespace posthorn;

namespace {
/// What is told, "name=value " each.
std::string show(View raw) {
  const mail::Received r = mail::parse_received(raw);
  std::string out;
  const auto add = [&](View name, View value) {
    if (!value.empty()) out.append(name).append("=").append(value).append(" ");
  };
  add("from", r.from.name);
  add("address", r.from.address);
  add("reverse", r.from.reverse_name);
  add("helo", r.from.helo);
  add("ident", r.from.ident);
  add("by", r.by);
  add("via", r.via);
  add("with", r.with);
  add("id", r.id);
  add("for", r.recipient);
  add("tls", r.tls_version);
  add("cipher", r.tls_cipher);
  if (r.date) out += mail::format_date(*r.date);
  return out;
}
}  // namespace

TEST_CASE("received: RFC 5321 appendix D and RFC 5322 appendix A.4") {
  CHECK(show(" from bar.com by foo.com ; Thu, 21 May 1998\r\n    05:33:29 -0700") ==
        "from=bar.com by=foo.com Thu, 21 May 1998 12:33:29 +0000");
  CHECK(show(" from x.y.test\r\n   by example.net\r\n   via TCP\r\n   with ESMTP\r\n   id ABC12345\r\n"
             "   for <mary@example.net>;  21 Nov 1997 10:05:43 -0600") ==
        "from=x.y.test by=example.net via=TCP with=ESMTP id=ABC12345 for=mary@example.net "
        "Fri, 21 Nov 1997 16:05:43 +0000");
  CHECK(show(" from node.example by x.y.test; 21 Nov 1997 10:01:22 -0600") ==
        "from=node.example by=x.y.test Fri, 21 Nov 1997 16:01:22 +0000");
}

TEST_CASE("received: TCP-info and clauses (the grammar of RFC 5321 section 4.4, RFC 8314 section 4.3)") {
  CHECK(show("from a.test ([192.0.2.1]) by b.test") == "from=a.test address=192.0.2.1 by=b.test ");
  CHECK(show("from a.test (c.test [192.0.2.1]) by b.test") ==
        "from=a.test address=192.0.2.1 reverse=c.test by=b.test ");
  CHECK(show("from [192.0.2.1] (c.test [IPv6:2001:db8::1]) by b.test") ==
        "from=[192.0.2.1] address=2001:db8::1 reverse=c.test by=b.test ");
  CHECK(show("from a.test by b.test with ESMTPS tls TLS_AES_128_GCM_SHA256 id <x@b.test>") ==
        "from=a.test by=b.test with=ESMTPS id=x@b.test cipher=TLS_AES_128_GCM_SHA256 ");
  CHECK(show("FROM a.test (by z.test) BY b.test FOR \"a b\"@c.test") == "from=a.test by=b.test for=\"a b\"@c.test ");
  CHECK(show("from a.test by b.test by c.test; 1 Jan 2026 00:00:00 +0000") ==
        "from=a.test by=b.test Thu, 01 Jan 2026 00:00:00 +0000");
}

TEST_CASE("received: hostile fields cost linear time") {
  for (const View unit :
       {"(",           ")",    "[",  "<",  ";",  "from ", "with x ", "(helo=", "(a@", ";1 Jan 2026 1:1:1 +0000 ",
        "(TLSv1 A-B ", "tls:", "[;", "::", "1.", "\\",    "=",       "a@[",    "\"",  "\"\\",
        "x\" ",        "(from ;"}) {
    std::string field;
    while (field.size() < (1U << 20U)) field += unit;
    (void)show(field);
    (void)mail::transmission(field);
  }
}

TEST_CASE("received: what the words after \"with\" mean") {
  const auto* const row = mail::transmission("ESMTPSA");
  REQUIRE(row != nullptr);
  CHECK(row->encrypted);
  CHECK(row->authenticated);
  CHECK(mail::transmission("esmtp")->protocol == "ESMTP");
  CHECK_FALSE(mail::transmission("esmtp")->encrypted);
  CHECK(mail::transmission("UTF8LMTPS")->encrypted);
  CHECK(mail::transmission("local-esmtps")->protocol == "ESMTPS");
  CHECK(mail::transmission("Microsoft SMTP Server")->protocol == "SMTP");
  CHECK(mail::transmission("mapi") == nullptr);
  CHECK(mail::transmission("") == nullptr);
}

TEST_CASE("received: IP addresses (RFC 4291 section 2.2)") {
  for (const View good :
       {"ABCD:EF01:2345:6789:ABCD:EF01:2345:6789", "2001:DB8:0:0:8:800:200C:417A", "2001:DB8::8:800:200C:417A",
        "FF01::101", "::1", "::", "0:0:0:0:0:0:13.1.68.3", "::FFFF:129.144.52.38", "1::"}) {
    CAPTURE(good);
    CHECK(mail::ipv6_octets(good).has_value());
  }
  for (const View bad : {"", ":", "1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7::8", "1::2::3",
                         ":::", "1:2:3:4:5:6:7:", "12345::", "g::", "1.2.3.4", "1.2.3.4::", "::1.2.3", "::1%eth0",
                         "0:0:0:0:0:0:0:13.1.68.3"}) {
    CAPTURE(bad);
    CHECK_FALSE(mail::ipv6_octets(bad).has_value());
  }
  CHECK(mail::ipv4_octets("192.0.2.255").has_value());
  for (const View bad : {"", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.", "1..2.3", "1.2.3.4 ", "1.2.3.0004"}) {
    CAPTURE(bad);
    CHECK_FALSE(mail::ipv4_octets(bad).has_value());
  }
}
