#include "posthorn/protocol/mta_sts/policy.h"

#include <doctest/doctest.h>

namespace posthorn {
namespace {

using mta_sts::Mode;
using mta_sts::Policy;

// The example of RFC 8461 section 3.2.
constexpr View kExample =
    "version: STSv1\r\nmode: enforce\r\nmx: mail.example.com\r\nmx: *.example.net\r\nmx: backupmx.example.com\r\n"
    "max_age: 604800\r\n";

TEST_CASE("the record of RFC 8461 section 3.1") {
  CHECK(mta_sts::record_name("example.com") == "_mta-sts.example.com");
  CHECK(mta_sts::policy_host("example.com") == "mta-sts.example.com");
  const auto record = mta_sts::parse_record("v=STSv1; id=20160831085700Z;");
  REQUIRE(record);
  CHECK(record->id == "20160831085700Z");
  CHECK(mta_sts::parse_record("v=STSv1; ext=1; id=a")->id == "a");
  CHECK(!mta_sts::parse_record("v=STSv1; ext=1"));
  CHECK(!mta_sts::parse_record("v=STSv1; id=not-alnum"));
  CHECK(!mta_sts::parse_record("v=STSv1; id= ;"));  // RFC 8461 section 3.1: one letter at least
  CHECK(mta_sts::parse_record("v=STSv1; id=" + std::string(32, 'a')));
  CHECK(!mta_sts::parse_record("v=STSv1; id=" + std::string(33, 'a')));
}

TEST_CASE("one record counts, two are none, others are passed over") {
  using Records = std::vector<dns::Record>;
  const dns::Record good = dns::Txt{"v=STSv1; id=1"};
  const dns::Record other = dns::Txt{"v=spf1 -all"};
  CHECK(mta_sts::find_record(Records{other, good})->id == "1");
  CHECK(!mta_sts::find_record(Records{other}));
  CHECK(!mta_sts::find_record(Records{good, dns::Txt{"v=STSv1; id=2"}}));
  CHECK(!mta_sts::find_record(Records{good, dns::Txt{"v=STSv1; broken"}}));
  CHECK(!mta_sts::find_record(Records{dns::Txt{"v=STSv1; broken"}}));
}

TEST_CASE("the policy of RFC 8461 section 3.2") {
  const auto policy = mta_sts::parse_policy(kExample);
  REQUIRE(policy);
  CHECK(policy->mode == Mode::enforce);
  CHECK(policy->mx == std::vector<std::string>{"mail.example.com", "*.example.net", "backupmx.example.com"});
  CHECK(policy->max_age == std::chrono::seconds(604800));
  CHECK(mta_sts::parse_policy(mta_sts::format_policy(*policy)) == policy);
}

TEST_CASE("LF alone, spaces, order, unknown keys, keys twice, the last line without an end") {
  const auto policy = mta_sts::parse_policy(
      "max_age:1\nnew_key: \xC3\xBC b\nmx: MX.Example.org  \nmode:\ttesting\nmode: none\n\nversion: STSv1");
  REQUIRE(policy);
  CHECK(*policy == Policy{Mode::testing, {"mx.example.org"}, std::chrono::seconds(1)});
}

TEST_CASE("a policy without hosts says that there is none") {
  CHECK(mta_sts::parse_policy("version: STSv1\nmode: none\nmax_age: 86400\n"));
  CHECK(!mta_sts::parse_policy("version: STSv1\nmode: enforce\nmax_age: 86400\n"));
}

TEST_CASE("policies that are broken") {
  const std::string start = "version: STSv1\nmode: enforce\n";
  const std::string good = start + "mx: a.example\nmax_age: 1\n";
  CHECK(mta_sts::parse_policy(good));
  const std::string end = "mx: a.example\nmax_age: 1\n";
  const std::vector<std::string> broken = {"",
                                           start,
                                           start + "mx: a.example\n",
                                           start + "mx: a.example\nmax_age: -1\n",
                                           start + "mx: a.example\nmax_age: 1 2\n",
                                           start + "mx: a.example\nmax_age: 00000000001\n",
                                           start + "mx: *.\nmax_age: 1\n",
                                           start + "mx: a.*.example\nmax_age: 1\n",
                                           start + "mx: a b\nmax_age: 1\n",
                                           start + "mx: **.example\nmax_age: 1\n",
                                           "version: STSv2\nmode: enforce\n" + end,
                                           "mode: enforce\n" + end,
                                           "version: STSv1\nmode: strict\n" + end,
                                           good + "no field\n",
                                           good + ": empty\n",
                                           good + "\xFF: x\n",
                                           good + std::string("k: \0", 4),
                                           "<html>\n" + good};
  for (const std::string& text : broken) {
    CAPTURE(text);
    CHECK(!mta_sts::parse_policy(text));
  }
}

TEST_CASE("which hosts a pattern covers (RFC 8461 section 4.1)") {
  const Policy policy{Mode::enforce, {"mail.example.com", "*.example.net"}, std::chrono::seconds(1)};
  CHECK(mta_sts::covers(policy, "mail.example.com"));
  CHECK(mta_sts::covers(policy, "mx1.example.net"));
  for (const View host : {"example.com", "a.mail.example.com", "example.net", ".example.net", "a.b.example.net",
                          "xexample.net", "mail.example.com.evil.example", ""}) {
    CHECK(!mta_sts::covers(policy, host));
  }
}

TEST_CASE("limits") {
  const std::string good = "version: STSv1\nmode: enforce\nmx: a.example\nmax_age: 1\n";
  CHECK(mta_sts::parse_policy(good + std::string((64U << 10U) - good.size(), '\n')));
  CHECK(mta_sts::parse_policy(good + std::string((64U << 10U) - good.size() + 1, '\n')).error().code == Code::too_long);
  std::string many = good;
  for (std::size_t i = 1; i < mta_sts::Limits().patterns; ++i) many += "mx: a.example\n";
  CHECK(mta_sts::parse_policy(many));
  CHECK(mta_sts::parse_policy(many + "mx: a.example\n").error().code == Code::too_many);
  CHECK(mta_sts::parse_policy("version: STSv1\nmode: none\nmax_age: 9999999999\n")->max_age == mta_sts::kMaxAge);
}

}  // namespace
}  // namespace posthorn
