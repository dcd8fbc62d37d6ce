#include "posthorn/service/filtering/filtering.h"

#include <algorithm>
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

/// The message is kept, because a script cannot be run.
sieve::Outcome broken(const sieve::Diagnostic& what) {
  sieve::Outcome outcome;
  outcome.actions.emplace_back(sieve::Keep{.filing = {}, .implicit = true});
  outcome.error = what;
  return outcome;
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
    const Result<sieve::Outcome> outcome = run(scripts, home);
    if (!outcome) return fail(outcome.error());
    const auto personal = std::ranges::find(scripts, true, &Script::personal);
    Effects effects(home, options_, clock_.wall(), random_);
    return effects.carry_out(*outcome, personal != scripts.end() ? &*personal : &scripts.front());
  }

  Result<sieve::Outcome> run(const std::vector<Script>& scripts, Home& home) {
    const delivery::Arrival& arrival = home.arrival();
    std::vector<std::shared_ptr<const sieve::Program>> programs;
    for (const Script& script : scripts) {
      const auto compilation = programs_.get(script, options_.limits);
      if (compilation->program) {
        programs.push_back(compilation->program);
      } else if (script.personal) {
        return broken(compilation->errors.empty() ? sieve::Diagnostic{} : compilation->errors.front());
      } else {
        log(arrival, "the script " + script.name + " does not compile and is left out");
      }
    }
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
    sieve::Outcome outcome =
        sieve::evaluate(programs, {arrival.message, envelope, at_event, flags}, environment, run_options);
    // What failed in passing comes again, instead of being told to the owner as a fault of his script.
    if (home.failure()) return fail(*home.failure());
    return outcome;
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
