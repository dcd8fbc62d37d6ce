// The configuration file: TOML, one row per key; the same rows parse, check, print and document.
#pragma once

#include <string>
#include <vector>

#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"

#include "shared/settings.h"

namespace posthorn::servers {

/// What is wrong with a file, each with its place: "posthorn.toml:12: unknown key 'hostname'; did you mean
/// 'host_name'?".
using ConfigProblems = std::vector<std::string>;

/// Reads settings from TOML text; what it does not set keeps its default. All problems are found, not only the first.
/// @param name how problems call the text, normally its path
[[nodiscard]] std::expected<Settings, ConfigProblems> parse_config(View text, View name);

/// parse_config() of a file; a file that cannot be read is one problem.
[[nodiscard]] std::expected<Settings, ConfigProblems> load_config(const std::string& path);

/// The effective settings as TOML that parse_config() reads back to the same, with the explanation of each key.
[[nodiscard]] std::string format_config(const Settings& settings);

/// The manual page of the file, in man(7) macros.
[[nodiscard]] std::string format_config_manual();

/// Every key by its full name, for tests and completion.
[[nodiscard]] std::vector<std::string> config_keys();

}  // namespace posthorn::servers
