#include "posthorn/grammar/mail/policy_record.h"

#include <doctest/doctest.h>

namespace posthorn {
namespace {

using Fields = std::vector<mail::PolicyField>;

TEST_CASE("fields behind the version") {
  CHECK(mail::parse_policy_record("v=STSv1; id=20160831085700Z;", "STSv1") == Fields{{"id", "20160831085700Z"}});
  CHECK(mail::parse_policy_record("v=STSv1;id=1;x.y-z=a", "STSv1") == Fields{{"id", "1"}, {"x.y-z", "a"}});
  CHECK(mail::parse_policy_record("v=STSv1 \t;\tid=1 ; ", "STSv1") == Fields{{"id", "1"}});
  CHECK(mail::parse_policy_record("v=TLSRPTv1;rua=mailto:a@example.com, https://b.example/x?y=z", "TLSRPTv1") ==
        Fields{{"rua", "mailto:a@example.com, https://b.example/x?y=z"}});
}

TEST_CASE("what is no record of the version") {
  for (const View text :
       {"", "v=STSv1", "v=STSv10; id=1", "v=stsv1; id=1", " v=STSv1; id=1", "v=spf1 -all", "V=STSv1; id=1"}) {
    CHECK(!mail::is_policy_record(text, "STSv1"));
    CHECK(!mail::parse_policy_record(text, "STSv1"));
  }
}

TEST_CASE("records that are broken") {
  for (const View text :
       {"v=STSv1;", "v=STSv1;;", "v=STSv1; id", "v=STSv1; id=", "v=STSv1; =1", "v=STSv1; .id=1", "v=STSv1; id=1;;",
        "v=STSv1; id=\x01", "v=STSv1; i d=1", "v=STSv1; aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa=1"}) {
    CAPTURE(text);
    CHECK(mail::is_policy_record(text, "STSv1"));
    CHECK(!mail::parse_policy_record(text, "STSv1"));
  }
}

TEST_CASE("fields that are read whatever stands between them (RFC 9989 section 4.8)") {
  CHECK(mail::read_policy_fields("v=DMARC1; p=none") == Fields{{"v", "DMARC1"}, {"p", "none"}});
  CHECK(mail::read_policy_fields(" V\t=\tDMARC1 ;;P = none; x; =1; y=; p=reject; z=a=b\x01; w=a=b ;") ==
        Fields{{"v", "DMARC1"}, {"p", "none"}, {"w", "a=b"}});
  CHECK(mail::read_policy_fields("").empty());
}

}  // namespace
}  // namespace posthorn
