// posthorn: administration of a data directory. Parses the command line, opens the site, runs one subcommand.
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "commands.h"
#include "shared/site.h"
#include "terminal.h"

using namespace posthorn;

int main(int count, char** words) {
  CLI::App app{
      "Administration of Posthorn: domains, mailboxes, aliases, the state of the store.\n"
      "It works on the data directory itself and may run while the servers do."};
  std::string data = "/var/lib/posthorn";
  app.add_option("--data", data, "the data directory")->capture_default_str();
  app.require_subcommand(1);
  servers::Action chosen;
  servers::add_domain_commands(app, chosen);
  servers::add_mailbox_commands(app, chosen);
  servers::add_alias_commands(app, chosen);
  servers::add_check_command(app, chosen);
  servers::add_export_command(app, chosen);
  CLI11_PARSE(app, count, words);

  auto site = servers::Site::open({.data_directory = data}, true);
  if (!site) return servers::complain("open " + data, site.error());
  return chosen(**site);
}
