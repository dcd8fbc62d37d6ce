#include "posthorn/service/discovery/dns_records.h"

#include <algorithm>
#include <array>
#include <utility>

#include "posthorn/grammar/dns/name.h"
#include "posthorn/protocol/dkim/key_record.h"
#include "posthorn/protocol/dmarc/record.h"
#include "posthorn/protocol/spf/record.h"
#include "posthorn/protocol/tlsrpt/record.h"

namespace posthorn::discovery {

namespace {

constexpr View kPolicy = "v=spf1 mx ~all";

dns::Type question_of(Purpose purpose) {
  if (purpose == Purpose::mx) return dns::Type::mx;
  return purpose == Purpose::service ? dns::Type::srv : dns::Type::txt;
}

/// Whether a text is one of those that count for the purpose; at one name others may stand too.
bool is_for(Purpose purpose, View text) {
  switch (purpose) {
    case Purpose::spf: return spf::is_record(text);
    case Purpose::dmarc: return text.starts_with("v=DMARC1") || dmarc::parse_record(text);
    case Purpose::tls_reports: return text.starts_with("v=TLSRPTv1");
    case Purpose::dkim:
    case Purpose::mx:
    case Purpose::service: break;
  }
  return true;
}

/// What the first term that mail of our host matches says. Terms that name addresses are not looked at.
bool lets_mx_pass(const spf::Record& policy, View domain) {
  for (const spf::Directive& directive : policy.directives) {
    const bool ours = directive.domain.empty() || dns::wire::plain_name(directive.domain) == domain;
    if (directive.kind == spf::Kind::all || (directive.kind == spf::Kind::mx && ours))
      return directive.status == spf::Status::pass;
  }
  return false;
}

bool is_same_key(View found, View wanted) {
  const auto theirs = dkim::KeyRecord::parse(found);
  const auto ours = dkim::KeyRecord::parse(wanted);
  return theirs && ours && theirs->scheme == ours->scheme && theirs->key == ours->key;
}

/// What is left without the numbers that only choose among several records: preference, or priority and weight.
View decisive(Purpose purpose, View data) {
  for (int numbers = purpose == Purpose::service ? 2 : 1; numbers > 0; --numbers)
    data.remove_prefix(data.find(' ') + 1);
  return data;
}

bool does_as_well(const Record& record, View found) {
  switch (record.purpose) {
    case Purpose::spf: {
      const auto policy = spf::parse_record(found);
      return policy && lets_mx_pass(*policy, record.name);
    }
    case Purpose::dkim: return is_same_key(found, record.data);
    case Purpose::dmarc: return dmarc::parse_record(found).has_value();
    case Purpose::tls_reports: return tlsrpt::parse_record(found).has_value();
    case Purpose::mx:
    case Purpose::service: break;
  }
  return decisive(record.purpose, found) == decisive(record.purpose, record.data);
}

struct Data {
  std::string operator()(const dns::Mx& mx) const { return std::to_string(mx.preference) + " " + mx.exchange + "."; }
  std::string operator()(const dns::Txt& txt) const { return txt.text; }
  std::string operator()(const dns::Srv& srv) const {
    return std::to_string(srv.priority) + " " + std::to_string(srv.weight) + " " + std::to_string(srv.port) + " " +
           srv.target + ".";
  }
  std::string operator()(const auto& /*other*/) const { return {}; }
};

/// The policy that is there with `mx` in front; what cannot be read is replaced.
std::string merged(const std::string& policy) {
  if (!spf::parse_record(policy)) return own(kPolicy);
  constexpr std::size_t kVersion = 6;  // octets
  return "v=spf1 mx" + policy.substr(kVersion);
}

}  // namespace

std::string Record::zone_text() const {
  const dns::Type type = question_of(purpose);
  if (type == dns::Type::txt) return dkim::zone_text(name, data);
  return name + ". IN " + (type == dns::Type::mx ? "MX " : "SRV ") + data;
}

std::vector<Record> records_of(const std::string& domain, const Host& host, const std::vector<signing::Key>& keys) {
  std::vector<Record> records = {{Purpose::mx, domain, "10 " + host.name + "."}, {Purpose::spf, domain, own(kPolicy)}};
  for (const signing::Key& key : keys) records.push_back({Purpose::dkim, key.record_name(), key.record});
  records.push_back({Purpose::dmarc, dmarc::record_name(domain), "v=DMARC1; p=quarantine"});
  if (!host.tls_reports_to.empty())
    records.push_back(
        {Purpose::tls_reports, tlsrpt::record_name(domain), "v=TLSRPTv1; rua=mailto:" + host.tls_reports_to});
  for (const Service& service : host.services)
    records.push_back({Purpose::service, service.name + "._tcp." + domain,
                       "0 1 " + std::to_string(service.port) + " " + host.name + "."});
  return records;
}

View word_of(Purpose purpose) {
  switch (purpose) {
    case Purpose::mx: return "MX";
    case Purpose::spf: return "SPF";
    case Purpose::dkim: return "DKIM";
    case Purpose::dmarc: return "DMARC";
    case Purpose::tls_reports: return "TLSRPT";
    case Purpose::service: return "SRV";
  }
  return {};
}

View word_of(State state) {
  switch (state) {
    case State::right: return "right";
    case State::missing: return "missing";
    case State::different: return "different";
    case State::unknown: return "no answer";
  }
  return {};
}

Check::Check(const std::vector<Record>& records) : open_(records.size(), true) {
  for (const Record& record : records) findings_.push_back({record, State::unknown, {}, {}});
  collect();
}

/// What is not answered.
void Check::collect() {
  wanted_.clear();
  asked_for_.clear();
  for (std::size_t i = 0; i < findings_.size(); ++i) {
    if (!open_[i]) continue;
    wanted_.push_back({findings_[i].record.name, question_of(findings_[i].record.purpose)});
    asked_for_.push_back({i, nullptr});
  }
  for (const auto& trial : trials_) {
    for (const dns::Question& question : trial->evaluation->wanted()) {
      wanted_.push_back(question);
      asked_for_.push_back({trial->finding, trial.get()});
    }
  }
}

void Check::answer(std::size_t index, const dns::Answer& answer) {
  if (index >= wanted_.size()) return;
  const Asked asked = asked_for_[index];
  if (asked.trial != nullptr) {
    spf::Evaluation& evaluation = *asked.trial->evaluation;
    const auto questions = evaluation.wanted();
    const auto place = std::ranges::find(questions, wanted_[index]);
    evaluation.answer(static_cast<std::size_t>(place - questions.begin()), answer);
    if (evaluation.wanted().empty()) conclude(*asked.trial);
  } else {
    open_[asked.finding] = false;
    Finding& finding = findings_[asked.finding];
    take(finding, answer);
    const bool one = finding.state == State::right || finding.found.size() == 1;
    if (finding.record.purpose == Purpose::spf && one) try_policy(asked.finding, finding.record.data);
  }
  collect();
}

void Check::take(Finding& finding, const dns::Answer& answer) {
  if (answer.failed()) return;
  Record& record = finding.record;
  for (const dns::Record& one : answer.records) {
    std::string data = std::visit(Data(), one);
    if (!data.empty() && is_for(record.purpose, data)) finding.found.push_back(std::move(data));
  }
  finding.state = finding.found.empty() ? State::missing : State::different;
  if (finding.found.size() != 1) return;
  if (does_as_well(record, finding.found.front())) {
    finding.state = State::right;
    if (record.purpose == Purpose::spf) record.data = std::move(finding.found.front());
    finding.found.clear();
  } else if (record.purpose == Purpose::spf) {
    record.data = merged(finding.found.front());
  }
}

void Check::try_policy(std::size_t finding, const std::string& policy) {
  const std::string& domain = findings_[finding].record.name;
  const IpAddress nobody(std::array<std::uint8_t, 4>{192, 0, 2, 1});  // RFC 5737: of no host
  auto trial = std::make_unique<Trial>();
  trial->finding = finding;
  trial->policy = policy;
  trial->evaluation = std::make_unique<spf::Evaluation>(spf::Request{
      .client = nobody, .helo = domain, .mail_from = "postmaster@" + domain, .receiver = domain, .now = {}});
  const auto first = trial->evaluation->wanted();
  if (first.empty()) return;  // no domain of SPF
  dns::Answer published{.outcome = dns::Outcome::found};
  published.records.emplace_back(dns::Txt{policy});
  trial->evaluation->answer(0, published);
  if (trial->evaluation->wanted().empty()) conclude(*trial);
  trials_.push_back(std::move(trial));
}

void Check::conclude(const Trial& trial) {
  const spf::Verdict& verdict = trial.evaluation->verdict();
  if (verdict.status != spf::Status::permerror) return;
  Finding& finding = findings_[trial.finding];
  finding.trouble = verdict.why;
  if (finding.state == State::right) finding.found = {trial.policy};
  finding.state = State::different;
}

}  // namespace posthorn::discovery
