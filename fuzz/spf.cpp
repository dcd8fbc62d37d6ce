// SPF: whatever the DNS answers there is a verdict, within the questions that the limits allow.
#include <algorithm>
#include <string>
#include <utility>

#include "posthorn/grammar/char_set.h"
#include "posthorn/protocol/spf/evaluation.h"

#include "check.h"
#include "fuzz.h"

namespace {

using namespace posthorn;

/// Lines of the input are answers, one after the other: the first octet says how it ends, the rest is the record.
dns::Answer next_answer(View& input, dns::Type type) {
  const View line = input.substr(0, input.find('\n'));
  input.remove_prefix(std::min(line.size() + 1, input.size()));
  dns::Answer answer{.outcome = dns::Outcome::no_name};
  if (line.empty()) return answer;
  const auto head = static_cast<unsigned char>(line.front());
  if (head >= '0' && head <= '3') {
    answer.outcome = static_cast<dns::Outcome>(1 + head - '0');
    return answer;
  }
  answer.outcome = dns::Outcome::found;
  const View text = line.substr(1);
  const std::size_t count = head % 12U + 1U;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string name = (i == 0 ? "" : std::to_string(i) + ".") + std::string(text);
    if (type == dns::Type::txt) {
      answer.records.emplace_back(dns::Txt{std::string(text)});
    } else if (type == dns::Type::mx) {
      answer.records.emplace_back(dns::Mx{10, name});
    } else if (type == dns::Type::ptr) {
      answer.records.emplace_back(dns::Ptr{name});
    } else {
      answer.records.emplace_back(IpAddress::parse(text).value_or(*IpAddress::parse("192.0.2.1")));
    }
    if (type == dns::Type::txt && head % 7U != 0) break;
  }
  return answer;
}

}  // namespace

void posthorn_fuzz(std::string_view input) {
  const View all = input;
  const std::size_t end = std::min(input.find('\n'), input.size());
  const View sender = input.substr(0, end);
  input.remove_prefix(std::min(end + 1, input.size()));
  const bool v6 = !sender.empty() && sender.size() % 2 == 1;
  spf::Evaluation evaluation({.client = *IpAddress::parse(v6 ? "2001:db8::1" : "192.0.2.1"),
                              .helo = "mail.example.org",
                              .mail_from = std::string(sender),
                              .receiver = "mx.example.net"},
                             {.steps = all.size() % 2 == 0});
  std::size_t asked = 0;
  while (!evaluation.wanted().empty()) {
    for (const dns::Question& question : evaluation.wanted())
      fuzzing::check(!question.name.empty() && question.name.size() < 1100, "questions have names");
    const std::size_t index = asked % evaluation.wanted().size();
    evaluation.answer(index, next_answer(input, evaluation.wanted()[index].type));
    fuzzing::check(++asked <= 128, "questions are limited");
  }
  const spf::Verdict& verdict = evaluation.verdict();
  fuzzing::check(verdict.explanation.size() <= spf::Limits().explanation_octets, "explanations are limited");
  for (const std::string& text : {verdict.explanation, verdict.why, verdict.mechanism}) {
    fuzzing::check(std::ranges::all_of(text, [](char c) { return chars::kVisible[c] || c == ' '; }),
                   "texts are one line");
  }
  const bool decided = verdict.status == spf::Status::fail || verdict.status == spf::Status::softfail;
  fuzzing::check(!decided || !verdict.mechanism.empty(), "a mechanism decides");
}
