// SPF: whatever the DNS answers there is a verdict, within the questions that the limits allow. The first line is the
// sender, the others are answers.
#include <algorithm>
#include <string>
#include <utility>

#include "posthorn/grammar/char_set.h"
#include "posthorn/protocol/spf/evaluation.h"

#include "answers.h"
#include "check.h"
#include "fuzz.h"

using namespace posthorn;

void posthorn_fuzz(std::string_view input) {
  const View all = input;
  const View sender = fuzzing::next_line(input);
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
    evaluation.answer(index, fuzzing::next_answer(input, evaluation.wanted()[index].type));
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
