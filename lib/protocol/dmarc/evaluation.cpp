#include "posthorn/protocol/dmarc/evaluation.h"

#include <algorithm>
#include <utility>

#include "posthorn/grammar/mail/domain.h"

#include "protocol/dmarc/tree_walk.h"

namespace posthorn::dmarc {

namespace {

constexpr std::array<View, 5> kStatuses = {"none", "pass", "fail", "temperror", "permerror"};  // in the order of Status
constexpr std::array<View, 2> kDiscoveries = {"treewalk", "psl"};                              // of Discovery
constexpr std::array kExistence = {dns::Type::a, dns::Type::aaaa, dns::Type::mx};

Policy lowered(Policy policy) { return policy == Policy::reject ? Policy::quarantine : Policy::none; }

}  // namespace

View word_of(Status status) { return kStatuses[static_cast<std::size_t>(status)]; }
View word_of(Discovery discovery) { return kDiscoveries[static_cast<std::size_t>(discovery)]; }

Evaluation::Evaluation(const Message& message, Options options)
    : options_(options), tree_(std::make_unique<Tree>(options.suffixes)) {
  if (options.suffixes != nullptr) verdict_.discovery = Discovery::public_suffix_list;
  const auto sender_of = [](const std::optional<std::string>& name) {
    return name ? mail::ascii_domain(*name).value_or(std::string()) : std::string();
  };
  passed_ = {read_signers(message.dkim), sender_of(message.spf)};
  unknown_ = {read_signers(message.dkim_unknown), sender_of(message.spf_unknown)};
  take_author(message.from);
  if (!verdict_.author_domain.empty()) advance();
}

Evaluation::~Evaluation() = default;

std::vector<std::string> Evaluation::read_signers(const std::vector<std::string>& names) {
  std::vector<std::string> signers;
  for (const std::string& name : names) {
    auto domain = mail::ascii_domain(name);
    if (!domain || std::ranges::find(signers, *domain) != signers.end()) continue;
    signers.push_back(std::move(*domain));
    if (signers.size() == kMaxSigners) break;
  }
  return signers;
}

// RFC 9989 section 5.3.1: there must be exactly one domain; several addresses may share it.
void Evaluation::take_author(const std::vector<std::string>& from) {
  for (const std::string& name : from) {
    auto domain = mail::ascii_domain(name);
    if (domain && (verdict_.author_domain.empty() || verdict_.author_domain == *domain)) {
      verdict_.author_domain = std::move(*domain);
      continue;
    }
    if (options_.explain) verdict_.steps.push_back(domain ? "From has several domains" : "From has no domain: " + name);
    verdict_.author_domain.clear();
    verdict_.status = Status::permerror;
    return;
  }
  if (options_.explain && from.empty()) verdict_.steps.emplace_back("there is no author");
}

void Evaluation::answer(std::size_t index, const dns::Answer& answer) {
  if (index >= wanted_.size()) return;
  const dns::Question question = std::move(wanted_[index]);
  wanted_.erase(wanted_.begin() + static_cast<std::ptrdiff_t>(index));
  if (question.type == dns::Type::txt) {
    tree_->take(question.name.substr(record_name({}).size()), answer);
    advance();
    return;
  }
  existence_.push_back(answer.outcome);
  if (existence_.size() == kExistence.size()) find_existence();
}

void Evaluation::want(dns::Question question) {
  if (std::ranges::find(wanted_, question) == wanted_.end()) wanted_.push_back(std::move(question));
}

void Evaluation::advance() {
  if (!verdict_.record && !find_policy()) return;
  const Aligned found = align();
  if (found == Aligned::later) return;
  unsure_ = found == Aligned::unsure;
  wanted_.clear();
  judge();
}

/// Whether an identifier is aligned.
Evaluation::Aligned Evaluation::align() {
  const Record& record = *verdict_.record;
  bool later = false;
  bool unsure = false;
  const auto look = [&](const std::string& domain, Alignment mode, std::string& found) {
    const Aligned result = domain.empty() || !found.empty() ? Aligned::no : aligned(domain, mode);
    if (result == Aligned::yes) found = domain;
    later |= result == Aligned::later;
    unsure |= result == Aligned::unsure;
  };
  for (const std::string& signer : passed_.signers) look(signer, record.dkim, verdict_.aligned_dkim);
  look(passed_.sender, record.spf, verdict_.aligned_spf);
  if (later) return Aligned::later;
  if (!verdict_.aligned_dkim.empty() || !verdict_.aligned_spf.empty()) return Aligned::yes;
  // One that would be aligned and may have passed: nobody can say that the message fails.
  const auto fear = [&](const std::string& domain, Alignment mode) {
    const Aligned result = domain.empty() ? Aligned::no : aligned(domain, mode);
    later |= result == Aligned::later;
    unsure |= result == Aligned::yes || result == Aligned::unsure;
  };
  for (const std::string& signer : unknown_.signers) fear(signer, record.dkim);
  fear(unknown_.sender, record.spf);
  if (later) return Aligned::later;
  return unsure ? Aligned::unsure : Aligned::no;
}

/// @returns false when there is none, or not yet
bool Evaluation::find_policy() {
  const Walk walk = tree_->walk(verdict_.author_domain);
  if (walk.next) {
    want({record_name(*walk.next), dns::Type::txt});
    return false;
  }
  verdict_.organizational_domain = walk.organizational_domain;
  failed_labels_ = walk.failed_labels;
  const auto at = [&](const std::string& domain) {
    return std::ranges::find(walk.found, domain, &Walk::Found::domain);
  };
  auto chosen = at(verdict_.author_domain);
  const bool own_record = chosen != walk.found.end();
  if (!own_record) chosen = at(walk.organizational_domain);
  // That of the public suffix, where the organizational domain has none.
  if (chosen == walk.found.end() && !walk.found.empty() &&
      walk.found.back().record->public_suffix == PublicSuffix::yes) {
    chosen = std::prev(walk.found.end());
  }
  if (!own_record && failed_labels_ > 0) {
    verdict_.status = Status::temperror;  // the record that nobody knows would come first
  } else if (chosen != walk.found.end()) {
    verdict_.policy_domain = chosen->domain;
    verdict_.record = *chosen->record;
    verdict_.status = chosen->record->unusable ? Status::permerror : Status::none;
    if (verdict_.status == Status::none) return true;
  }
  if (options_.explain) explain();
  return false;
}

Evaluation::Aligned Evaluation::aligned(const std::string& domain, Alignment mode) {
  if (domain == verdict_.author_domain) return Aligned::yes;
  if (mode == Alignment::strict) return Aligned::no;
  const Aligned otherwise = failed_labels_ > 0 ? Aligned::unsure : Aligned::no;
  // Domains with the same organizational domain both lie in it: all others need not be asked for.
  const std::string& above = verdict_.organizational_domain;
  if (!is_within(domain, above)) return otherwise;
  const Walk walk = tree_->walk(domain);
  if (walk.next) {
    want({record_name(*walk.next), dns::Type::txt});
    return Aligned::later;
  }
  if (walk.organizational_domain != above) return walk.failed_labels > 0 ? Aligned::unsure : otherwise;
  // Who does not answer above it may only move both in the same way; one at it or below could part them.
  const auto labels = static_cast<std::size_t>(std::ranges::count(above, '.')) + 1;
  return std::max(walk.failed_labels, failed_labels_) >= labels ? Aligned::unsure : Aligned::yes;
}

void Evaluation::judge() {
  const Record& record = *verdict_.record;
  const bool below = verdict_.policy_domain != verdict_.author_domain;
  verdict_.policy = below ? record.below(true) : record.policy;
  if (!below || record.below(false) == verdict_.policy) return conclude(true, false);
  for (const dns::Type type : kExistence) want({verdict_.author_domain, type});
}

// RFC 9989 section 3.2.13.
void Evaluation::find_existence() {
  const auto is_there = [](dns::Outcome o) { return o == dns::Outcome::found || o == dns::Outcome::no_data; };
  const bool exists = std::ranges::any_of(existence_, is_there);
  const bool missing = std::ranges::all_of(existence_, [](dns::Outcome o) { return o == dns::Outcome::no_name; });
  conclude(exists, !exists && !missing);
}

void Evaluation::conclude(bool exists, bool unsure) {
  const Record& record = *verdict_.record;
  if (!exists && !unsure) verdict_.policy = record.below(false);
  if (!verdict_.aligned_dkim.empty() || !verdict_.aligned_spf.empty()) {
    verdict_.status = Status::pass;
  } else {
    verdict_.status = unsure || unsure_ ? Status::temperror : Status::fail;
  }
  const auto obeyed = [&](Policy policy) { return record.testing ? lowered(policy) : policy; };
  if (verdict_.status == Status::fail) verdict_.requested = obeyed(verdict_.policy);
  if (verdict_.status == Status::temperror) {
    verdict_.at_worst = obeyed(unsure ? std::max(verdict_.policy, record.below(false)) : verdict_.policy);
  }
  if (options_.explain) explain();
}

void Evaluation::explain() {
  std::vector<std::string>& steps = verdict_.steps;
  for (const std::string& name : tree_->names(verdict_.author_domain)) {
    steps.push_back(tree_->told(name));
    if (steps.back().ends_with("not asked")) steps.pop_back();
  }
  steps.push_back("the organizational domain is " + verdict_.organizational_domain);
  if (!verdict_.record) return steps.emplace_back("no policy record applies"), void();
  steps.push_back("the record of " + verdict_.policy_domain + " applies: " + own(word_of(verdict_.policy)));
  const auto tell = [&](View what, const std::string& domain, const std::string& found) {
    if (!found.empty()) steps.push_back(own(what) + " " + found + " is aligned");
    if (found.empty() && !domain.empty()) steps.push_back(own(what) + " " + domain + " is not aligned");
  };
  tell("DKIM", passed_.signers.empty() ? std::string() : passed_.signers.front(), verdict_.aligned_dkim);
  tell("SPF", passed_.sender, verdict_.aligned_spf);
  for (const std::string& signer : unknown_.signers) steps.push_back("DKIM " + signer + " is not known");
  if (!unknown_.sender.empty()) steps.push_back("SPF " + unknown_.sender + " is not known");
  steps.push_back("dmarc=" + own(word_of(verdict_.status)) + ", requested: " + own(word_of(verdict_.requested)));
}

}  // namespace posthorn::dmarc
