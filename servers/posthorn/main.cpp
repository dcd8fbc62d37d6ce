// posthorn: administration of a data directory. Parses the command line, opens the site, runs one subcommand.
#include <csignal>
#include <cstdlib>
#include <expected>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <pwd.h>
#include <unistd.h>

#include "commands.h"
#include "shared/config.h"
#include "shared/site.h"
#include "shared/system.h"
#include "terminal.h"

using namespace posthorn;

namespace {

struct Place {
  std::string config = "/etc/posthorn/posthorn.toml";
  std::string data;
};

// A configuration file that nobody named and that is not there is no fault.
std::expected<servers::SiteOptions, servers::ConfigProblems> find(const Place& place, bool named) {
  servers::SiteOptions options = servers::site_options({});
  if (named || ::access(place.config.c_str(), F_OK) == 0) {
    const auto settings = servers::load_config(place.config);
    if (!settings) return std::unexpected(settings.error());
    options = servers::site_options(*settings);
  }
  if (!place.data.empty()) options.settings.data_directory = place.data;
  return options;
}

/// For the audit: the user of this system, and where root came from.
std::string who_asks() {
  const passwd* user = ::getpwuid(::getuid());
  const std::string name = user != nullptr ? user->pw_name : std::to_string(::getuid());
  const char* behind = std::getenv("SUDO_USER");
  return behind != nullptr ? name + " (" + behind + ")" : name;
}

}  // namespace

int main(int count, char** words) {
  CLI::App app{
      "Administration of Posthorn: domains, mailboxes, aliases, the state of the store.\n"
      "It works on the data directory itself and may run while the servers do."};
  Place place;
  app.add_option("--config", place.config, "the configuration file of the servers")->capture_default_str();
  app.add_option("--data", place.data, "the data directory; without it that of the configuration file");
  app.require_subcommand(1);
  servers::Action chosen;
  servers::add_domain_commands(app, chosen);
  servers::add_mailbox_commands(app, chosen);
  servers::add_sealing_commands(app, chosen);
  servers::add_alias_commands(app, chosen);
  servers::add_sharing_commands(app, chosen);
  servers::add_queue_commands(app, chosen);
  servers::add_dkim_commands(app, chosen);
  servers::add_sieve_commands(app, chosen);
  servers::add_dns_command(app, chosen);
  servers::add_limits_commands(app, chosen);
  servers::add_cost_command(app);
  servers::add_send_command(app);
  servers::add_auth_command(app);
  servers::add_reports_command(app, chosen);
  servers::add_check_command(app, chosen);
  servers::add_export_command(app, chosen);
  servers::add_import_command(app, chosen);
  CLI11_PARSE(app, count, words);

  if (!chosen) return 0;  // done without a site
  auto options = find(place, app.count("--config") != 0);
  if (!options) {
    for (const std::string& problem : options.error()) fmt::print(stderr, "{}\n", problem);
    return 2;
  }
  servers::close_memory();
  std::signal(SIGXFSZ, SIG_IGN);  // a file over a resource limit is a full disk, not the end
  options->directory.actor = who_asks();
  const std::string& folder = options->settings.data_directory;
  if (const auto owner = servers::become_owner_of(folder); !owner)
    return servers::complain("become the owner of " + folder, owner.error());
  auto site = servers::Site::open(*options, true);
  if (!site) return servers::complain("open " + folder, site.error());
  return chosen(**site);
}
