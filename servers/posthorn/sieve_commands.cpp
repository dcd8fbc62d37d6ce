// `posthorn sieve`: the scripts of an account, as its owner has them over ManageSieve.
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "posthorn/grammar/frame/text.h"

#include "commands.h"
#include "shared/files.h"
#include "shared/sieve_scripts.h"
#include "terminal.h"

namespace posthorn::servers {

namespace {

struct Words {
  std::string account;
  std::string name;
  std::string file = "-";
};

using Run = Result<void> (*)(scripts::StoredScripts& scripts, const Words& words);

/// The scripts of an account while `run` uses them.
int with_scripts(Site& site, const std::string& what, const Words& words, Run run) {
  const auto account = site.directory().account(View(words.account));
  if (!account) return complain(what, account.error());
  const auto scripts = open_scripts(site, account->id);
  if (!scripts) return complain(what, scripts.error());
  const Result<void> done = run(**scripts, words);
  return done ? 0 : complain(what, done.error());
}

void print_remarks(const std::vector<managesieve::Diagnostic>& remarks, View kind) {
  for (const auto& remark : remarks)
    fmt::print(stderr, "line {}, column {}: {}: {}\n", remark.line, remark.column, kind, remark.text);
}

Result<void> list(scripts::StoredScripts& scripts, const Words&) {
  const auto listed = scripts.list();
  if (!listed) return fail(listed.error());
  std::vector<std::vector<std::string>> rows{{"SCRIPT", "STATE"}};
  for (const auto& script : *listed) rows.push_back({script.name, script.active ? "active" : "-"});
  print_table(rows, "no scripts");
  return {};
}

Result<void> show(scripts::StoredScripts& scripts, const Words& words) {
  const auto script = scripts.get(words.name);
  if (!script) return fail(script.error());
  fmt::print("{}", *script);
  return {};
}

Result<void> put(scripts::StoredScripts& scripts, const Words& words) {
  const auto script = map(read_file(words.file), [](const std::string& text) { return frame::with_crlf(text); });
  if (!script) return fail(script.error());
  const auto verdict = scripts.put(words.name, *script);
  if (!verdict) return fail(verdict.error());
  print_remarks(verdict->errors, "error");
  print_remarks(verdict->warnings, "warning");
  if (!verdict->errors.empty()) return fail(peer_error(Code::syntax, "it is no Sieve script, and is not stored"));
  return {};
}

/// What is done with one script, or all, of an account.
struct Row {
  const char* name;
  const char* help;
  bool named;  ///< takes the name of a script behind the account
  Run run;
};

constexpr Row kRows[] = {
    {"list", "list the scripts of an account", false, list},
    {"show", "print a script", true, show},
    {"put", "store a script, which must be one; it replaces one of that name", true, put},
    {"activate", "make a script the one that runs for new mail", true,
     [](scripts::StoredScripts& scripts, const Words& words) { return scripts.activate(words.name); }},
    {"deactivate", "let no script run", false,
     [](scripts::StoredScripts& scripts, const Words&) { return scripts.activate({}); }},
    {"remove", "remove a script that is not active", true,
     [](scripts::StoredScripts& scripts, const Words& words) { return scripts.remove(words.name); }},
};

}  // namespace

void add_sieve_commands(CLI::App& app, Action& chosen) {
  const auto words = std::make_shared<Words>();
  CLI::App* sieve = app.add_subcommand("sieve", "scripts that sort new mail");
  sieve->require_subcommand(1);
  add_sieve_trials(*sieve);
  for (const Row& row : kRows) {
    CLI::App* made = sieve->add_subcommand(row.name, row.help);
    made->add_option("ACCOUNT", words->account)->required();
    if (row.named) made->add_option("NAME", words->name)->required();
    if (row.run == put) made->add_option("FILE", words->file, "where it is; -: standard input")->capture_default_str();
    made->callback([&chosen, words, &row] {
      chosen = [words, &row](Site& site) {
        return with_scripts(site, fmt::format("sieve {} {}", row.name, words->account), *words, row.run);
      };
    });
  }
}

}  // namespace posthorn::servers
