#include "posthorn/service/discovery/dns_records.h"

#include <algorithm>
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

bool lets_mx_pass(const spf::Record& policy, View domain) {
  return std::ranges::any_of(policy.directives, [&](const spf::Directive& directive) {
    if (directive.kind == spf::Kind::all && directive.status == spf::Status::pass) return true;
    const bool ours = directive.domain.empty() || dns::wire::plain_name(directive.domain) == domain;
    return directive.kind == spf::Kind::mx && directive.status == spf::Status::pass && ours;
  });
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

Check::Check(const std::vector<Record>& records) {
  for (const Record& record : records) {
    findings_.push_back({record, State::unknown, {}});
    wanted_.push_back({record.name, question_of(record.purpose)});
    asked_for_.push_back(findings_.size() - 1);
  }
}

void Check::answer(std::size_t index, const dns::Answer& answer) {
  if (index >= wanted_.size()) return;
  Finding& finding = findings_[asked_for_[index]];
  wanted_.erase(wanted_.begin() + static_cast<std::ptrdiff_t>(index));
  asked_for_.erase(asked_for_.begin() + static_cast<std::ptrdiff_t>(index));
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
    finding.found.clear();
  } else if (record.purpose == Purpose::spf) {
    record.data = merged(finding.found.front());
  }
}

}  // namespace posthorn::discovery
