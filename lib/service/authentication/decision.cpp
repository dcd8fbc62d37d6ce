#include "posthorn/service/authentication/decision.h"

#include <algorithm>

#include "posthorn/grammar/mime/header.h"

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

bool is_authenticated(const Results& results) {
  return results.dkim.outcome == dkim::Outcome::pass || (results.spf && results.spf->status == spf::Status::pass);
}

}  // namespace

Decision decide(const Results& results, View header, const Trust& trust) {
  // Authors of several domains, or one that is no domain: no policy can be asked for, so nobody shall hide behind them.
  if (results.dmarc.status == dmarc::Status::permerror && results.dmarc.author_domain.empty())
    return {Enforcement::quarantine, {{OverrideType::local_policy, "no single author domain"}}};
  Decision decision;
  decision.asked = enforcement_of(results.dmarc.requested);
  if (decision.asked == Enforcement::none) return decision;
  // Whoever writes List-Id can be anybody: it is filed where its reader can judge.
  if (decision.asked == Enforcement::reject && trust.spare_lists && is_of_a_list(header) && is_authenticated(results))
    return {Enforcement::quarantine, {{OverrideType::mailing_list, "List-Id"}}};
  return decision;
}

}  // namespace posthorn::authentication
