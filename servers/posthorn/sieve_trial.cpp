// `posthorn sieve check|format|test`: a script on the desk, before it gets mail.
#include <fstream>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "posthorn/grammar/frame/text.h"
#include "posthorn/io/system.h"
#include "posthorn/protocol/sieve/program.h"

#include "commands.h"
#include "shared/files.h"
#include "shared/system.h"
#include "terminal.h"

namespace posthorn::servers {

namespace {

struct Words {
  std::string script;
  std::string message;
  std::string from;
  std::string to;
  std::vector<std::string> mailboxes;
  bool trace = false;
};

/// The octets of a file, with the line ends that mail has.
Result<std::string> read(const std::string& path) {
  return map(read_file(path), [](const std::string& text) { return frame::with_crlf(text); });
}

void print(const std::string& file, View kind, const std::vector<sieve::Diagnostic>& remarks) {
  for (const sieve::Diagnostic& each : remarks)
    fmt::print(stderr, "{}:{}:{}: {}: {}\n", file, each.at.line, each.at.column, kind, each.text);
}

/// The program of a file; null: what is wrong was said.
std::shared_ptr<const sieve::Program> program_of(const std::string& file) {
  const auto text = read(file);
  if (!text) {
    complain("sieve", text.error());
    return nullptr;
  }
  const sieve::Compilation made = sieve::compile(View(*text));
  print(file, "error", made.errors);
  print(file, "warning", made.warnings);
  return made.program;
}

int check(const Words& words) {
  if (program_of(words.script) == nullptr) return 1;
  fmt::print("{}: a script that can be run\n", words.script);
  return 0;
}

int format(const Words& words) {
  const auto text = read_file(words.script);
  if (!text) return complain("sieve format", text.error());
  const sieve::Parsed parsed = sieve::parse_script(*text);
  print(words.script, "error", parsed.errors);
  if (!parsed.errors.empty()) return 1;
  const View line_end = text->find("\r\n") == std::string::npos ? "\n" : "\r\n";
  fmt::print("{}", sieve::format(parsed.script, line_end));
  return 0;
}

// --- what a script would do ------------------------------------------------------------------------------------------

/// A world in which nothing has happened yet; scripts to include lie beside the one that includes them.
class Desk : public sieve::Environment {
 public:
  explicit Desk(const Words& words) : mailboxes_(words.mailboxes.begin(), words.mailboxes.end()) {
    const std::size_t slash = words.script.rfind('/');
    folder_ = slash == std::string::npos ? "" : words.script.substr(0, slash + 1);
    mailboxes_.insert("INBOX");
  }
  [[nodiscard]] WallTime now() const override { return io::SystemClock().wall(); }
  [[nodiscard]] std::chrono::minutes zone() const override { return local_zone(now()); }
  [[nodiscard]] std::optional<std::string> item(View name) const override {
    if (name == "name") return "Posthorn";
    if (name == "location") return "MDA";
    if (name == "phase") return "during";
    return std::nullopt;
  }
  Result<bool> mailbox_exists(View name) override { return mailboxes_.contains(name); }
  bool can_notify(View method) override { return method.starts_with("mailto:"); }
  Result<std::shared_ptr<const sieve::Program>> include(sieve::Location /*where*/, View name) override {
    const std::string file = folder_ + own(name) + ".sieve";
    if (!std::ifstream(file)) return std::shared_ptr<const sieve::Program>();
    auto program = program_of(file);
    if (program == nullptr) return fail(peer_error(Code::syntax, file));
    return program;
  }
  void log(View text) override { fmt::print(stderr, "says: {}\n", text); }

 private:
  std::set<std::string, std::less<>> mailboxes_;
  std::string folder_;
};

std::string flags(const sieve::Filing& filing) {
  if (!filing.flags || filing.flags->empty()) return "";
  std::string out = " with the flags";
  for (const std::string& each : *filing.flags) out += " " + each;
  return out;
}

std::string changed(const sieve::Octets& message) { return message == nullptr ? "" : " (changed by the script)"; }

struct InWords {
  std::string operator()(const sieve::Keep& keep) const {
    return (keep.implicit ? "keep in the inbox, as nothing else takes the message" : "keep in the inbox") +
           flags(keep.filing) + changed(keep.filing.message);
  }
  std::string operator()(const sieve::FileInto& into) const {
    return "file into " + into.mailbox + (into.create ? ", which is made if need be" : "") + flags(into.filing) +
           changed(into.filing.message);
  }
  std::string operator()(const sieve::Redirect& to) const { return "redirect to " + to.address + changed(to.message); }
  std::string operator()(const sieve::Discard& /*discard*/) const { return "discard"; }
  std::string operator()(const sieve::Reject& reject) const { return "reject: " + reject.reason; }
  std::string operator()(const sieve::Vacation& answer) const {
    const auto days = std::chrono::duration_cast<std::chrono::days>(answer.period);
    return fmt::format("answer the sender, once in {} days: {}", days.count(), answer.reason);
  }
  std::string operator()(const sieve::Notify& notify) const {
    return "notify " + notify.method + (notify.message.empty() ? "" : ": " + notify.message);
  }
};

int test(const Words& words) {
  const auto program = program_of(words.script);
  if (program == nullptr) return 1;
  const auto message = read(words.message);
  if (!message) return complain("sieve test", message.error());
  const sieve::Envelope envelope{.from = words.from, .to = words.to, .auth = std::nullopt, .parameters = {}};
  Desk desk(words);
  const std::shared_ptr<const sieve::Program> programs[] = {program};
  const sieve::Outcome outcome = sieve::evaluate(programs, {*message, envelope}, desk, {.trace = words.trace});
  for (const sieve::Trace& each : outcome.trace) fmt::print("{:>5}: {}\n", each.at.line, each.text);
  if (outcome.error) {
    fmt::print(stderr, "{}:{}:{}: the script broke off: {}\n", words.script, outcome.error->at.line,
               outcome.error->at.column, outcome.error->text);
  }
  for (const sieve::Action& each : outcome.actions) fmt::print("{}\n", std::visit(InWords(), each));
  return outcome.error ? 1 : 0;
}

/// Runs at once: no installation is needed. Its status ends the program.
void on(CLI::App& command, const std::shared_ptr<Words>& words, int (*run)(const Words&)) {
  command.callback([words, run] {
    if (const int status = run(*words); status != 0) throw CLI::RuntimeError(status);
  });
}

}  // namespace

void add_sieve_trials(CLI::App& sieve) {
  const auto words = std::make_shared<Words>();
  CLI::App* checking = sieve.add_subcommand("check", "say what is wrong with a script");
  checking->add_option("FILE", words->script, "-: standard input")->required();
  on(*checking, words, check);

  CLI::App* formatting = sieve.add_subcommand("format", "print a script in one style");
  formatting->add_option("FILE", words->script, "-: standard input")->required();
  on(*formatting, words, format);

  CLI::App* testing = sieve.add_subcommand("test", "say what a script would do with a message; nothing is done");
  testing->add_option("FILE", words->script)->required();
  testing->add_option("MESSAGE", words->message, "-: standard input")->required();
  testing->add_option("--from", words->from, "envelope sender; without it the null sender");
  testing->add_option("--to", words->to, "envelope recipient");
  testing->add_option("--mailbox", words->mailboxes, "a mailbox that is there, beside INBOX");
  testing->add_flag("--trace", words->trace, "say why: each test, and what fits");
  on(*testing, words, test);
}

}  // namespace posthorn::servers
