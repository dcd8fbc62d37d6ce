// `posthorn domain dns`: the records that a domain should publish, and whether the DNS has them.
#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "posthorn/grammar/mail/domain.h"
#include "posthorn/io/dns_client.h"
#include "posthorn/service/discovery/dns_records.h"
#include "posthorn/service/inquiry.h"
#include "posthorn/service/queue/message.h"

#include "commands.h"
#include "shared/dns.h"
#include "terminal.h"

namespace posthorn::servers {

namespace {

using discovery::Finding;
using discovery::Record;
using discovery::State;

constexpr std::chrono::seconds kPatience(30);

struct Words {
  std::string domain;
  bool check = false;
};

/// What listeners offer to programs of users (RFC 6186 section 3, RFC 8314 section 5.1, RFC 5804 section 1.8).
struct ServiceRow {
  View role;
  View tls;
  View name;
};
constexpr std::array<ServiceRow, 7> kServices = {{{"submission", "implicit", "_submissions"},
                                                  {"submission", "starttls", "_submission"},
                                                  {"imap", "implicit", "_imaps"},
                                                  {"imap", "starttls", "_imap"},
                                                  {"pop3", "implicit", "_pop3s"},
                                                  {"pop3", "starttls", "_pop3"},
                                                  {"managesieve", "starttls", "_sieve"}}};

std::vector<discovery::Service> services_of(const Settings& settings) {
  std::vector<discovery::Service> services;
  for (const ServiceRow& row : kServices) {
    const auto listener = std::ranges::find_if(
        settings.listeners, [&](const ListenerSettings& l) { return l.role == row.role && l.tls == row.tls; });
    if (listener != settings.listeners.end())
      services.push_back({own(row.name), static_cast<std::uint16_t>(listener->port)});
  }
  return services;
}

Result<std::vector<Record>> records_of(Site& site, const std::string& given) {
  const auto domain = mail::ascii_domain(given);
  if (!domain) return fail(domain.error());
  const Result<bool> local = site.directory().is_local_domain(*domain);
  if (!local) return fail(local.error());
  if (!*local) return fail(caller_error(Code::not_found, "no domain of this server"));
  const auto rows = site.store().open(queue::kQueueAccount);
  if (!rows) return fail(rows.error());
  const auto keys = signing::Keys(**rows, site.random(), Secret(View(""))).list(*domain);
  if (!keys) return fail(keys.error());
  const Settings& settings = site.settings();
  return discovery::records_of(*domain, {settings.host_name, services_of(settings), settings.reports_contact}, *keys);
}

Result<std::vector<Finding>> ask_dns(Site& site, const std::vector<Record>& records) {
  auto resolver = io::DnsClient::open(dns_options(site.settings()));
  if (!resolver) return fail(std::move(resolver.error()));
  Inquiry inquiry(**resolver);
  const auto check = inquiry.add(std::make_unique<discovery::Check>(records));
  static_cast<void>(inquiry.wait(kPatience));  // what has no answer by then is unknown
  return check.verdict();
}

bool is_wrong(const Finding& finding) {
  // What is there and yet in trouble is not to be published as it is.
  const bool there = finding.found == std::vector{finding.record.data};
  return finding.state == State::missing || (finding.state == State::different && !there);
}

std::string printable(std::string text) {
  std::ranges::replace_if(text, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7F'; }, '?');
  return text;
}

/// @returns whether everything that was asked for is right
bool tell(const std::vector<Finding>& findings) {
  std::vector<std::vector<std::string>> rows = {{"STATE", "RECORD", "NAME", "THE DNS HAS"}};
  for (const Finding& finding : findings) {
    std::string found;
    for (const std::string& data : finding.found) found += (found.empty() ? "" : ", ") + data;
    found = printable(std::move(found));
    rows.push_back({own(discovery::word_of(finding.state)), own(discovery::word_of(finding.record.purpose)),
                    finding.record.name, std::move(found)});
  }
  print_table(rows, "nothing to publish");
  for (const Finding& finding : findings) {
    if (!finding.trouble.empty())
      fmt::print("\n; {} of {}: {}. Others take that for an error: see what it includes.\n",
                 discovery::word_of(finding.record.purpose), finding.record.name, printable(finding.trouble));
  }
  if (std::ranges::any_of(findings, is_wrong)) fmt::print("\n; Publish, in place of what is different:\n");
  for (const Finding& finding : findings) {
    if (is_wrong(finding)) fmt::print("{}\n", finding.record.zone_text());
  }
  return std::ranges::all_of(findings, [](const Finding& finding) { return finding.state == State::right; });
}

int dns(Site& site, const Words& words) {
  const std::string what = "domain dns " + words.domain;
  const auto records = records_of(site, words.domain);
  if (!records) return complain(what, records.error());
  if (!words.check) {
    for (const Record& record : *records) fmt::print("{}\n", record.zone_text());
    return 0;
  }
  const auto findings = ask_dns(site, *records);
  if (!findings) return complain(what, findings.error());
  return tell(*findings) ? 0 : 1;
}

}  // namespace

void add_dns_command(CLI::App& app, Action& chosen) {
  const auto words = std::make_shared<Words>();
  CLI::App* command = app.get_subcommand("domain")->add_subcommand(
      "dns", "print the DNS records that a domain should publish, as zone text");
  command->add_option("DOMAIN", words->domain)->required();
  command->add_flag("--check", words->check, "ask the DNS for them. Ends with 0 when all are right, with 1 when not.");
  command->callback([&chosen, words] { chosen = [words](Site& site) { return dns(site, *words); }; });
}

}  // namespace posthorn::servers
