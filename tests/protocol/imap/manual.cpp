// The table of commands in the manual is what the rows say: the rows are the documentation.
#include <fstream>
#include <sstream>
#include <string>

#include <doctest/doctest.h>

#include "posthorn/protocol/imap/spec.h"

namespace posthorn::imap {

namespace {
std::string states(Phases phases) {
  std::string out;
  const auto add = [&](Phase phase, View word) {
    if (phases.has(phase)) out += (out.empty() ? "" : ", ") + own(word);
  };
  add(Phase::not_authenticated, "before login");
  add(Phase::authenticated, "logged in");
  add(Phase::selected, "selected");
  return out;
}

std::string table() {
  std::ostringstream out;
  out << "| command | capability | specified by | states | with UID |\n|---|---|---|---|---|\n";
  for (const CommandSpec& row : all_commands()) {
    out << "| " << row.name << " | " << row.capability << " | " << row.rfc << " | " << states(row.phases) << " | "
        << (row.effects.has(Effect::only_uid) ? "only" : row.effects.has(Effect::takes_uid) ? "yes" : "") << " |\n";
  }
  return out.str();
}
}  // namespace

TEST_CASE("docs/imap-commands.md shows all rows as they are") {
  std::ifstream file("docs/imap-commands.md");
  std::stringstream text;
  text << file.rdbuf();
  const std::string wanted = table();
  INFO("put this into docs/imap-commands.md:\n", wanted);
  CHECK(text.str().find(wanted) != std::string::npos);
}

}  // namespace posthorn::imap
