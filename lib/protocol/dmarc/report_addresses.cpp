#include "posthorn/protocol/dmarc/report_addresses.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "posthorn/grammar/mail/domain.h"
#include "posthorn/grammar/mail/mailto.h"

#include "protocol/dmarc/tree_walk.h"

namespace posthorn::dmarc {

namespace {

constexpr View kConsent = "._report._dmarc.";
constexpr std::size_t kMaxName = 253;  // octets of a name in the DNS, as text

const std::vector<ReportUri>& uris_of(const Record& record, ReportKind kind) {
  return kind == ReportKind::aggregate ? record.aggregate_to : record.failures_to;
}

/// The mailbox of a URI and its host in A-labels.
struct Place {
  std::string address;
  std::string host;
};
std::optional<Place> place_of(const ReportUri& uri) {
  const auto mailbox = mail::parse_mailto(uri.uri);
  if (!mailbox) return std::nullopt;
  auto host = mail::ascii_domain(mailbox->domain);
  if (!host) return std::nullopt;
  return Place{mailbox->text(), std::move(*host)};
}

}  // namespace

ReportAddresses::ReportAddresses(const Verdict& verdict, ReportKind kind, Options options)
    : kind_(kind),
      policy_domain_(verdict.policy_domain),
      organizational_domain_(verdict.organizational_domain),
      tree_(std::make_unique<Tree>(options.suffixes)) {
  if (!verdict.record) return;
  for (const ReportUri& uri : uris_of(*verdict.record, kind)) {
    if (auto place = place_of(uri))
      candidates_.push_back({std::move(place->address), std::move(place->host), false, {}});
  }
  for (Candidate& candidate : candidates_) place(candidate);
  if (wanted_.empty()) finish();
}

ReportAddresses::~ReportAddresses() = default;

/// Goes on with a candidate as far as what is known allows.
void ReportAddresses::place(Candidate& candidate) {
  if (candidate.settled) return;
  if (candidate.host != policy_domain_) {
    // A host with the same organizational domain lies in it.
    if (!is_within(candidate.host, organizational_domain_)) return ask(candidate);
    const Walk walk = tree_->walk(candidate.host);
    if (walk.next) {
      const dns::Question question{record_name(*walk.next), dns::Type::txt};
      if (std::ranges::find(wanted_, question) == wanted_.end()) wanted_.push_back(question);
      return;
    }
    if (walk.organizational_domain != organizational_domain_) return ask(candidate);
  }
  candidate.settled = true;
  candidate.granted = {candidate.address};
}

void ReportAddresses::ask(Candidate& candidate) {
  const std::string name = policy_domain_ + own(kConsent) + candidate.host;
  if (name.size() > kMaxName) {
    candidate.settled = true;
    return;
  }
  const dns::Question question{name, dns::Type::txt};
  if (std::ranges::find(wanted_, question) == wanted_.end()) wanted_.push_back(question);
}

void ReportAddresses::answer(std::size_t index, const dns::Answer& answer) {
  if (index >= wanted_.size()) return;
  const dns::Question question = std::move(wanted_[index]);
  wanted_.erase(wanted_.begin() + static_cast<std::ptrdiff_t>(index));
  const View walked = View(question.name).substr(record_name({}).size());
  const bool consent = question.name.starts_with(policy_domain_ + own(kConsent));
  if (!consent) tree_->take(own(walked), answer);
  for (Candidate& candidate : candidates_) {
    if (candidate.settled) continue;
    if (!consent) {
      place(candidate);
    } else if (question.name == policy_domain_ + own(kConsent) + candidate.host) {
      take_consent(candidate, answer);
    }
  }
  if (wanted_.empty()) finish();
}

void ReportAddresses::take_consent(Candidate& candidate, const dns::Answer& answer) {
  candidate.settled = true;
  verdict_.unsure |= answer.failed();
  bool agreed = false;
  for (const dns::Record& record : answer.records) {
    const auto* text = std::get_if<dns::Txt>(&record);
    const auto parsed = text == nullptr ? fail(Error()) : parse_record(text->text);
    if (!parsed) continue;
    agreed = true;
    for (const ReportUri& uri : uris_of(*parsed, kind_)) {
      auto place = place_of(uri);
      // Who sends reports on to a third party gets none.
      if (!place || place->host != candidate.host) {
        candidate.granted.clear();
        return;
      }
      candidate.granted.push_back(std::move(place->address));
    }
  }
  if (agreed && candidate.granted.empty()) candidate.granted = {candidate.address};
}

void ReportAddresses::finish() {
  for (Candidate& candidate : candidates_) {
    if (candidate.granted.empty()) verdict_.refused.push_back(candidate.address);
    for (std::string& address : candidate.granted) {
      const bool known = std::ranges::find(verdict_.allowed, address) != verdict_.allowed.end();
      if (!known && verdict_.allowed.size() < kMaxReportUris) verdict_.allowed.push_back(std::move(address));
    }
  }
}

}  // namespace posthorn::dmarc
