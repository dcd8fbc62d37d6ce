// MTA-STS: what is read as a policy, a record or a kept row is read the same again, and keeps its limits.
#include "posthorn/grammar/mail/policy_record.h"
#include "posthorn/protocol/mta_sts/cache.h"
#include "posthorn/protocol/mta_sts/policy.h"

#include "check.h"
#include "fuzz.h"

void posthorn_fuzz(std::string_view input) {
  using namespace posthorn;
  if (const auto policy = mta_sts::parse_policy(input)) {
    const mta_sts::Limits limits;
    fuzzing::check(input.size() <= limits.octets && policy->mx.size() <= limits.patterns, "limits");
    fuzzing::check(policy->max_age >= std::chrono::seconds(0) && policy->max_age <= mta_sts::kMaxAge, "an age");
    fuzzing::check(!policy->mx.empty() || policy->mode == mta_sts::Mode::none, "a policy has hosts");
    fuzzing::check(mta_sts::parse_policy(mta_sts::format_policy(*policy)) == policy, "written and read again");
    for (const std::string& pattern : policy->mx) {
      const std::string host = pattern.starts_with("*.") ? "a" + pattern.substr(1) : pattern;
      fuzzing::check(mta_sts::covers(*policy, host), "a pattern covers its host");
    }
  }
  if (const auto record = mta_sts::parse_record(input)) {
    fuzzing::check(mail::is_policy_record(input, "STSv1"), "a record begins like one");
    fuzzing::check(mta_sts::parse_record("v=STSv1; id=" + record->id) == record, "an id is stable");
  }
  if (const auto entry = mta_sts::parse_entry(input)) {
    fuzzing::check(mta_sts::parse_entry(mta_sts::format_entry(*entry)) == entry, "a row is stable");
    static_cast<void>(entry->expires());
  }
}
