#include "posthorn/service/filtering/filtering.h"

#include <utility>

#include "posthorn/grammar/mail/domain.h"

#include "service/filtering/effects.h"
#include "service/filtering/flags.h"
#include "service/filtering/home.h"
#include "service/filtering/host_environment.h"
#include "service/filtering/programs.h"

namespace posthorn::filtering {

namespace {

std::string notify_words(const queue::Notify& notify) {
  if (notify.never) return "NEVER";
  std::string words;
  for (const auto& [wanted, word] :
       {std::pair(notify.success, "SUCCESS"), std::pair(notify.failure, "FAILURE"), std::pair(notify.delay, "DELAY")}) {
    if (wanted) words += (words.empty() ? "" : ",") + std::string(word);
  }
  return words;
}

sieve::Envelope envelope_of(const delivery::Arrival& arrival) {
  sieve::Envelope envelope;
  envelope.from = own(arrival.sender);
  envelope.to = own(arrival.recipient);
  if (!arrival.login.empty()) envelope.auth = own(arrival.login);
  if (arrival.notify.given) envelope.parameters.emplace_back("notify", notify_words(arrival.notify));
  if (arrival.content != queue::Return::unspecified)
    envelope.parameters.emplace_back("ret", arrival.content == queue::Return::full ? "FULL" : "HDRS");
  if (!arrival.original.empty()) envelope.parameters.emplace_back("orcpt", arrival.original);
  if (!arrival.envelope_id.empty()) envelope.parameters.emplace_back("envid", arrival.envelope_id);
  if (arrival.deliver_by) envelope.deliver_by = {.when = *arrival.deliver_by, .return_late = arrival.return_late};
  return envelope;
}

std::string stopped(const Script& script, const sieve::Diagnostic& what) {
  return "the script " + script.name + " stopped in line " + std::to_string(what.at.line) + ": " + what.text;
}

class SieveFilter final : public delivery::Filter {
 public:
  SieveFilter(Scripts& scripts, directory::Directory& directory, const Clock& clock, Random& random, Options options)
      : scripts_(scripts),
        directory_(directory),
        clock_(clock),
        random_(random),
        options_(std::move(options)),
        programs_(options_.programs, options_.program_octets) {}

  Result<std::unique_ptr<delivery::Wishes>> wishes_of(const directory::Account& account) override {
    Result<std::vector<Script>> scripts = scripts_.of(account);
    if (!scripts) return fail(std::move(scripts.error()));
    std::unique_ptr<delivery::Wishes> wishes;
    if (!scripts->empty()) wishes = std::make_unique<Wanted>(*this, std::move(*scripts));
    return wishes;
  }

  Result<std::unique_ptr<delivery::Wishes>> wishes_at_event(const directory::Account& account, View script) override {
    return map(scripts_.included(account, sieve::Location::personal, script), [this](std::optional<Script> known) {
      std::unique_ptr<delivery::Wishes> wishes;
      if (known) wishes = std::make_unique<Wanted>(*this, std::vector<Script>{std::move(*known)});
      return wishes;
    });
  }

 private:
  class Wanted final : public delivery::Wishes {
   public:
    Wanted(SieveFilter& filter, std::vector<Script> scripts) : filter_(filter), scripts_(std::move(scripts)) {}
    Result<delivery::Decision> decide(const delivery::Arrival& arrival) override {
      return filter_.decide(scripts_, arrival);
    }

   private:
    SieveFilter& filter_;
    const std::vector<Script> scripts_;  // at least one
  };

  Result<delivery::Decision> decide(const std::vector<Script>& scripts, const delivery::Arrival& arrival) {
    Home home(arrival, directory_);
    const Result<Ran> ran = run(scripts, home);
    if (!ran) return fail(ran.error());
    Effects effects(home, options_, clock_.wall(), random_);
    return effects.carry_out(ran->outcome, ran->failed);
  }

  /// Those of the scripts that can be run.
  struct Runnable {
    std::vector<std::shared_ptr<const sieve::Program>> programs;
    std::vector<const Script*> scripts;  ///< whose they are
    const Script* broken = nullptr;      ///< the owner's, where it cannot
    sieve::Diagnostic why;
  };
  Runnable compiled(const std::vector<Script>& scripts, const delivery::Arrival& arrival) {
    Runnable runnable;
    for (const Script& script : scripts) {
      const auto compilation = programs_.get(script, options_.limits);
      if (compilation->program) {
        runnable.programs.push_back(compilation->program);
        runnable.scripts.push_back(&script);
      } else if (script.personal) {
        runnable.broken = &script;
        if (!compilation->errors.empty()) runnable.why = compilation->errors.front();
      } else {
        log(arrival, "the script " + script.name + " does not compile and is left out");
      }
    }
    return runnable;
  }

  struct Ran {
    sieve::Outcome outcome;
    const Script* failed = nullptr;  ///< whose error it has
  };
  Result<Ran> run(const std::vector<Script>& scripts, Home& home) {
    const delivery::Arrival& arrival = home.arrival();
    Runnable runnable = compiled(scripts, arrival);
    HostEnvironment environment(home, options_,
                                [&](sieve::Location where, View name) { return include(arrival, where, name); });
    const sieve::Envelope envelope = envelope_of(arrival);
    sieve::RunOptions run_options{.limits = options_.limits};
    if (const Result<char> separator = separator_of(arrival.account); separator) {
      run_options.detail_separator = *separator;
    } else {
      return fail(separator.error());
    }
    const bool at_event = arrival.event != nullptr;
    const std::vector<std::string> flags = at_event ? words_of(arrival.event->flags) : std::vector<std::string>();
    Ran ran{sieve::evaluate(runnable.programs, {arrival.message, envelope, at_event, flags}, environment, run_options)};
    // What failed in passing comes again, instead of being told to the owner as a fault of his script.
    if (home.failure()) return fail(*home.failure());
    if (ran.outcome.error) ran.failed = runnable.scripts[ran.outcome.script];
    if (runnable.broken == nullptr) return ran;
    if (ran.outcome.error) log(arrival, stopped(*ran.failed, *ran.outcome.error));
    ran.outcome.error = std::move(runnable.why);
    ran.failed = runnable.broken;
    return ran;
  }

  Result<std::shared_ptr<const sieve::Program>> include(const delivery::Arrival& arrival, sieve::Location where,
                                                        View name) {
    const auto script = scripts_.included(arrival.account, where, name);
    if (!script) return fail(script.error());
    if (!*script) return std::shared_ptr<const sieve::Program>();
    const auto compilation = programs_.get(**script, options_.limits);
    if (!compilation->program) return fail(peer_error(Code::syntax, "the included script does not compile"));
    return compilation->program;
  }

  /// RFC 5233: how the domain of the account writes subaddresses.
  Result<char> separator_of(const directory::Account& account) {
    const auto domain = directory_.domain(mail::domain_of(account.address));
    if (domain) return domain->separator;
    return domain.error().code == Code::not_found ? Result<char>('+') : fail(domain.error());
  }

  void log(const delivery::Arrival& arrival, View what) const {
    if (options_.log) options_.log(arrival.account.address, what);
  }

  Scripts& scripts_;
  directory::Directory& directory_;
  const Clock& clock_;
  Random& random_;
  const Options options_;
  Programs programs_;
};

}  // namespace

std::unique_ptr<delivery::Filter> make_filter(Scripts& scripts, directory::Directory& directory, const Clock& clock,
                                              Random& random, Options options) {
  return std::make_unique<SieveFilter>(scripts, directory, clock, random, std::move(options));
}

}  // namespace posthorn::filtering
