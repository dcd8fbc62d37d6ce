#include "shared/dmarc_judgements.h"

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::servers;
using directory::Enforcement;

namespace {

const authentication::Client kClient{.address = IpAddress::parse("192.0.2.1"),
                                     .hello = "mx.list.example",
                                     .sender = "x@list.example",
                                     .host_name = "mx.example.net"};

authentication::Results failing() {
  authentication::Results results;
  results.dmarc.status = dmarc::Status::fail;
  results.dmarc.author_domain = "example.org";
  results.dmarc.policy = results.dmarc.requested = dmarc::Policy::reject;
  results.spf = spf::Verdict{.status = spf::Status::softfail, .domain = "list.example"};
  dkim::SignatureVerdict signature;
  signature.reason = dkim::Reason::body_hash;
  signature.domain = "example.org";
  signature.selector = "s";
  results.dkim.signatures.push_back(signature);
  return results;
}

}  // namespace

TEST_CASE("judgements: a report says who sent, what was found and what was done") {
  const dmarc::Row row = report_row(kClient, failing(), {.asked = Enforcement::reject}, Enforcement::reject);
  CHECK(row.source == *IpAddress::parse("192.0.2.1"));
  CHECK(row.disposition == dmarc::Disposition::reject);
  CHECK(row.reasons.empty());
  CHECK(row.header_from == "example.org");
  CHECK(row.envelope_from == "list.example");
  REQUIRE(row.dkim.size() == 1);
  CHECK(row.dkim[0] == dmarc::DkimResult{"example.org", "s", dmarc::AuthResult::fail, ""});
  REQUIRE(row.spf.size() == 1);
  CHECK(row.spf[0] == dmarc::SpfResult{"list.example", dmarc::SpfScope::mfrom, dmarc::AuthResult::softfail, ""});
}

TEST_CASE("judgements: a report tells of few signatures, the decisive one first") {
  authentication::Results results;
  results.dmarc.status = dmarc::Status::pass;
  results.dmarc.author_domain = results.dmarc.aligned_dkim = "example.org";
  const auto sign = [&](const std::string& domain, dkim::Reason reason) {
    dkim::SignatureVerdict signature;
    signature.reason = reason;
    signature.domain = domain;
    results.dkim.signatures.push_back(signature);
  };
  for (const char* domain : {"a.example", "b.example", "c.example", "d.example", "e.example"})
    sign(domain, dkim::Reason::body_hash);
  sign("list.example", dkim::Reason::good);
  sign("example.org", dkim::Reason::good);
  const dmarc::Row row = report_row(kClient, results, {}, Enforcement::none);
  REQUIRE(row.dkim.size() == 4);
  CHECK(row.dkim[0].domain == "example.org");
  CHECK(row.dkim[1].domain == "list.example");
  CHECK(row.dkim[2].domain == "a.example");
  CHECK(row.dkim[3].domain == "b.example");
}

TEST_CASE("judgements: a report says why less was done than asked for") {
  const dmarc::OverrideReason list{dmarc::OverrideType::mailing_list, "List-Id"};
  const auto spared =
      report_row(kClient, failing(), {.asked = Enforcement::quarantine, .why = list}, Enforcement::none);
  CHECK(spared.disposition == dmarc::Disposition::none);
  CHECK(spared.reasons == std::vector{list});
  const auto lax = report_row(kClient, failing(), {.asked = Enforcement::reject}, Enforcement::none);
  REQUIRE(lax.reasons.size() == 1);
  CHECK(lax.reasons[0].type == dmarc::OverrideType::local_policy);
}

TEST_CASE("judgements: what was junk because the DNS did not answer is reported so") {
  authentication::Results results = failing();
  results.dmarc.status = dmarc::Status::temperror;
  results.dmarc.requested = dmarc::Policy::none;
  const dmarc::OverrideReason unsure{dmarc::OverrideType::local_policy, "the DNS did not answer"};
  const auto row =
      report_row(kClient, results, {.asked = Enforcement::quarantine, .why = unsure}, Enforcement::quarantine);
  CHECK(row.disposition == dmarc::Disposition::quarantine);
  CHECK(row.reasons == std::vector{unsure});
}

// RFC 6591 section 3, RFC 9991 section 4.
TEST_CASE("judgements: a failure report says what came, from where, and what was done") {
  const WallTime now(std::chrono::seconds(1'800'000'000));
  const auto message = failed_message(kClient, failing(), Enforcement::quarantine, now);
  CHECK(message.source == *IpAddress::parse("192.0.2.1"));
  CHECK(message.mail_from == "x@list.example");
  CHECK(message.arrived == now);
  CHECK(message.delivery_result == "spam");
  CHECK(message.authentication_results.starts_with("mx.example.net; spf=softfail"));
  CHECK(message.authentication_results.contains("dmarc=fail"));
  CHECK(message.authentication_results.find_first_of("\r\n") == std::string::npos);
  CHECK(failed_message(kClient, failing(), Enforcement::none, now).delivery_result == "delivered");
  CHECK(failed_message(kClient, failing(), Enforcement::reject, now).delivery_result == "reject");
}
