#include "shared/program.h"

#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/config.h"
#include "shared/installation.h"
#include "shared/log.h"
#include "shared/system.h"

namespace posthorn::servers {

namespace {

constexpr int kCannotStart = 1;
constexpr int kBadConfiguration = 2;

struct Choices {
  std::string config = "/etc/posthorn/posthorn.toml";
  bool check = false;
  bool print = false;
  bool manual = false;
};

void declare(CLI::App& app, Choices& choices) {
  app.add_option("--config", choices.config, "the configuration file")->capture_default_str();
  app.add_flag("--check-config", choices.check, "say what is wrong with the configuration, and end");
  app.add_flag("--print-config", choices.print, "print the effective configuration with its explanations, and end");
  app.add_flag("--print-manual", choices.manual, "print the manual page of the configuration file, and end");
}

sigset_t block_signals() {
  sigset_t waited;
  sigemptyset(&waited);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&waited, number);
  // Before there is any thread, so that all inherit it and only serve() takes them.
  pthread_sigmask(SIG_BLOCK, &waited, nullptr);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);  // a file over a resource limit is a full disk, not the end
  return waited;
}

int failed(LineLog& log, View what, const Error& error) {
  log.say(own(what) + ": " + (error.note.empty() ? own(name_of(error.code)) : error.note));
  return kCannotStart;
}

void reload(Installation& installation, LineLog& log) {
  tell_manager("RELOADING=1");
  const Result<void> reloaded = installation.reload();
  if (reloaded) {
    log.say("certificates and keys reloaded");
  } else {
    log.say("not reloaded, the old ones stay: " + reloaded.error().note);
  }
  tell_manager("READY=1");
}

int serve(const Program& program, const Settings& settings) {
  const sigset_t signals = block_signals();
  ::umask(077);
  raise_descriptors();
  close_memory();
  LineLog log(settings.log_addresses);
  Result<std::unique_ptr<Installation>> prepared = Installation::prepare(settings, program.roles, log);
  if (!prepared) return failed(log, program.name, prepared.error());
  Installation& installation = **prepared;
  Result<void> step = prepare_for_user(settings.data_directory, settings.user, settings.group);
  if (step) step = become(settings.user, settings.group);
  if (step) step = installation.open();
  if (!step) return failed(log, program.name, step.error());
  installation.start();
  for (const std::string& line : installation.listening()) log.say(line);
  if (geteuid() == 0) log.say("running as root: name another 'user' in the configuration");
  tell_manager("READY=1");
  for (;;) {
    const timespec pause{.tv_sec = 2, .tv_nsec = 0};
    const int number = sigtimedwait(&signals, nullptr, &pause);
    if (number == SIGHUP) {
      reload(installation, log);
    } else if (number > 0) {
      break;
    }
    installation.sweep();
  }
  tell_manager("STOPPING=1");
  installation.stop();
  return 0;
}

}  // namespace

int run(const Program& program, int count, char** words) {
  CLI::App app(program.about, program.name);
  Choices choices;
  declare(app, choices);
  CLI11_PARSE(app, count, words);
  if (choices.manual) {
    fmt::print("{}", format_config_manual());
    return 0;
  }
  const auto settings = load_config(choices.config);
  if (!settings) {
    for (const std::string& problem : settings.error()) fmt::print(stderr, "{}\n", problem);
    return kBadConfiguration;
  }
  if (choices.print) fmt::print("{}", format_config(*settings));
  if (choices.check) fmt::print("{}: no problems\n", choices.config);
  if (choices.print || choices.check) return 0;
  return serve(program, *settings);
}

}  // namespace posthorn::servers
