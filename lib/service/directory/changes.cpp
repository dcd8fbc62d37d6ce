#include "service/directory/changes.h"

namespace posthorn::directory {

namespace {
constexpr int kMaxTries = 50;  // of a change that other processes win against
}

Result<void> Changes::change(const std::function<Result<store::Batch>()>& build) {
  const std::lock_guard lock(changing_);
  for (int i = 0; i < kMaxTries; ++i) {
    const auto batch = build();
    if (!batch) return fail(batch.error());
    if (batch->empty()) return {};
    const auto done = rows_.commit(*batch);
    cache_.forget();  // also after a failure: the change may be there although the answer was lost
    if (done) return {};
    if (done.error().code != Code::conflict) return fail(done.error());
  }
  return fail(environment_error(Code::unavailable, "the directory changes too often"));
}

}  // namespace posthorn::directory
