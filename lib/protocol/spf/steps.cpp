#include "protocol/spf/steps.h"

#include <array>
#include <variant>

#include "posthorn/grammar/char_set.h"

namespace posthorn::spf {

View word_of(Status status) {
  static constexpr std::array<View, 7> kWords = {"none",     "neutral",   "pass",     "fail",
                                                 "softfail", "temperror", "permerror"};
  return kWords.at(static_cast<std::size_t>(status));
}

namespace steps {

namespace {

/// A text from outside, on one line and not too long.
std::string quoted(View text) {
  constexpr std::size_t kMost = 300;
  std::string out = "\"";
  for (const char c : text.substr(0, kMost)) out.push_back(chars::kVisible[c] || c == ' ' ? c : '?');
  return out + (text.size() > kMost ? "...\"" : "\"");
}

View name_of(dns::Type type) {
  switch (type) {
    case dns::Type::a: return "A";
    case dns::Type::cname: return "CNAME";
    case dns::Type::ptr: return "PTR";
    case dns::Type::mx: return "MX";
    case dns::Type::txt: return "TXT";
    case dns::Type::aaaa: return "AAAA";
    case dns::Type::srv: return "SRV";
    case dns::Type::tlsa: return "TLSA";
  }
  return {};
}

struct RecordText {
  std::string operator()(const IpAddress& address) const { return address.text(); }
  std::string operator()(const dns::Mx& mx) const { return std::to_string(mx.preference) + " " + mx.exchange; }
  std::string operator()(const dns::Ptr& ptr) const { return ptr.name; }
  std::string operator()(const dns::Txt& txt) const { return quoted(txt.text); }
  std::string operator()(const dns::Tlsa& /*tlsa*/) const { return "a key"; }
  std::string operator()(const dns::Srv& srv) const { return srv.target; }
};

std::string outcome_of(const dns::Answer& answer) {
  constexpr std::size_t kMost = 10;  // records that are shown
  switch (answer.outcome) {
    case dns::Outcome::no_data: return "no such record";
    case dns::Outcome::no_name: return "no such name";
    case dns::Outcome::unavailable: return "no answer";
    case dns::Outcome::timed_out: return "no answer in time";
    case dns::Outcome::found: break;
  }
  std::string out;
  for (const dns::Record& record : std::span(answer.records).first(std::min(answer.records.size(), kMost))) {
    if (!out.empty()) out += ", ";
    out += std::visit(RecordText(), record);
  }
  if (answer.records.size() > kMost) out += " and " + std::to_string(answer.records.size() - kMost) + " more";
  return out;
}

}  // namespace

std::string begin(const IpAddress& client, View local_part, View domain, bool of_helo) {
  return "May " + client.text() + " send for " + quoted(own(local_part) + "@" + own(domain)) +
         (of_helo ? " (of EHLO, because there is no sender)?" : "?");
}

std::string asked(const dns::Question& question, const dns::Answer& answer) {
  return "Asked for " + own(name_of(question.type)) + " of " + question.name + ": " + outcome_of(answer) + ".";
}

std::string record(View domain, View text) { return "The record of " + own(domain) + " is " + quoted(text) + "."; }

std::string names(const iprev::Verdict& verdict) {
  if (verdict.names.empty()) return "No name of the client leads back to it.";
  std::string out = "Names of the client that lead back to it:";
  for (const std::string& name : verdict.names) out += " " + name;
  return out + ".";
}

std::string match(View term, Status status) { return quoted(term) + " matches: " + own(word_of(status)) + "."; }
std::string no_match(View term) { return quoted(term) + " does not match."; }
std::string nothing_matched(View domain) { return "Nothing in the record of " + own(domain) + " matches: neutral."; }
std::string explanation(View text) {
  return text.empty() ? "The explanation cannot be used." : "The domain explains: " + quoted(text) + ".";
}
std::string end(Status status, View why) {
  return "The result is " + own(word_of(status)) + (why.empty() ? "" : ": " + own(why)) + ".";
}

}  // namespace steps
}  // namespace posthorn::spf
