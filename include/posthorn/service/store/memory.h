// The store in memory: for tests, fuzzing and trials. Nothing survives its object.
#pragma once

#include <memory>

#include "posthorn/service/store/store.h"

namespace posthorn::store {

/// An empty store that keeps everything in memory. Watches are called by the thread that commits, before commit()
/// returns and without a lock of the store.
[[nodiscard]] std::unique_ptr<Store> make_memory_store();

}  // namespace posthorn::store
