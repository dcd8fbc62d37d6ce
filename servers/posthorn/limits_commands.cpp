// Who may send more than others: senders that are declared for lists (features F14).
#include <functional>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "posthorn/service/limits/limiter.h"
#include "posthorn/service/queue/message.h"

#include "commands.h"
#include "terminal.h"

namespace posthorn::servers {

namespace {

/// The limits of the site while `use` runs.
int with_limiter(Site& site, View what, const std::function<Result<void>(limits::Limiter& limiter)>& use) {
  const auto rows = site.store().open(queue::kQueueAccount);
  if (!rows) return complain(what, rows.error());
  const auto limiter = limits::Limiter::open(**rows, site.clock(), site.random());
  if (!limiter) return complain(what, limiter.error());
  const Result<void> used = use(**limiter);
  return used ? 0 : complain(what, used.error());
}

Result<void> list(limits::Limiter& limiter, View domain) {
  const auto exempted = limiter.exempted(domain);
  if (!exempted) return fail(exempted.error());
  for (const std::string& address : *exempted) fmt::print("{}\n", address);
  return {};
}

}  // namespace

void add_limits_commands(CLI::App& app, Action& chosen) {
  const auto subject = std::make_shared<std::string>();
  CLI::App* limits = app.add_subcommand("limits", "senders that no limit on sending holds for");
  limits->require_subcommand(1);
  using Use = Result<void> (*)(limits::Limiter& limiter, View subject);
  const auto add = [&](const char* name, const char* of, const char* help, Use use) {
    CLI::App* made = limits->add_subcommand(name, help);
    made->add_option(of, *subject)->required();
    made->callback([&chosen, subject, name, use] {
      chosen = [subject, name, use](Site& site) {
        return with_limiter(site, "limits " + own(name) + " " + *subject,
                            [&](limits::Limiter& limiter) { return use(limiter, *subject); });
      };
    });
  };
  add("exempt", "ADDRESS", "declare a sender for lists: no window holds, equal texts are no sign of automation",
      [](limits::Limiter& limiter, View address) { return limiter.exempt(address); });
  add("unexempt", "ADDRESS", "a sender is like others again",
      [](limits::Limiter& limiter, View address) { return limiter.unexempt(address); });
  add("exempted", "DOMAIN", "list the declared senders of a domain", list);
}

}  // namespace posthorn::servers
