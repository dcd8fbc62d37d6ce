// A message and the DNS of somebody hostile: the evaluation of all methods together ends after few questions, and what
// it says is one field. The message ends at the first octet 0x01; what follows are answers.
#include <algorithm>
#include <string>

#include "posthorn/protocol/authentication/message_check.h"

#include "answers.h"
#include "check.h"
#include "fuzz.h"

using namespace posthorn;

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
    if (asked == 8 && input.size() % 3 == 0) {
      check.give_up();
      if (check.wanted().empty()) break;
    }
    // Those of SPF, the names of the client, ten signatures, and the walks of DMARC for the author and each signer.
    fuzzing::check(++asked <= 600, "questions are limited");
    const std::size_t index = asked % check.wanted().size();
    check.answer(index, fuzzing::next_answer(answers, check.wanted()[index].type));
  }
  const std::string field = authentication::format_results(check.verdict(), client);
  fuzzing::check(field.starts_with("Authentication-Results: mx.example.net;") && field.ends_with("\r\n"), "one field");
  for (std::size_t end = field.find("\r\n"); end + 2 < field.size(); end = field.find("\r\n", end + 2))
    fuzzing::check(field[end + 2] == ' ' || field[end + 2] == '\t', "its lines are folded");
}
