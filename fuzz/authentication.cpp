// A message and the DNS of somebody hostile: the evaluation of all methods together ends after few questions, and what
// it says is one field. The message ends at the first octet 0x01; what follows are answers, line by line: the first
// octet says how many records, or how it ends, the rest is their text.
#include <algorithm>
#include <string>

#include "posthorn/protocol/authentication/message_check.h"

#include "check.h"
#include "fuzz.h"

namespace {

using namespace posthorn;

dns::Answer next_answer(View& input, dns::Type type) {
  const View line = input.substr(0, input.find('\n'));
  input.remove_prefix(std::min(line.size() + 1, input.size()));
  dns::Answer answer{.outcome = dns::Outcome::no_name};
  if (line.empty() || line.front() < '0' || line.front() > '9') return answer;
  if (line.front() == '0') answer.outcome = dns::Outcome::timed_out;
  if (line.front() == '0') return answer;
  answer.outcome = dns::Outcome::found;
  for (char count = '0'; count < line.front(); ++count) {
    const std::string text(line.substr(1));
    if (type == dns::Type::txt) answer.records.emplace_back(dns::Txt{text});
    if (type == dns::Type::mx) answer.records.emplace_back(dns::Mx{10, text});
    if (type == dns::Type::ptr) answer.records.emplace_back(dns::Ptr{text});
    if (type == dns::Type::a) answer.records.emplace_back(*IpAddress::parse("192.0.2.1"));
  }
  return answer;
}

}  // namespace

void posthorn_fuzz(std::string_view input) {
  const View message = input.substr(0, input.find('\x01'));
  View answers = input.substr(std::min(message.size() + 1, input.size()));
  const authentication::Client client{.address = IpAddress::parse("192.0.2.1"),
                                      .hello = std::string(answers.substr(0, 20)),
                                      .sender = std::string(message.substr(0, 20)),
                                      .host_name = "mx.example.net"};
  const WallTime now(std::chrono::seconds(1'528'637'909));
  authentication::MessageCheck check(client, now, {.explain = input.size() % 2 == 0});
  const std::size_t piece = input.size() % 97 + 1;
  for (std::size_t at = 0; at < message.size(); at += piece) check.append(message.substr(at, piece));
  check.finish(now);
  std::size_t asked = 0;
  while (!check.wanted().empty()) {
    // Those of SPF, the names of the client, ten signatures, and the walks of DMARC for the author and each signer.
    fuzzing::check(++asked <= 600, "questions are limited");
    const std::size_t index = asked % check.wanted().size();
    check.answer(index, next_answer(answers, check.wanted()[index].type));
  }
  const std::string field = authentication::format_results(check.verdict(), client);
  fuzzing::check(field.starts_with("Authentication-Results: mx.example.net;") && field.ends_with("\r\n"), "one field");
  for (std::size_t end = field.find("\r\n"); end + 2 < field.size(); end = field.find("\r\n", end + 2))
    fuzzing::check(field[end + 2] == ' ' || field[end + 2] == '\t', "its lines are folded");
}
