// The options and subcommands of backup domains: `domain add --backup`, `domain set`, `domain recipients`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "posthorn/bytes/result.h"
#include "posthorn/service/directory/backup.h"

#include "commands.h"

namespace CLI {
class Option;
}

namespace posthorn::servers {

/// What the options say; what is empty is left as it was.
struct BackupWords {
  bool backup = false;
  bool hosted = false;  ///< the domain stops being a backup domain
  std::string retention;
  std::string extension;      ///< retention for a time
  std::string extension_for;  ///< how long
  bool end_extension = false;
  std::string next_hop;
  std::uint16_t port = 0;
  std::string tls;
  std::string contact;
  std::string recipients;
  std::string when_unknown;
};

/// Adds the options that say how a backup domain is kept, all but --backup itself.
std::vector<CLI::Option*> add_backup_options(CLI::App* command, BackupWords& words);

/// The settings with the words applied to them. @errors syntax
[[nodiscard]] Result<directory::Backup> apply(const BackupWords& words, directory::Backup backup, WallTime now);

/// "hosted", or "backup" with the retention that holds now.
[[nodiscard]] std::string describe(const directory::Backup& backup, WallTime now);

/// Adds `set` and `recipients add|remove|list` to `domain`.
void add_backup_commands(CLI::App& domain, Action& chosen);

}  // namespace posthorn::servers
