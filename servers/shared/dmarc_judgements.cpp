#include "shared/dmarc_judgements.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "posthorn/grammar/mail/domain.h"
#include "posthorn/grammar/mime/header.h"

namespace posthorn::servers {

namespace {

using directory::Enforcement;

// Of one message: with all of them, each message could have a row of its own in a report, and a long one.
constexpr std::size_t kMostSignatures = 4;

dmarc::Disposition disposition_of(Enforcement done) {
  switch (done) {
    case Enforcement::none: return dmarc::Disposition::none;
    case Enforcement::quarantine: return dmarc::Disposition::quarantine;
    case Enforcement::reject: return dmarc::Disposition::reject;
  }
  return dmarc::Disposition::none;
}

/// RFC 6591 section 3.2.2.
View delivery_result(Enforcement done) {
  switch (done) {
    case Enforcement::none: return "delivered";
    case Enforcement::quarantine: return "spam";
    case Enforcement::reject: return "reject";
  }
  return "other";
}

/// The words are those of RFC 8601 on both sides.
dmarc::AuthResult result_of(View word) { return dmarc::auth_result_of(word).value_or(dmarc::AuthResult::none); }

/// The signatures that a report tells of: the one that DMARC passed by comes first, then others that passed.
std::vector<const dkim::SignatureVerdict*> telling(const authentication::Results& results) {
  const auto rank = [&](const dkim::SignatureVerdict* signature) {
    if (signature->outcome() != dkim::Outcome::pass) return 2;
    return signature->domain == results.dmarc.aligned_dkim ? 0 : 1;
  };
  std::vector<const dkim::SignatureVerdict*> signatures;
  for (const dkim::SignatureVerdict& signature : results.dkim.signatures) signatures.push_back(&signature);
  // In the order of the message where nothing else tells them apart.
  std::ranges::sort(signatures, {}, [&](const auto* signature) { return std::pair(rank(signature), signature); });
  if (signatures.size() > kMostSignatures) signatures.resize(kMostSignatures);
  return signatures;
}

}  // namespace

dmarc::Row report_row(const authentication::Client& client, const authentication::Results& results,
                      const authentication::Decision& decision, Enforcement done) {
  dmarc::Row row = dmarc::row_of(results.dmarc, client.address.value_or(IpAddress()));
  const dmarc::Status status = results.dmarc.status;
  if (status == dmarc::Status::fail || status == dmarc::Status::temperror) row.disposition = disposition_of(done);
  if (decision.why) {
    row.reasons.push_back(*decision.why);
  } else if (done < decision.asked) {
    row.reasons.push_back({dmarc::OverrideType::local_policy, ""});
  }
  row.envelope_from = own(mail::domain_of(client.sender));
  for (const dkim::SignatureVerdict* signature : telling(results))
    row.dkim.push_back({signature->domain, signature->selector, result_of(dkim::name_of(signature->outcome())), ""});
  if (results.spf) {
    const auto scope = client.sender.empty() ? dmarc::SpfScope::helo : dmarc::SpfScope::mfrom;
    row.spf.push_back({results.spf->domain, scope, result_of(spf::word_of(results.spf->status)), ""});
  }
  return row;
}

reports::FailedMessage failed_message(const authentication::Client& client, const authentication::Results& results,
                                      Enforcement done, WallTime now) {
  const std::string field = authentication::format_results(results, client);
  return {.source = client.address.value_or(IpAddress()),
          .mail_from = client.sender,
          .arrived = now,
          .delivery_result = own(delivery_result(done)),
          .authentication_results = mime::unfold(mime::find_field(field, "Authentication-Results").value_or("")),
          .user_agent = "Posthorn"};
}

void DmarcJudgements::judged(const authentication::Client& client, View header, const authentication::Results& results,
                             const authentication::Decision& decision, Enforcement done) {
  if (results_ != nullptr) results_->add(results.dmarc, report_row(client, results, decision, done));
  // A report that cannot be kept is lost: the message is what counts.
  if (failures_ != nullptr && reports::asks_for_failure(results.dmarc))
    static_cast<void>(failures_->add(results.dmarc, failed_message(client, results, done, clock_.wall()), header));
}

}  // namespace posthorn::servers
