#include "protocol/imap/commands/capability.h"

#include <algorithm>

#include "protocol/imap/append_run.h"

namespace posthorn::imap::commands::capability {

namespace {
void add_word(std::string& out, View word) {
  for (View rest = out; !rest.empty();) {
    const std::size_t space = std::min(rest.find(' '), rest.size());
    if (rest.substr(0, space) == word) return;
    rest.remove_prefix(std::min(space + 1, rest.size()));
  }
  out += ' ';
  out += word;
}

void add_words(std::string& out, View words, const State& state) {
  while (!words.empty()) {
    const std::size_t space = std::min(words.find(' '), words.size());
    const View word = words.substr(0, space);
    if (word == "APPENDLIMIT") {
      add_word(out, "APPENDLIMIT=" + std::to_string(state.append_limit()));
    } else if (word != "STARTTLS" || state.starttls) {
      add_word(out, word);
    }
    words.remove_prefix(std::min(space + 1, words.size()));
  }
}
}  // namespace

std::vector<const sasl::MechanismSpec*> offered(const State& state) {
  const sasl::Accepted accepted = state.gate == nullptr ? sasl::Accepted() : state.gate->accepted();
  return sasl::offered(state.tls, state.bindable, state.clear_login, accepted);
}

std::string words(const State& state) {
  const bool in = state.mailboxes != nullptr;
  std::string out = "IMAP4rev1 IMAP4rev2 LITERAL+";
  for (const CommandSpec& row : state.commands) {
    const bool usable = in ? row.phases.has(Phase::authenticated) || row.phases.has(Phase::selected)
                           : row.phases.has(Phase::not_authenticated);
    if (usable) add_words(out, row.capability, state);
  }
  if (in && !state.sieve_url.empty()) add_word(out, "IMAPSIEVE=" + own(state.sieve_url));
  if (in && state.limits->messages > 0) add_word(out, "MESSAGELIMIT=" + std::to_string(state.limits->messages));
  if (in) return out;
  for (const sasl::MechanismSpec* mechanism : offered(state)) {
    add_word(out, "AUTH=" + own(mechanism->name));
  }
  if (!state.tls && !state.clear_login) add_word(out, "LOGINDISABLED");
  return out;
}

Result<Args> parse(Cursor& c) { return c.finish(Args{}); }

Result<std::unique_ptr<Execution>> run(Args /*args*/, State& state) {
  return once([&state](Responder& responder) {
    responder.untagged("CAPABILITY " + words(state));
    responder.ok("That is all");
  });
}

}  // namespace posthorn::imap::commands::capability
