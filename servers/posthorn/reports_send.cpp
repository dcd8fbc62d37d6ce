// `posthorn reports send`: what is due goes now, and who gets it is told.
#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/chrono.h>
#include <fmt/core.h>

#include "posthorn/service/delivery/local.h"

#include "commands.h"
#include "shared/dns.h"
#include "shared/queue_policies.h"
#include "shared/report_service.h"
#include "terminal.h"

namespace posthorn::servers {

namespace {

struct Words {
  bool dry = false;
  bool today = false;
};

/// A domain of others on one line of a terminal.
std::string shown(std::string text) {
  std::ranges::replace_if(text, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7F'; }, '?');
  return text;
}

/// Sends with what a running server has for it: the queue takes in what any process hands to it.
Result<void> send_now(Site& site, const ReportWish& wish) {
  const Settings& settings = site.settings();
  auto rows = site.store().open(queue::kQueueAccount);
  if (!rows) return fail(std::move(rows.error()));
  auto resolver = io::DnsClient::open(dns_options(settings));
  if (!resolver) return fail(std::move(resolver.error()));
  const auto suffixes = public_suffixes(settings);
  if (!suffixes) return fail(suffixes.error());
  QueuePolicies policies(settings, site.directory(), site.clock());
  const queue::Router router = delivery::make_router(site.directory(), {.host_name = settings.host_name});
  auto queue = queue::Queue::open(site.store(), site.clock(), site.random(), policies, router,
                                  {.host_name = settings.host_name});
  if (!queue) return fail(std::move(queue.error()));
  TlsReports tls(**rows, site.clock());
  if (auto loaded = tls.load(); !loaded) return loaded;
  LineLog log(false);
  ReportService service({settings, **rows, **queue, **resolver, site.clock(), site.random(), tls, log, suffixes->get(),
                         https_post(**resolver, settings)},
                        router, wish);
  return service.send_now();
}

int send(Site& site, const Words& words) {
  const Settings& settings = site.settings();
  if (!settings.reports_dmarc && !settings.reports_failure && !settings.reports_tls)
    return complain("reports send",
                    caller_error(Code::misuse, "reports.dmarc, reports.failure and reports.tls are off"));
  std::vector<std::vector<std::string>> rows = {{"REPORT", "DAY (UTC)", "DOMAIN", "TO", "WHAT BECAME OF IT"}};
  const auto told = [&](const reports::Told& report) {
    rows.push_back({own(report.kind), fmt::format("{:%Y-%m-%d}", fmt::gmtime(report.begin.time_since_epoch().count())),
                    shown(report.domain), report.to.empty() ? "-" : shown(report.to), report.what});
  };
  const auto sent = send_now(site, {words.dry, words.today, told});
  print_table(rows, "no report is due");
  return sent ? 0 : complain("reports send", sent.error());
}

}  // namespace

void add_report_sending(CLI::App& reports, Action& chosen) {
  const auto words = std::make_shared<Words>();
  CLI::App* sending = reports.add_subcommand(
      "send",
      "send the DMARC and TLS reports that are due, which the servers do by themselves in the first hours of a day, "
      "and tell who gets them. Ends with 1 when something failed.");
  sending->add_flag("--dry-run", words->dry, "only tell what would be sent");
  sending->add_flag("--today", words->today,
                    "also report what came today until now, as a trial: the report of the whole day goes as well");
  sending->callback([&chosen, words] { chosen = [words](Site& site) { return send(site, *words); }; });
}

}  // namespace posthorn::servers
