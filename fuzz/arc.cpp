// ARC: a message up to the first octet 0x01, then the texts of the keys that the DNS has, line by line: there is a
// verdict after few questions, however the message is cut, and it does not contradict itself.
#include <algorithm>
#include <string>

#include "posthorn/protocol/arc/validator.h"

#include "check.h"
#include "fuzz.h"

namespace {

using namespace posthorn;

arc::Verdict validate(View message, View keys, std::size_t piece) {
  arc::Validator validator({.trace = piece % 2 == 0});
  for (std::size_t at = 0; at < message.size(); at += piece) validator.append(message.substr(at, piece));
  validator.finish(WallTime(std::chrono::seconds(1'490'000'000)));
  for (std::size_t asked = 0; !validator.wanted().empty(); ++asked) {
    fuzzing::check(asked < 2 * arc::kMaxSets, "two questions for each set");
    const View line = keys.substr(0, keys.find('\n'));
    keys.remove_prefix(std::min(line.size() + 1, keys.size()));
    dns::Answer answer{.outcome = line.empty() ? dns::Outcome::timed_out : dns::Outcome::found};
    if (!line.empty()) answer.records.emplace_back(dns::Txt{std::string(line)});
    validator.answer(asked % validator.wanted().size(), std::move(answer));
  }
  return validator.verdict();
}

}  // namespace

void posthorn_fuzz(std::string_view input) {
  const View message = input.substr(0, input.find('\x01'));
  const View keys = input.substr(std::min(message.size() + 1, input.size()));
  const arc::Verdict verdict = validate(message, keys, message.size() + 1);
  fuzzing::check(validate(message, keys, input.size() % 97 + 1).status == verdict.status, "cuts make no difference");
  fuzzing::check(verdict.sets.size() <= arc::kMaxSets, "sets are limited");
  fuzzing::check(verdict.status != arc::Status::pass || !verdict.sets.empty(), "a chain that passes has sets");
  fuzzing::check(verdict.oldest_pass <= verdict.sets.size(), "the oldest that passes is one of them");
  fuzzing::check((verdict.status == arc::Status::fail) == !verdict.why.empty(), "a failure has a reason");
}
