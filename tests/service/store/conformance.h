// What every engine of the store must do. A new engine passes by running this over itself.
#pragma once

#include <functional>
#include <memory>

#include "posthorn/service/store/store.h"

namespace posthorn::store::conformance {

struct Engine {
  /// An empty store.
  std::function<std::unique_ptr<Store>()> fresh;
  /// The store that fresh() made last, once more: after it ended or beside it. Empty when the engine does not survive.
  std::function<std::unique_ptr<Store>()> again;
};

/// Runs all rows of the suite, each over a fresh store.
void run(const Engine& engine);

}  // namespace posthorn::store::conformance
