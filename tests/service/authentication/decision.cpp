#include "posthorn/service/authentication/decision.h"

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::authentication;
using directory::Enforcement;

namespace {

Results failing(dmarc::Policy requested) {
  Results results;
  results.dmarc.status = dmarc::Status::fail;
  results.dmarc.requested = requested;
  return results;
}

constexpr View kList = "List-Id: <talk.example.org>\r\nFrom: <a@example.net>\r\n";

}  // namespace

TEST_CASE("decision: what fails is treated as its author's domain asks") {
  CHECK(decide(failing(dmarc::Policy::none), "", {}).asked == Enforcement::none);
  CHECK(decide(failing(dmarc::Policy::quarantine), "", {}).asked == Enforcement::quarantine);
  CHECK(decide(failing(dmarc::Policy::reject), "", {}).asked == Enforcement::reject);
  CHECK(decide(failing(dmarc::Policy::reject), "", {}).why == std::nullopt);
}

TEST_CASE("decision: a sealer who is believed may say that DMARC passed (RFC 8617 section 7.2)") {
  Results results = failing(dmarc::Policy::reject);
  results.arc = arc::Verdict{.status = arc::Status::pass};
  results.arc->sets = {
      {.instance = 1, .sealer = "list.example", .results = " mx.list.example; dmarc=pass header.from=example.net"}};
  const Trust trust{.sealers = {"list.example"}};
  CHECK(decide(results, "", {}).asked == Enforcement::reject);
  const Decision vouched = decide(results, "", trust);
  CHECK(vouched.asked == Enforcement::none);
  REQUIRE(vouched.why.has_value());
  CHECK(vouched.why->type == dmarc::OverrideType::trusted_forwarder);
  results.arc->sets[0].results = " mx.list.example; dmarc=fail; spf=pass";
  CHECK(decide(results, "", trust).asked == Enforcement::reject);
  results.arc->sets[0].results = " mx.list.example; dmarc=pass";
  results.arc->sets.push_back({.instance = 2, .sealer = "other.example", .results = " mx.other.example; dmarc=pass"});
  CHECK(decide(results, "", trust).asked == Enforcement::reject);
  results.arc->sets.pop_back();
  results.arc->status = arc::Status::fail;
  CHECK(decide(results, "", trust).asked == Enforcement::reject);
}

TEST_CASE("decision: where the DNS did not say all, a message fares as at worst") {
  Results results;
  results.dmarc.status = dmarc::Status::temperror;
  results.dmarc.author_domain = "example.net";
  CHECK(decide(results, "", {}).asked == Enforcement::none);
  results.dmarc.at_worst = dmarc::Policy::reject;
  CHECK(decide(results, "", {}).asked == Enforcement::reject);
  REQUIRE(decide(results, "", {}).why.has_value());
  CHECK(decide(results, "", {}).why->type == dmarc::OverrideType::local_policy);
}

TEST_CASE("decision: nobody hides behind a second author") {
  Results results;
  results.dmarc.status = dmarc::Status::permerror;
  CHECK(decide(results, "", {}).asked == Enforcement::quarantine);
  results.dmarc.author_domain = "example.net";  // whose record is of no use
  CHECK(decide(results, "", {}).asked == Enforcement::none);
}

TEST_CASE("decision: nobody hides behind having no author") {
  Results results;
  CHECK(decide(results, "", {}).asked == Enforcement::quarantine);
  REQUIRE(decide(results, "", {}).why.has_value());
  CHECK(decide(results, "", {}).why->type == dmarc::OverrideType::local_policy);
  results.dmarc.author_domain = "example.net";  // which has no policy
  CHECK(decide(results, "", {}).asked == Enforcement::none);
}

TEST_CASE("decision: a list that says who it is is not refused (RFC 9989 section 5.4)") {
  Results results = failing(dmarc::Policy::reject);
  CHECK(decide(results, kList, {}).asked == Enforcement::reject);
  results.spf = spf::Verdict{.status = spf::Status::pass};
  const Decision spared = decide(results, kList, {});
  CHECK(spared.asked == Enforcement::quarantine);
  REQUIRE(spared.why.has_value());
  CHECK(spared.why->type == dmarc::OverrideType::mailing_list);
  CHECK(decide(results, "From: <a@example.net>\r\n", {}).asked == Enforcement::reject);
  CHECK(decide(results, kList, {.spare_lists = false}).asked == Enforcement::reject);
  results.spf.reset();
  results.dkim.outcome = dkim::Outcome::pass;
  CHECK(decide(results, kList, {}).asked == Enforcement::quarantine);
}
