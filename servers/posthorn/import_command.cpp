#include <chrono>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <unistd.h>

#include "commands.h"
#include "importer.h"
#include "terminal.h"

namespace posthorn::servers {

namespace {

// Done, but something could not be copied.
constexpr int kSomeSkipped = 3;

struct Words {
  std::string address;
  std::string host;
  std::string user;
  std::string password_file;
  std::string tls = "implicit";
  std::string ca_file;
  std::uint16_t port = 0;
  bool any_certificate = false;
  ImportChoice choice;
};

/// A line that is rewritten on a terminal; a line for each folder elsewhere.
class Meter {
 public:
  void show(View folder, const ImportCount& count) {
    const auto now = std::chrono::steady_clock::now();
    if (!terminal_ || now - shown_ < std::chrono::milliseconds(200)) return;
    shown_ = now;
    fmt::print(stderr, "\r\033[K{}: {}", folder, text(count));
    dirty_ = true;
  }
  void line(const std::string& text) {
    clear();
    fmt::print("{}\n", text);
    std::fflush(stdout);
  }
  void problem(const std::string& text) {
    clear();
    fmt::print(stderr, "posthorn: {}\n", text);
  }
  [[nodiscard]] std::string text(const ImportCount& count) const {
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begun_;
    const auto rate = static_cast<std::uint64_t>(static_cast<double>(count.octets) / std::max(time.count(), 0.001));
    return fmt::format("{} messages, {}, {}/s", count.messages, format_octets(count.octets), format_octets(rate));
  }

 private:
  void clear() {
    if (std::exchange(dirty_, false)) fmt::print(stderr, "\r\033[K");
  }
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point shown_;
  bool terminal_ = ::isatty(STDERR_FILENO) != 0;
  bool dirty_ = false;
};

SourceOptions source_options(const Words& words, Secret password) {
  SourceOptions options;
  using Tls = SourceOptions::Tls;
  options.tls = words.tls == "none" ? Tls::none : words.tls == "starttls" ? Tls::starttls : Tls::implicit;
  options.remote = {words.host, words.port};
  if (words.port == 0) options.remote.port = options.tls == Tls::implicit ? 993 : 143;
  options.trust.verify = !words.any_certificate;
  options.trust.ca_file = words.ca_file;
  options.user = words.user;
  options.password = std::move(password);
  return options;
}

ImportEar ear_of(Meter& meter, bool dry_run) {
  ImportEar ear;
  ear.progress = [&meter](View folder, const ImportCount& count) { meter.show(folder, count); };
  ear.folder_done = [&meter, dry_run](View folder, View target, const ImportCount& count) {
    const std::string where = folder == target ? own(folder) : fmt::format("{} -> {}", folder, target);
    meter.line(dry_run ? fmt::format("{}: {} messages to copy", where, count.to_do)
                       : fmt::format("{}: done; in all {}", where, meter.text(count)));
  };
  ear.skipped = [&meter](View folder, View problem) { meter.problem(fmt::format("{}: {}", folder, problem)); };
  return ear;
}

int import_account(Site& site, const std::string& data_directory, const Words& words) {
  const std::string what = fmt::format("import into {}", words.address);
  const auto known = site.directory().account(words.address);
  if (!known) return complain(what, known.error());
  const auto account = site.accounts().open(known->id, {known->quota_octets, known->quota_messages});
  if (!account) return complain(what, account.error());
  auto password = ask_credential(words.password_file, fmt::format("Password of {} at {}", words.user, words.host));
  if (!password) return complain(what, password.error());
  auto source = ImportSource::open(source_options(words, std::move(*password)), site.random());
  if (!source) return complain(fmt::format("log in as {} at {}", words.user, words.host), source.error());

  std::unique_ptr<ImportJournal> journal;
  if (!words.choice.dry_run) {
    if (auto ready = (*account)->provision(); !ready) return complain(what, ready.error());
    const std::string name = fmt::format("{}@{}", words.user, words.host);
    auto opened = ImportJournal::open(data_directory, known->address, name);
    if (!opened) return complain(what, opened.error());
    journal = std::move(*opened);
  }
  Meter meter;
  Importer importer(**source, **account, journal.get(), words.choice, ear_of(meter, words.choice.dry_run));
  const auto count = importer.run();
  if (!count) return complain(what, count.error());
  (*source)->log_out();
  if (words.choice.dry_run) return 0;
  meter.line(fmt::format("imported {}; {} were here already", meter.text(*count), count->known));
  if (count->skipped == 0) return 0;
  meter.problem(fmt::format("{} messages or folders were skipped", count->skipped));
  return kSomeSkipped;
}

}  // namespace

void add_import_command(CLI::App& app, Action& chosen) {
  CLI::App* import = app.add_subcommand("import", "copy mail from elsewhere into a mailbox");
  import->require_subcommand(1);
  auto words = std::make_shared<Words>();
  CLI::App* command = import->add_subcommand(
      "imap", "copy an account on another IMAP server; run it again to go on, or to fetch what is new");
  command->add_option("ADDRESS", words->address, "the mailbox here")->required();
  command->add_option("--host", words->host, "the other server")->required();
  command->add_option("--port", words->port, "default: 993 with implicit TLS, else 143");
  command->add_option("--user", words->user, "the login there")->required();
  command->add_option("--password-file", words->password_file,
                      "the password there: the first line of this file; - is standard input; default: ask");
  command->add_option("--tls", words->tls, "implicit, starttls or none (the password goes in the clear)")
      ->check(CLI::IsMember({"implicit", "starttls", "none"}))
      ->capture_default_str();
  command->add_option("--ca-file", words->ca_file, "believe the authorities in this PEM file instead of the system's");
  command->add_flag("--any-certificate", words->any_certificate, "do not verify who the other server is");
  command->add_option("--folder", words->choice.folders, "only this mailbox of the source; may be repeated");
  command->add_option("--exclude", words->choice.excluded, "not this one and those below it; may be repeated");
  command->add_flag("--dry-run", words->choice.dry_run, "say what would be copied, change nothing");
  command->callback([&chosen, words] {
    chosen = [words](Site& site) { return import_account(site, site.data_directory(), *words); };
  });
}

}  // namespace posthorn::servers
