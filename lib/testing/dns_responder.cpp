#include "posthorn/testing/dns_responder.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <set>
#include <utility>

#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/dns/name.h"

namespace posthorn::testing {

namespace {

using dns::wire::Message;
using dns::wire::Question;
using dns::wire::Rcode;
using dns::wire::Record;
using dns::wire::Type;

constexpr std::size_t kMostOverUdp = 1232;  // what passes without fragments
constexpr std::uint16_t kAliasTtl = 60;

constexpr std::pair<View, DnsFault> kFaults[] = {
    {"none", DnsFault::none},       {"silent", DnsFault::silent},         {"servfail", DnsFault::servfail},
    {"refused", DnsFault::refused}, {"truncated", DnsFault::truncated},   {"wrong_id", DnsFault::wrong_id},
    {"garbage", DnsFault::garbage}, {"cname_loop", DnsFault::cname_loop}, {"cname_chain", DnsFault::cname_chain},
};

std::optional<DnsFault> fault_named(View word) {
  const auto* const row =
      std::find_if(std::begin(kFaults), std::end(kFaults), [&](const auto& r) { return r.first == word; });
  return row == std::end(kFaults) ? std::nullopt : std::optional(row->second);
}

Record alias(const std::string& name, const std::string& target) {
  return {name, Type::cname, dns::wire::kInternet, kAliasTtl, dns::wire::Target{target}};
}

void answer_loop(Message& answer, const std::string& name) {
  static constexpr View kLoop = "and-back.";
  const std::string other = name.starts_with(kLoop) ? name.substr(kLoop.size()) : own(kLoop) + name;
  answer.answers = {alias(name, other), alias(other, name)};
}

/// "x7.example.org" leads to "x8.example.org", "example.org" to "x1.example.org".
void answer_chain(Message& answer, const std::string& name) {
  std::string base = name;
  unsigned number = 0;
  const std::size_t dot = std::min(name.find('.'), name.size());
  if (name.starts_with('x')) {
    const char* const end = name.data() + dot;
    if (std::from_chars(name.data() + 1, end, number).ptr == end && dot > 1)
      base = name.substr(std::min(dot + 1, name.size()));
  }
  answer.answers = {alias(name, "x" + std::to_string(number + 1) + "." + base)};
}

/// How many octets an answer may have; also whether the query has EDNS (RFC 6891 section 6.2.5).
std::size_t room(const Message& query, Transport transport, bool& edns) {
  std::size_t octets = dns::wire::MessageLimits::kDatagramOctets;
  for (const Record& record : query.additional) {
    if (record.type != Type::opt) continue;
    edns = true;
    octets = std::clamp<std::size_t>(record.klass, octets, kMostOverUdp);
  }
  return transport == Transport::tcp ? dns::wire::MessageLimits::kOctets : octets;
}

std::optional<std::string> write(const Message& message) {
  auto octets = dns::wire::format_message(message);
  return octets ? std::optional(std::move(*octets)) : std::nullopt;
}

std::optional<std::string> format_error(View query) {
  const auto header = dns::wire::parse_header(query);
  if (!header || header->response) return std::nullopt;
  Message answer;
  answer.header.id = header->id;
  answer.header.opcode = header->opcode;
  answer.header.response = true;
  answer.header.rcode = header->opcode == 0 ? Rcode::format_error : Rcode::unsupported;
  return write(answer);
}

void truncate(Message& answer) {
  answer.header.truncated = true;
  answer.answers.clear();
  answer.authorities.clear();
}

}  // namespace

Result<DnsResponder> DnsResponder::parse(View text) {
  std::string records;
  DnsResponder responder;
  std::size_t number = 0;
  while (!text.empty()) {
    ++number;
    const std::size_t end = std::min(text.find('\n'), text.size());
    View line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    static constexpr View kDirective = "$FAULT ";
    if (!line.starts_with(kDirective)) {
      records.append(line);
    } else {
      line.remove_prefix(kDirective.size());
      const std::size_t space = std::min(line.find(' '), line.size());
      const auto fault = fault_named(line.substr(0, space));
      const auto name = dns::wire::normal_name(line.substr(std::min(space + 1, line.size())));
      if (!fault || !name)
        return fail(caller_error(Code::syntax, "line " + std::to_string(number) + ": no such fault"));
      responder.fault(*name, *fault);
    }
    records.push_back('\n');  // errors keep their line
  }
  auto zone = Zone::parse(records);
  if (!zone) return fail(std::move(zone.error()));
  responder.zone_ = std::move(*zone);
  return responder;
}

void DnsResponder::fault(View name, DnsFault fault) { faults_[own(name)] = fault; }

DnsFault DnsResponder::fault_of(View name) const {
  for (View above = name;; above = dns::wire::parent(above)) {
    const auto at = faults_.find(above);
    if (at != faults_.end()) return at->second;
    if (above.empty()) return DnsFault::none;
  }
}

void DnsResponder::fill(Message& answer, const Question& question) const {
  std::set<std::string> seen;
  std::string name = question.name;
  while (seen.insert(name).second) {
    Zone::Found found = zone_.find(name, question.type);
    const bool absent = found.kind == Zone::Kind::no_data || found.kind == Zone::Kind::no_name;
    if (found.kind == Zone::Kind::no_name) answer.header.rcode = Rcode::no_name;
    if (absent) {
      answer.authorities = std::move(found.records);
      return;
    }
    if (found.kind == Zone::Kind::alias) name = std::get<dns::wire::Target>(found.records.front().data).name;
    std::move(found.records.begin(), found.records.end(), std::back_inserter(answer.answers));
    if (found.kind == Zone::Kind::found) return;
  }
}

std::optional<std::string> DnsResponder::answer(View octets, Transport transport) const {
  const auto query = dns::wire::parse_message(octets);
  if (!query || query->header.opcode != 0 || query->questions.size() != 1) return format_error(octets);
  if (query->header.response) return std::nullopt;
  const Question& question = query->questions.front();
  const DnsFault fault = fault_of(question.name);
  if (fault == DnsFault::silent) return std::nullopt;
  if (fault == DnsFault::garbage) return std::string("\0\1\2\3", 4);
  Message answer;
  answer.header.id = query->header.id;
  if (fault == DnsFault::wrong_id) answer.header.id = static_cast<std::uint16_t>(~query->header.id);
  answer.header.response = true;
  answer.header.authoritative = true;
  answer.header.recursion_desired = query->header.recursion_desired;
  answer.questions = query->questions;
  bool edns = false;
  const std::size_t most = room(*query, transport, edns);
  if (edns) answer.additional.push_back({"", Type::opt, kMostOverUdp, 0, dns::wire::Octets{}});
  if (fault == DnsFault::refused || question.klass != dns::wire::kInternet) {
    answer.header.rcode = Rcode::refused;
  } else if (fault == DnsFault::servfail) {
    answer.header.rcode = Rcode::server_failure;
  } else if (fault == DnsFault::cname_loop) {
    answer_loop(answer, question.name);
  } else if (fault == DnsFault::cname_chain) {
    answer_chain(answer, question.name);
  } else {
    fill(answer, question);
  }
  if (fault == DnsFault::truncated) truncate(answer);
  auto written = write(answer);
  if (!written || written->size() <= most) return written;
  truncate(answer);
  return write(answer);
}

}  // namespace posthorn::testing
