#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "posthorn/service/directory/sharing.h"
#include "posthorn/service/sharing/public_mailboxes.h"

#include "commands.h"
#include "terminal.h"

namespace posthorn::servers {

namespace {

struct Words {
  std::string name;
  std::string member;
  std::string mailbox;
  std::string identifier;
  std::string rights;
  std::string size = "0";
  std::uint32_t messages = 0;
  bool yes = false;
};

int done(View what, const Result<void>& result) { return result ? 0 : complain(what, result.error()); }

directory::Sharing& sharing_of(Site& site) { return *site.directory().sharing(); }

int list_groups(Site& site) {
  const auto groups = sharing_of(site).groups();
  if (!groups) return complain("group list", groups.error());
  std::vector<std::vector<std::string>> rows{{"GROUP", "MEMBERS"}};
  for (const auto& group : *groups) {
    std::string members;
    for (const std::string& member : group.members) members += (members.empty() ? "" : ", ") + member;
    rows.push_back({group.name, members});
  }
  print_table(rows, "no groups yet; add one: posthorn group add staff");
  return 0;
}

int list_publics(Site& site) {
  const auto publics = sharing_of(site).publics();
  if (!publics) return complain("public list", publics.error());
  std::vector<std::vector<std::string>> rows{{"MAILBOX", "IDENTIFIER", "RIGHTS"}};
  for (const auto& space : *publics) {
    rows.push_back({"#" + space.name, "-", "-"});
    const auto rights = sharing::rights_in({site.directory(), site.accounts()}, space.name);
    if (!rights) return complain("public list", rights.error());
    for (const auto& line : *rights)
      rows.push_back({"#" + space.name + "/" + line.mailbox, line.identifier, imap::format_rights(line.rights)});
  }
  print_table(rows, "no public namespaces yet; create one: posthorn public create News");
  return 0;
}

int create_public(Site& site, const Words& words) {
  const auto made = sharing_of(site).add_public(words.name);
  if (!made) return complain("public create " + words.name, made.error());
  const auto account = site.accounts().open(made->id, {});
  if (!account) return complain("public create " + words.name, account.error());
  return done("public create " + words.name, (*account)->provision());
}

int remove_public(Site& site, const Words& words) {
  if (!words.yes) {
    fmt::print(stderr, "posthorn: this deletes #{} and all its mail; say it again with --yes\n", words.name);
    return 1;
  }
  return done("public remove " + words.name, sharing_of(site).remove_public(words.name));
}

int set_public_quota(Site& site, const Words& words) {
  const auto octets = parse_octets(words.size);
  if (!octets) return complain("public quota " + words.name, octets.error());
  return done("public quota " + words.name, sharing_of(site).set_public_quota(words.name, *octets, words.messages));
}

int delegate(Site& site, const Words& words) {
  return done("public delegate " + words.name, sharing::delegate({site.directory(), site.accounts()}, words.name,
                                                                 words.mailbox, words.identifier, words.rights));
}

/// Adds subcommands that take a name first.
class Group {
 public:
  Group(CLI::App& app, const char* name, const char* help, Action& chosen, std::shared_ptr<Words> words)
      : app_(app.add_subcommand(name, help)), chosen_(chosen), words_(std::move(words)) {
    app_->require_subcommand(1);
  }
  CLI::App* add(const char* name, const char* help, int (*run)(Site&, const Words&)) {
    CLI::App* made = app_->add_subcommand(name, help);
    made->add_option("NAME", words_->name)->required();
    made->callback(
        [&chosen = chosen_, words = words_, run] { chosen = [words, run](Site& site) { return run(site, *words); }; });
    return made;
  }
  void add_list(const char* help, int (*run)(Site&)) {
    app_->add_subcommand("list", help)->callback([&chosen = chosen_, run] { chosen = run; });
  }

 private:
  CLI::App* app_;
  Action& chosen_;
  std::shared_ptr<Words> words_;
};

}  // namespace

void add_sharing_commands(CLI::App& app, Action& chosen) {
  const auto words = std::make_shared<Words>();
  Group group(app, "group", "groups of users, $NAME where rights are given", chosen, words);
  group.add("add", "add a group",
            [](Site& site, const Words& w) { return done("group add " + w.name, sharing_of(site).add_group(w.name)); });
  group.add("remove", "remove a group", [](Site& site, const Words& w) {
    return done("group remove " + w.name, sharing_of(site).remove_group(w.name));
  });
  CLI::App* join = group.add("member-add", "add a mailbox to a group", [](Site& site, const Words& w) {
    return done("group member-add " + w.name, sharing_of(site).add_member(w.name, w.member));
  });
  CLI::App* leave = group.add("member-remove", "take a mailbox out of a group", [](Site& site, const Words& w) {
    return done("group member-remove " + w.name, sharing_of(site).remove_member(w.name, w.member));
  });
  for (CLI::App* command : {join, leave}) command->add_option("ADDRESS", words->member)->required();
  group.add_list("list the groups and their members", list_groups);

  Group publics(app, "public", "mailboxes that belong to nobody", chosen, words);
  publics.add("create", "create a namespace, #NAME", create_public);
  publics.add("remove", "remove a namespace and all its mail", remove_public)->add_flag("--yes", words->yes, "really");
  CLI::App* quota = publics.add("quota", "limit a namespace; 0 is no limit", set_public_quota);
  quota->add_option("SIZE", words->size, "octets, with K, M, G or T: 2G")->required();
  quota->add_option("--messages", words->messages, "messages");
  CLI::App* rights = publics.add("delegate", "give rights in a mailbox, which is made when it is missing", delegate);
  rights->add_option("MAILBOX", words->mailbox)->required();
  rights->add_option("IDENTIFIER", words->identifier, "a login, anyone, $group, or - before one of them")->required();
  rights->add_option("RIGHTS", words->rights, "letters of RFC 4314: lr to read, lrswipkxtea for everything");
  publics.add_list("list the namespaces and who has which rights", list_publics);
}

}  // namespace posthorn::servers
