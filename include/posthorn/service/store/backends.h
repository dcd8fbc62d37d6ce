// The engines by name: one row each. A configuration key and the conformance suite are driven by this table.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "posthorn/service/store/store.h"

namespace posthorn::store {

struct Backend {
  View name;
  View help;      ///< one line for a manual
  bool survives;  ///< what was committed is there after the program has ended
  /// Opens the store that lives in `directory` (which engines in memory ignore), with the options they have by default.
  Result<std::unique_ptr<Store>> (*open)(const std::string& directory);
};

/// All engines, the default first.
[[nodiscard]] std::span<const Backend> backends();

/// The engine of that name; null when there is none.
[[nodiscard]] const Backend* find_backend(View name);

}  // namespace posthorn::store
