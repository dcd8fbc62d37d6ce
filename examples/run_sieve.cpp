// Runs a Sieve script on a message and carries out what it wants: here, one line for each action.
//
//   run-sieve SCRIPT MESSAGE
//
// A run changes nothing in the world. The host answers the questions of the script (an Environment) and carries out the
// actions that come of it; where a script breaks off, the message is kept.
#include <ctime>
#include <fstream>
#include <iostream>
#include <iterator>

#include "posthorn/protocol/sieve/program.h"

using namespace posthorn;

namespace {

std::string read(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

class Host : public sieve::Environment {
 public:
  WallTime now() const override { return WallTime(std::chrono::seconds(std::time(nullptr))); }
  Result<bool> mailbox_exists(View name) override { return name == "INBOX" || name == "Lists"; }
};

struct CarryOut {
  void operator()(const sieve::Keep&) const { std::cout << "into the inbox\n"; }
  void operator()(const sieve::FileInto& into) const { std::cout << "into " << into.mailbox << "\n"; }
  void operator()(const sieve::Redirect& to) const { std::cout << "to " << to.address << "\n"; }
  void operator()(const sieve::Discard&) const { std::cout << "away\n"; }
  void operator()(const sieve::Reject& reject) const { std::cout << "refused: " << reject.reason << "\n"; }
  void operator()(const sieve::Vacation& answer) const { std::cout << "answered: " << answer.reason << "\n"; }
  void operator()(const sieve::Notify& notify) const { std::cout << "told to " << notify.method << "\n"; }
};

}  // namespace

int main(int count, char** words) {
  if (count != 3) {
    std::cerr << "run-sieve SCRIPT MESSAGE\n";
    return 2;
  }
  // Compiled once; the program may run for many messages, on many threads at once.
  const sieve::Compilation made = sieve::compile(View(read(words[1])));
  for (const sieve::Diagnostic& wrong : made.errors)
    std::cerr << words[1] << ":" << wrong.at.line << ":" << wrong.at.column << ": " << wrong.text << "\n";
  if (made.program == nullptr) return 1;

  const std::string message = read(words[2]);
  const sieve::Envelope envelope{"sender@example.org", "me@example.com", std::nullopt, {}};
  Host host;
  const std::shared_ptr<const sieve::Program> programs[] = {made.program};
  const sieve::Outcome outcome = sieve::evaluate(programs, {message, envelope}, host);
  if (outcome.error) std::cerr << "line " << outcome.error->at.line << ": " << outcome.error->text << "\n";
  for (const sieve::Action& action : outcome.actions) std::visit(CarryOut(), action);
}
