#include <string>
#include <unordered_map>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "posthorn/service/directory/sharing.h"
#include "posthorn/service/queue/message.h"

#include "commands.h"
#include "terminal.h"

namespace posthorn::servers {

namespace {

int check_site(Site& site) {
  std::uint64_t problems = 0;
  const auto report = [&problems](View where) {
    return [&problems, where = own(where)](View what) {
      ++problems;
      fmt::print("{}: {}\n", where, what);
    };
  };
  if (const auto read = site.store().check(report("store")); !read) return complain("check", read.error());

  auto mailboxes = site.directory().mailboxes({});
  if (!mailboxes) return complain("check", mailboxes.error());
  const auto publics = site.directory().sharing()->publics();
  if (!publics) return complain("check", publics.error());
  for (const auto& space : *publics) mailboxes->push_back({.id = space.id, .address = "#" + space.name});
  std::unordered_map<std::uint64_t, bool> known{{store::kDirectoryAccount.value(), true},
                                                {queue::kQueueAccount.value(), true}};
  {
    Progress progress("checking mailboxes");
    std::uint64_t done = 0;
    for (const auto& mailbox : *mailboxes) {
      known[mailbox.id.value()] = true;
      progress.show(++done, mailboxes->size());
      const auto account = site.accounts().open(mailbox.id, {});
      if (!account) return complain("check " + mailbox.address, account.error());
      if (const auto read = (*account)->check(report(mailbox.address)); !read)
        return complain("check " + mailbox.address, read.error());
    }
  }
  const auto strays = site.store().each_account([&](store::AccountId id) {
    if (!known.contains(id.value())) report("store")(fmt::format("account {} has mail and no mailbox", id.value()));
  });
  if (!strays) return complain("check", strays.error());
  fmt::print("{} mailboxes checked, {}\n", mailboxes->size(),
             problems == 0 ? "clean" : fmt::format("{} problems", problems));
  return problems == 0 ? 0 : 1;
}

}  // namespace

void add_check_command(CLI::App& app, Action& chosen) {
  app.add_subcommand("check", "read the whole store and report what is wrong; ends with 1 when anything is")
      ->callback([&chosen] { chosen = check_site; });
}

}  // namespace posthorn::servers
