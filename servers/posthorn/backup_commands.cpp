#include "backup_commands.h"

#include <memory>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "terminal.h"

namespace posthorn::servers {

namespace {

using directory::Backup;

/// "14d", "36h": days or hours.
Result<std::chrono::seconds> parse_time(View text) {
  constexpr std::size_t kMaxDigits = 6;
  const char unit = text.empty() ? '\0' : text.back();
  const View digits = text.substr(0, text.empty() ? 0 : text.size() - 1);
  const bool number =
      !digits.empty() && digits.size() <= kMaxDigits && digits.find_first_not_of("0123456789") == View::npos;
  if (!number || (unit != 'd' && unit != 'h')) {
    return fail(caller_error(Code::syntax, "'" + own(text) + "': a time is a number with d (days) or h (hours)"));
  }
  const auto count = std::stol(own(digits));
  return unit == 'd' ? std::chrono::seconds(std::chrono::days(count)) : std::chrono::seconds(std::chrono::hours(count));
}

std::string format_time(std::chrono::seconds time) {
  constexpr std::chrono::seconds kDay = std::chrono::days(1);
  if (time % kDay == std::chrono::seconds(0)) return fmt::format("{}d", time / kDay);
  return fmt::format("{}h", time / std::chrono::hours(1));
}

Result<void> apply_times(const BackupWords& words, Backup& backup, WallTime now) {
  if (!words.retention.empty()) {
    const auto time = parse_time(words.retention);
    if (!time) return fail(time.error());
    backup.retention = *time;
  }
  if (words.end_extension) backup.extension.reset();
  if (words.extension.empty()) return {};
  const auto time = parse_time(words.extension);
  if (!time) return fail(time.error());
  const auto length = parse_time(words.extension_for);
  if (!length) return fail(length.error());
  backup.extension = directory::Extension{*time, now + *length};
  return {};
}

int finish(View what, const Result<void>& result) { return result ? 0 : complain(what, result.error()); }

int set_domain(Site& site, const std::string& name, const BackupWords& words) {
  const std::string what = "domain set " + name;
  directory::Backups& backups = *site.directory().backups();
  if (words.hosted) return finish(what, backups.set_backup(name, Backup{}));
  auto present = backups.backup(name);
  if (!present && present.error().code != Code::not_found) return complain(what, present.error());
  if (!present && !words.backup) {
    return complain(what, caller_error(Code::not_found, "no backup domain; --backup makes it one"));
  }
  const auto settings = apply(words, present ? std::move(*present) : Backup{}, site.clock().wall());
  if (!settings) return complain(what, settings.error());
  return finish(what, backups.set_backup(name, *settings));
}

struct RecipientWords {
  std::string domain;
  std::vector<std::string> addresses;
};

int add_recipients(Site& site, const RecipientWords& words) {
  return finish("domain recipients add", site.directory().backups()->add_known_recipients(words.addresses));
}

int remove_recipients(Site& site, const RecipientWords& words) {
  for (const std::string& address : words.addresses) {
    const auto removed = site.directory().backups()->remove_known_recipient(address);
    if (!removed) return complain("domain recipients remove " + address, removed.error());
  }
  return 0;
}

int list_recipients(Site& site, const RecipientWords& words) {
  const auto found = site.directory().backups()->known_recipients(words.domain);
  if (!found) return complain("domain recipients list " + words.domain, found.error());
  std::vector<std::vector<std::string>> rows{{"RECIPIENT"}};
  for (const std::string& address : *found) rows.push_back({address});
  print_table(rows, "no recipients; add one: posthorn domain recipients add user@" + words.domain);
  return 0;
}

}  // namespace

std::vector<CLI::Option*> add_backup_options(CLI::App* command, BackupWords& words) {
  return {
      command->add_option("--retention", words.retention, "how long mail is kept: 14d, 36h"),
      command->add_option("--next-hop", words.next_hop, "host that gets the mail, in place of the MX of the domain"),
      command->add_option("--port", words.port, "port of the next hop"),
      command->add_option("--tls", words.tls, "TLS policy for the way back"),
      command->add_option("--contact", words.contact, "address that is told of mail that waits long"),
      command->add_option("--recipients", words.recipients, "how recipients are known: list, call-ahead, any")
          ->check(CLI::IsMember({"list", "call-ahead", "any"})),
      command->add_option("--when-unknown", words.when_unknown, "what becomes of a recipient while the primary is down")
          ->check(CLI::IsMember({"accept", "defer"})),
  };
}

Result<Backup> apply(const BackupWords& words, Backup backup, WallTime now) {
  backup.on = true;
  if (auto times = apply_times(words, backup, now); !times) return fail(times.error());
  if (!words.next_hop.empty()) backup.next_hop = words.next_hop;
  if (words.port != 0) backup.port = words.port;
  if (!words.tls.empty()) backup.tls = words.tls;
  if (!words.contact.empty()) backup.contact = words.contact;
  if (words.recipients == "list") backup.recipients = directory::RecipientCheck::list;
  if (words.recipients == "call-ahead") backup.recipients = directory::RecipientCheck::call_ahead;
  if (words.recipients == "any") backup.recipients = directory::RecipientCheck::any;
  if (words.when_unknown == "accept") backup.when_unknown = directory::WhenUnknown::accept;
  if (words.when_unknown == "defer") backup.when_unknown = directory::WhenUnknown::defer;
  return backup;
}

std::string describe(const Backup& backup, WallTime now) {
  if (!backup.on) return "hosted";
  const auto time = backup.retention_at(now);
  return "backup, " + format_time(time) + (time == backup.retention ? "" : " for now");
}

void add_backup_commands(CLI::App& domain, Action& chosen) {
  auto words = std::make_shared<BackupWords>();
  auto name = std::make_shared<std::string>();
  CLI::App* set = domain.add_subcommand("set", "change how a backup domain is kept; holds for mail that waits already");
  set->add_option("DOMAIN", *name)->required();
  set->add_flag("--backup", words->backup, "make a hosted domain without mailboxes a backup domain");
  add_backup_options(set, *words);
  set->add_flag("--hosted", words->hosted, "it stops being a backup domain: its mail stays here");
  auto* extension = set->add_option("--extend-to", words->extension, "another retention for a time");
  auto* length = set->add_option("--for", words->extension_for, "how long the other retention holds");
  extension->needs(length);
  length->needs(extension);
  set->add_flag("--end-extension", words->end_extension, "the other retention is over")->excludes(extension);
  set->callback(
      [&chosen, words, name] { chosen = [words, name](Site& site) { return set_domain(site, *name, *words); }; });

  CLI::App* recipients = domain.add_subcommand("recipients", "who exists at the primary, for --recipients list");
  recipients->require_subcommand(1);
  auto who = std::make_shared<RecipientWords>();
  const auto command = [&](const char* verb, const char* help, int (*run)(Site&, const RecipientWords&)) {
    CLI::App* made = recipients->add_subcommand(verb, help);
    made->callback([&chosen, who, run] { chosen = [who, run](Site& site) { return run(site, *who); }; });
    return made;
  };
  command("add", "add recipients", add_recipients)->add_option("ADDRESS", who->addresses)->required();
  command("remove", "remove recipients", remove_recipients)->add_option("ADDRESS", who->addresses)->required();
  command("list", "list the recipients", list_recipients)->add_option("DOMAIN", who->domain)->required();
}

}  // namespace posthorn::servers
