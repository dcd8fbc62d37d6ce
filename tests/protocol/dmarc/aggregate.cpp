#include "posthorn/protocol/dmarc/aggregate.h"

#include <doctest/doctest.h>

namespace posthorn::dmarc {
namespace {

Verdict verdict_of(Status status, Policy policy, Policy requested) {
  Verdict verdict{.status = status, .policy = policy, .requested = requested};
  verdict.author_domain = "mail.example.org";
  verdict.policy_domain = "example.org";
  verdict.record = *parse_record("v=DMARC1; p=reject; sp=none; aspf=s; fo=1; t=y");
  return verdict;
}

TEST_CASE("equal rows are counted together") {
  Aggregate aggregate(2);
  const Row one{.source = *IpAddress::parse("192.0.2.1"), .header_from = "example.org"};
  Row two = one;
  two.spf = {{"example.org", SpfScope::mfrom, AuthResult::pass, {}}};
  Row three = one;
  three.envelope_from = "";
  aggregate.count(one);
  aggregate.count(two, 5);
  aggregate.count(one);
  aggregate.count(three, 7);
  CHECK(aggregate.rows() == std::vector<CountedRow>{{one, 2}, {two, 5}});
  CHECK(aggregate.dropped() == 7);
  Row many = one;
  many.dkim.resize(500);
  Aggregate other;
  other.count(many);
  CHECK(other.rows()[0].row.dkim.size() == kMaxResults);
}

// RFC 9990 section 3.1.1.9, disposition.
TEST_CASE("what a verdict says in a row") {
  const IpAddress source = *IpAddress::parse("2001:db8::1");
  Verdict verdict = verdict_of(Status::pass, Policy::reject, Policy::none);
  verdict.aligned_spf = "example.org";
  Row row = row_of(verdict, source);
  CHECK(row.disposition == Disposition::pass);
  CHECK(row.spf_aligned);
  CHECK(!row.dkim_aligned);
  CHECK(row.header_from == "mail.example.org");
  CHECK(row.source == source);
  CHECK(row_of(verdict_of(Status::pass, Policy::none, Policy::none), source).disposition == Disposition::none);
  CHECK(row_of(verdict_of(Status::fail, Policy::none, Policy::none), source).reasons.empty());
  row = row_of(verdict_of(Status::fail, Policy::reject, Policy::quarantine), source);
  CHECK(row.disposition == Disposition::quarantine);
  CHECK(row.reasons == std::vector<OverrideReason>{{OverrideType::policy_test_mode, {}}});
}

TEST_CASE("what is told of a record") {
  const PublishedPolicy policy = published(verdict_of(Status::fail, Policy::none, Policy::none));
  CHECK(policy.domain == "example.org");
  CHECK(policy.discovery == Discovery::tree_walk);
  CHECK(policy.policy == Policy::reject);
  CHECK(policy.subdomains == Policy::none);
  CHECK(!policy.not_existing);
  CHECK(policy.spf == Alignment::strict);
  CHECK(policy.testing == true);
  CHECK(policy.failures.empty());  // fo means nothing without ruf
}

TEST_CASE("words") {
  CHECK(word_of(Disposition::quarantine) == "quarantine");
  CHECK(override_of("Sampled_Out") == OverrideType::sampled_out);
  CHECK(auth_result_of("softfail") == AuthResult::softfail);
  CHECK(!auth_result_of("great"));
  CHECK(scope_of("helo") == SpfScope::helo);
  CHECK(!disposition_of("drop"));
}

}  // namespace
}  // namespace posthorn::dmarc
