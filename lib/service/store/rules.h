// What every engine checks before it touches anything, so that all engines refuse the same things.
#pragma once

#include "posthorn/service/store/store.h"

namespace posthorn::store {

/// A key has at least one octet and no NUL. @errors misuse
[[nodiscard]] Result<void> check_key(View key);

/// Keys are well-formed and the batch is within kMaxBatch. @errors misuse, too_long
[[nodiscard]] Result<void> check_batch(const Batch& batch);

}  // namespace posthorn::store
