#include "posthorn/protocol/dkim/signature.h"

#include <doctest/doctest.h>

namespace posthorn::dkim {
namespace {

constexpr View kHash = "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=";

/// A signature with what `tags` adds, and without the tag `less`.
std::string text(View tags, View less = {}) {
  std::string out;
  for (const View tag : {"v=1", "a=rsa-sha256", "d=example.com", "s=sel", "h=From:To", "b=AAAA"}) {
    if (!tag.starts_with(own(less) + "=") || less.empty()) out.append(tag).append("; ");
  }
  if (less != "bh") out.append("bh=").append(kHash).append("; ");
  return out.append(tags);
}

Reason reason_of(View tags, View less = {}) {
  Signature signature;
  const std::string value = text(tags, less);
  return read_signature(value, signature);
}

// RFC 6376 section 3.5, the field of its appendix A.2.
TEST_CASE("a signature is read") {
  const View value =
      " v=1; a=rsa-sha256; s=brisbane; d=Example.COM;\r\n"
      "      c=simple/simple; q=dns/txt; i=joe@football.example.com;\r\n"
      "      h=Received : From : To : Subject : Date : Message-ID;\r\n"
      "      bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
      "      b=AuUo\r\n        EAI=; t=1117574938; x=1118006938; l=23";
  Signature s;
  REQUIRE(read_signature(value, s) == Reason::good);
  CHECK(s.scheme == crypto::SignatureScheme::rsa_pkcs1_sha256);
  CHECK(s.domain == "example.com");
  CHECK(s.selector == "brisbane");
  CHECK(s.agent == "joe@football.example.com");
  CHECK(s.agent_domain == "football.example.com");
  CHECK(s.fields == std::vector<std::string>{"Received", "From", "To", "Subject", "Date", "Message-ID"});
  CHECK(s.raw == "AuUo\r\n        EAI=");
  CHECK(s.octets.size() == 5);
  CHECK(s.length == 23);
  CHECK(s.signed_at == WallTime(std::chrono::seconds(1117574938)));
  CHECK(s.expires == WallTime(std::chrono::seconds(1118006938)));
  CHECK(key_question(s.selector, s.domain) == dns::Question{"brisbane._domainkey.example.com", dns::Type::txt});
}

TEST_CASE("what is not said has its default") {
  Signature s;
  const std::string value = text("");
  REQUIRE(read_signature(value, s) == Reason::good);
  CHECK(s.header == Canonicalization::simple);
  CHECK(s.body == Canonicalization::simple);
  CHECK(s.agent == "@example.com");
  Signature relaxed;
  const std::string half = text("c=relaxed");
  REQUIRE(read_signature(half, relaxed) == Reason::good);
  CHECK(relaxed.header == Canonicalization::relaxed);
  CHECK(relaxed.body == Canonicalization::simple);
}

TEST_CASE("each fault has its reason") {
  for (const View less : {"v", "a", "b", "d", "s", "h", "bh"}) {
    CAPTURE(less);
    CHECK(reason_of("", less) == Reason::missing_tag);
  }
  CHECK(reason_of("v=2", "v") == Reason::version);
  CHECK(reason_of("a=rsa-sha1", "a") == Reason::historic_algorithm);
  CHECK(reason_of("a=rsa-sha512", "a") == Reason::unknown_algorithm);
  CHECK(reason_of("a=ed25519-sha256", "a") == Reason::good);
  CHECK(reason_of("q=dns/txt:x") == Reason::good);
  CHECK(reason_of("q=x") == Reason::unknown_query);
  CHECK(reason_of("h=To:Subject", "h") == Reason::from_not_signed);
  CHECK(reason_of("i=a@b.example.com") == Reason::good);
  CHECK(reason_of("i=@EXAMPLE.com") == Reason::good);
  CHECK(reason_of("i=a@example.org") == Reason::domain_mismatch);
  CHECK(reason_of("i=a@notexample.com") == Reason::domain_mismatch);
  CHECK(reason_of("i=@com") == Reason::domain_mismatch);
  for (const View tags : {"i=nobody", "i=a@", "c=relaxed/relaxed/simple", "c=nowsp", "c=", "l=-1", "l=1x", "t=soon",
                          "t=2; x=2", "t=3; x=2", "d=; ", "v=1", "=", "z=\x01"}) {
    CAPTURE(tags);
    CHECK(reason_of(tags) == Reason::syntax);
  }
  CHECK(reason_of("b=AAA", "b") == Reason::syntax);
  CHECK(reason_of("b=", "b") == Reason::syntax);
  CHECK(reason_of("bh=AAAA", "bh") == Reason::syntax);
  CHECK(reason_of("h=From::To", "h") == Reason::syntax);
  CHECK(reason_of("h=", "h") == Reason::syntax);
  for (const View domain : {"d=", "d=a..b", "d=.a", "d=a.", "d=a b", "d=a\\.b"})
    CHECK(reason_of(domain, "d") == Reason::syntax);
  CHECK(reason_of("d=" + std::string(64, 'a') + ".example", "d") == Reason::syntax);
  std::string fields = "h=From";
  for (std::size_t i = 1; i < Signature::kFields; ++i) fields += ":To";
  CHECK(reason_of(fields, "h") == Reason::good);
  CHECK(reason_of(fields + ":To", "h") == Reason::limits);
}

// RFC 8616 section 4.
TEST_CASE("names may have U-labels") {
  CHECK(signing_name("M\xC3\xBCnchen.example") == "xn--mnchen-3ya.example");
  CHECK(signing_name("a_b") == "a_b");
  CHECK_FALSE(signing_name("\xC3("));
}

}  // namespace
}  // namespace posthorn::dkim
