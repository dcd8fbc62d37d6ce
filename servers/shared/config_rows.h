// One row per key of the configuration file: name, explanation, range and the member that it sets.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"

#include "shared/settings.h"

namespace posthorn::servers {

/// A key of a table that becomes a T. Type and default are those of the member.
template <class T>
struct ConfigKey {
  using Target = std::variant<std::string T::*, std::uint64_t T::*, bool T::*, std::vector<std::string> T::*>;
  View name;  ///< dotted: "limits.recipients"
  Target target;
  View help;
  std::uint64_t low = 0;
  std::uint64_t high = UINT32_MAX;
  View choices = {};  ///< words separated by spaces; empty: any text
  bool required = false;
  /// Whether a text, or each of a list, has a meaning, once all of the file is read; null: any.
  Result<void> (*check)(View text, const Settings& settings) = nullptr;
};

[[nodiscard]] std::span<const ConfigKey<Settings>> settings_keys();
[[nodiscard]] std::span<const ConfigKey<CertificateSettings>> certificate_keys();
[[nodiscard]] std::span<const ConfigKey<ListenerSettings>> listener_keys();

}  // namespace posthorn::servers
