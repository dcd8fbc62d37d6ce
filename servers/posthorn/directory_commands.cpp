#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <unistd.h>

#include "posthorn/service/directory/sealing.h"
#include "posthorn/service/queue/queue.h"

#include "backup_commands.h"
#include "commands.h"
#include "terminal.h"

namespace posthorn::servers {

namespace {

/// In the order of Enforcement.
constexpr std::array kEnforcements{std::pair{"none", directory::Enforcement::none},
                                   std::pair{"quarantine", directory::Enforcement::quarantine},
                                   std::pair{"reject", directory::Enforcement::reject}};

CLI::App* group(CLI::App& app, const char* name, const char* help) {
  CLI::App* made = app.add_subcommand(name, help);
  made->require_subcommand(1);
  return made;
}

int done(View what, const Result<void>& result) { return result ? 0 : complain(what, result.error()); }

int list_domains(Site& site) {
  const auto domains = site.directory().domains();
  if (!domains) return complain("domain list", domains.error());
  std::vector<std::vector<std::string>> rows{{"DOMAIN", "STATE", "ROLE", "DMARC", "SAME AS"}};
  for (const auto& d : *domains) {
    rows.push_back({d.name, d.active ? "active" : "disabled",
                    d.alias_of.empty() ? describe(d.backup, site.clock().wall()) : "alias",
                    kEnforcements.at(static_cast<std::size_t>(d.enforcement)).first, d.alias_of});
  }
  print_table(rows, "no domains yet; add one: posthorn domain add example.org");
  return 0;
}

int list_mailboxes(Site& site, const std::string& domain) {
  const auto mailboxes = site.directory().mailboxes(domain);
  if (!mailboxes) return complain("mailbox list", mailboxes.error());
  std::vector<std::vector<std::string>> rows{{"MAILBOX", "STATE", "QUOTA", "MESSAGES"}};
  for (const auto& m : *mailboxes) {
    rows.push_back({m.address, m.active ? "active" : "disabled",
                    m.quota_octets == 0 ? "-" : format_octets(m.quota_octets),
                    m.quota_messages == 0 ? "-" : std::to_string(m.quota_messages)});
  }
  print_table(rows, "no mailboxes yet; add one: posthorn mailbox add user@example.org");
  return 0;
}

int list_aliases(Site& site, const std::string& domain) {
  const auto aliases = site.directory().aliases(domain);
  if (!aliases) return complain("alias list", aliases.error());
  std::vector<std::vector<std::string>> rows{{"ALIAS", "GOES TO"}};
  for (const auto& a : *aliases) {
    std::string targets;
    for (const auto& t : a.targets) targets += (targets.empty() ? "" : ", ") + t;
    rows.push_back({a.address, targets});
  }
  print_table(rows, "no aliases");
  return 0;
}

/// Options that a subcommand fills while CLI11 parses; shared with the action that runs later.
struct Words {
  std::string address;
  std::string domain;
  std::string size = "0";
  std::uint32_t messages = 0;
  std::vector<std::string> targets;
  PasswordSource password;
  std::string old_file;
  bool give_up_sealed = false;
  bool yes = false;
  std::string enforcement;
  BackupWords backup;
};

void add_password_options(CLI::App* command, Words& words) {
  auto* file = command->add_option("--password-file", words.password.file,
                                   "take the first line of this file; - is standard input");
  command->add_flag("--generate", words.password.generate, "make a password and print it, once")->excludes(file);
}

int add_domain(Site& site, const Words& words) {
  directory::Domain domain;
  domain.name = words.domain;
  if (words.backup.backup) {
    auto settings = apply(words.backup, {}, site.clock().wall());
    if (!settings) return complain("domain add " + words.domain, settings.error());
    domain.backup = std::move(*settings);
  }
  return done("domain add " + words.domain, site.directory().add_domain(domain));
}

int add_mailbox(Site& site, const Words& words) {
  const auto password = ask_password(words.password, site.random());
  if (!password) return complain("mailbox add " + words.address, password.error());
  const auto added = site.directory().add_mailbox(words.address, *password);
  if (!added) return complain("mailbox add " + words.address, added.error());
  const auto account = site.accounts().open(added->id, {});
  if (!account) return complain("mailbox add " + words.address, account.error());
  return done("mailbox add " + words.address, (*account)->provision());
}

int change_password(Site& site, const Words& words) {
  const std::string what = "mailbox passwd " + words.address;
  directory::Sealing& sealing = site.directory().sealing();
  const auto status = sealing.status(words.address);
  if (!status) return complain(what, status.error());
  std::optional<Secret> old;
  if (!words.old_file.empty() || (status->used && !words.give_up_sealed)) {
    if (words.old_file.empty() && ::isatty(STDIN_FILENO) == 0) {
      return complain(what, caller_error(Code::conflict,
                                         "mail of this mailbox is sealed: give the old password or the recovery token "
                                         "with --old-password-file, or --give-up-sealed-mail"));
    }
    auto credential = ask_credential(words.old_file, "Old password or recovery token");
    if (!credential) return complain(what, credential.error());
    old = std::move(*credential);
  }
  const auto password = ask_password(words.password, site.random());
  if (!password) return complain(what, password.error());
  if (old) return done(what, sealing.change_password(words.address, *old, *password));
  const auto reset = sealing.reset_password(words.address, *password, words.give_up_sealed);
  if (reset && status->used) {
    fmt::print("Older sealed mail stays closed until somebody remembers the old password: posthorn mailbox reopen {}\n",
               words.address);
  }
  if (reset && !status->used && !status->generations.empty() && status->generations.back().slots.size() > 1) {
    fmt::print("Recovery token and app passwords of {} are void now.\n", words.address);
  }
  return done(what, reset);
}

int remove_mailbox(Site& site, const Words& words) {
  if (!words.yes) {
    fmt::print(stderr, "posthorn: this deletes {} and all its mail; say it again with --yes\n", words.address);
    return 1;
  }
  return done("mailbox remove " + words.address, site.directory().remove_mailbox(words.address));
}

int set_quota(Site& site, const Words& words) {
  const auto octets = parse_octets(words.size);
  if (!octets) return complain("mailbox quota " + words.address, octets.error());
  return done("mailbox quota " + words.address, site.directory().set_quota(words.address, *octets, words.messages));
}

/// What a mailbox that is switched off has submitted rests in the queue too.
int switch_mailbox(Site& site, const std::string& address, bool active) {
  const std::string what = "mailbox " + std::string(active ? "enable " : "disable ") + address;
  const auto account = site.directory().account(View(address));
  if (!account) return complain(what, account.error());
  if (const auto set = site.directory().set_active(address, active); !set) return complain(what, set.error());
  const auto order = active ? queue::Order::thaw : queue::Order::freeze;
  return done(what, queue::order(site.store(), site.clock(), site.random(), order, account->address));
}

void add_enforcement_command(CLI::App& domain, Action& chosen, const std::shared_ptr<Words>& words) {
  CLI::App* dmarc = domain.add_subcommand(
      "dmarc", "how far mail to a domain is treated as the DMARC policy of its author's domain asks");
  dmarc->add_option("DOMAIN", words->domain)->required();
  dmarc
      ->add_option("MOST", words->enforcement,
                   "none: file it as if it had passed; quarantine: as junk; reject: refuse it")
      ->required()
      ->check(CLI::IsMember({"none", "quarantine", "reject"}));
  dmarc->callback([&chosen, words] {
    chosen = [words](Site& site) {
      const auto row = std::find_if(kEnforcements.begin(), kEnforcements.end(),
                                    [&](const auto& r) { return words->enforcement == r.first; });
      return done("domain dmarc " + words->domain, site.directory().set_enforcement(words->domain, row->second));
    };
  });
}

}  // namespace

void add_domain_commands(CLI::App& app, Action& chosen) {
  CLI::App* domain = group(app, "domain", "domains that this server receives mail for");
  auto words = std::make_shared<Words>();
  CLI::App* add = domain->add_subcommand("add", "add a domain");
  add->add_option("DOMAIN", words->domain)->required();
  CLI::Option* backup =
      add->add_flag("--backup", words->backup.backup, "keep its mail for another server, the primary");
  for (CLI::Option* option : add_backup_options(add, words->backup)) option->needs(backup);
  add->callback([&chosen, words] { chosen = [words](Site& site) { return add_domain(site, *words); }; });
  CLI::App* alias = domain->add_subcommand("alias", "make every address of one domain an address of another");
  alias->add_option("DOMAIN", words->domain, "the domain that is only another name")->required();
  alias->add_option("TARGET", words->address, "the domain that has the mailboxes")->required();
  alias->callback([&chosen, words] {
    chosen = [words](Site& site) {
      return done("domain alias " + words->domain,
                  site.directory().add_domain({.name = words->domain, .alias_of = words->address}));
    };
  });
  CLI::App* remove = domain->add_subcommand("remove", "remove a domain that holds no mailboxes and aliases");
  remove->add_option("DOMAIN", words->domain)->required();
  remove->callback([&chosen, words] {
    chosen = [words](Site& site) {
      return done("domain remove " + words->domain, site.directory().remove_domain(words->domain));
    };
  });
  add_enforcement_command(*domain, chosen, words);
  add_backup_commands(*domain, chosen);
  domain->add_subcommand("list", "list the domains")->callback([&chosen] { chosen = list_domains; });
}

void add_mailbox_commands(CLI::App& app, Action& chosen) {
  CLI::App* mailbox = group(app, "mailbox", "mailboxes: logins that receive mail");
  auto words = std::make_shared<Words>();
  const auto command = [&](const char* name, const char* help, int (*run)(Site&, const Words&)) {
    CLI::App* made = mailbox->add_subcommand(name, help);
    made->add_option("ADDRESS", words->address)->required();
    made->callback([&chosen, words, run] { chosen = [words, run](Site& site) { return run(site, *words); }; });
    return made;
  };
  add_password_options(command("add", "add a mailbox; asks for its password", add_mailbox), *words);
  CLI::App* passwd = command("passwd", "change a password", change_password);
  add_password_options(passwd, *words);
  auto* old = passwd->add_option("--old-password-file", words->old_file,
                                 "the old password or the recovery token, which keeps sealed mail readable");
  passwd
      ->add_flag("--give-up-sealed-mail", words->give_up_sealed,
                 "the old password is lost: sealed mail cannot be read until somebody remembers it")
      ->excludes(old);
  command("remove", "remove a mailbox and all its mail", remove_mailbox)->add_flag("--yes", words->yes, "really");
  command("enable", "let a mailbox log in and receive again",
          [](Site& site, const Words& w) { return switch_mailbox(site, w.address, true); });
  command("disable", "refuse logins and mail; nothing is deleted",
          [](Site& site, const Words& w) { return switch_mailbox(site, w.address, false); });
  CLI::App* quota = command("quota", "limit a mailbox; 0 is no limit", set_quota);
  quota->add_option("SIZE", words->size, "octets, with K, M, G or T: 2G")->required();
  quota->add_option("--messages", words->messages, "messages");
  CLI::App* list = mailbox->add_subcommand("list", "list the mailboxes");
  list->add_option("DOMAIN", words->domain, "only of this domain");
  list->callback([&chosen, words] { chosen = [words](Site& site) { return list_mailboxes(site, words->domain); }; });
}

void add_alias_commands(CLI::App& app, Action& chosen) {
  CLI::App* alias = group(app, "alias", "addresses that go to other addresses");
  auto words = std::make_shared<Words>();
  CLI::App* add = alias->add_subcommand("add", "add an alias; @example.org catches all");
  add->add_option("ADDRESS", words->address)->required();
  add->add_option("TARGET", words->targets, "where its mail goes, here or on other hosts")->required();
  add->callback([&chosen, words] {
    chosen = [words](Site& site) {
      return done("alias add " + words->address,
                  site.directory().add_alias({.address = words->address, .targets = words->targets}));
    };
  });
  CLI::App* remove = alias->add_subcommand("remove", "remove an alias");
  remove->add_option("ADDRESS", words->address)->required();
  remove->callback([&chosen, words] {
    chosen = [words](Site& site) {
      return done("alias remove " + words->address, site.directory().remove_alias(words->address));
    };
  });
  CLI::App* list = alias->add_subcommand("list", "list the aliases");
  list->add_option("DOMAIN", words->domain, "only of this domain");
  list->callback([&chosen, words] { chosen = [words](Site& site) { return list_aliases(site, words->domain); }; });
}

}  // namespace posthorn::servers
