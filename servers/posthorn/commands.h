// The subcommands of posthorn; each function adds its own to the program.
//
// A subcommand is chosen by CLI11, which then calls `run` with the opened site; its value is the exit status.
#pragma once

#include <functional>

#include "shared/site.h"

namespace CLI {
class App;
}

namespace posthorn::servers {

/// What a chosen subcommand does. @returns the exit status: 0 done, 1 failed
using Action = std::function<int(Site&)>;

/// Adds `domain add|list|remove|alias|set|recipients`.
void add_domain_commands(CLI::App& app, Action& chosen);
/// Adds `mailbox add|list|remove|passwd|enable|disable|quota`.
void add_mailbox_commands(CLI::App& app, Action& chosen);
/// Adds `mailbox encrypt|decrypt|status|reprocess|recovery-token|reopen|app-password` and `audit`, after
/// add_mailbox_commands().
void add_sealing_commands(CLI::App& app, Action& chosen);
/// Adds `alias add|list|remove`.
void add_alias_commands(CLI::App& app, Action& chosen);
/// Adds `group add|remove|list|member-add|member-remove` and `public create|remove|list|quota|delegate`.
void add_sharing_commands(CLI::App& app, Action& chosen);
/// Adds `queue list|status|show|hold|release|requeue|expire|remove|flush|freeze|thaw` and `ledger check|expire`.
void add_queue_commands(CLI::App& app, Action& chosen);
/// Adds `queue export|import`, to the command `queue`.
void add_handover_commands(CLI::App& queue, Action& chosen);
/// Adds `dkim create|list|show|rotate|remove`.
void add_dkim_commands(CLI::App& app, Action& chosen);
/// Adds `sieve list|show|put|activate|deactivate|remove`.
void add_sieve_commands(CLI::App& app, Action& chosen);
/// Adds `sieve check|format|test`, to the command `sieve`.
void add_sieve_trials(CLI::App& sieve);
/// Adds `domain dns`, after add_domain_commands().
void add_dns_command(CLI::App& app, Action& chosen);
/// Adds `limits exempt|unexempt|exempted`.
void add_limits_commands(CLI::App& app, Action& chosen);
/// Adds `password-cost`.
void add_cost_command(CLI::App& app);
/// Adds `send`.
void add_send_command(CLI::App& app);
/// Adds `auth check`.
void add_auth_command(CLI::App& app);
/// Adds `reports read` and what add_report_sending() does.
void add_reports_command(CLI::App& app, Action& chosen);
/// Adds `reports send`, to the command `reports`.
void add_report_sending(CLI::App& reports, Action& chosen);
/// Adds `check`.
void add_check_command(CLI::App& app, Action& chosen);
/// Adds `export`.
void add_export_command(CLI::App& app, Action& chosen);
/// Adds `import imap`.
void add_import_command(CLI::App& app, Action& chosen);

}  // namespace posthorn::servers
