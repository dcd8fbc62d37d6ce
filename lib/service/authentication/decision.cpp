#include "posthorn/service/authentication/decision.h"

#include <algorithm>

#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/mime/header.h"
#include "posthorn/protocol/auth_results/field.h"

namespace posthorn::authentication {

using directory::Enforcement;
using dmarc::OverrideType;

namespace {

Enforcement enforcement_of(dmarc::Policy policy) {
  switch (policy) {
    case dmarc::Policy::none: return Enforcement::none;
    case dmarc::Policy::quarantine: return Enforcement::quarantine;
    case dmarc::Policy::reject: return Enforcement::reject;
  }
  return Enforcement::none;
}

bool is_of_a_list(View header) { return mime::find_field(header, "List-Id") || mime::find_field(header, "List-Post"); }

/// Whether somebody who is believed says that DMARC passed before he changed the message.
bool is_vouched_for(const Results& results, const Trust& trust) {
  if (!results.arc || results.arc->status != arc::Status::pass || results.arc->sets.empty()) return false;
  const arc::SetVerdict& last = results.arc->sets.back();
  if (std::find(trust.sealers.begin(), trust.sealers.end(), last.sealer) == trust.sealers.end()) return false;
  const auto found = auth_results::parse(last.results);
  return found && std::any_of(found->results.begin(), found->results.end(), [](const auto& result) {
           return same_word(result.method, "dmarc") && same_word(result.result, "pass");
         });
}

bool is_authenticated(const Results& results) {
  return results.dkim.outcome == dkim::Outcome::pass || (results.spf && results.spf->status == spf::Status::pass);
}

}  // namespace

Decision decide(const Results& results, View header, const Trust& trust) {
  // No author, several of different domains, or one that is no domain: no policy can be asked for, so nobody shall hide
  // behind that.
  if (results.dmarc.author_domain.empty() &&
      (results.dmarc.status == dmarc::Status::permerror || results.dmarc.status == dmarc::Status::none))
    return {Enforcement::quarantine, {{OverrideType::local_policy, "no single author domain"}}};
  Decision decision;
  const bool unsure = results.dmarc.status == dmarc::Status::temperror;
  decision.asked = enforcement_of(unsure ? results.dmarc.at_worst : results.dmarc.requested);
  if (decision.asked == Enforcement::none) return decision;
  if (is_vouched_for(results, trust)) {
    const std::string comment = "arc=pass as=" + results.arc->sets.back().sealer;
    return {Enforcement::none, {{OverrideType::trusted_forwarder, comment}}};
  }
  // Whoever writes List-Id can be anybody: it is filed where its reader can judge.
  if (decision.asked == Enforcement::reject && trust.spare_lists && is_of_a_list(header) && is_authenticated(results))
    return {Enforcement::quarantine, {{OverrideType::mailing_list, "List-Id"}}};
  if (unsure) decision.why = {OverrideType::local_policy, "the DNS did not answer"};
  return decision;
}

}  // namespace posthorn::authentication
