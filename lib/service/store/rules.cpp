#include "service/store/rules.h"

namespace posthorn::store {

Result<void> check_key(View key) {
  if (key.empty()) return fail(caller_error(Code::misuse, "empty key"));
  if (key.find('\0') != View::npos) return fail(caller_error(Code::misuse, "NUL in a key"));
  return {};
}

Result<void> check_batch(const Batch& batch) {
  if (batch.octets() > kMaxBatch) return fail(caller_error(Code::too_long, "batch over the limit"));
  for (const Batch::Operation& operation : batch.operations()) {
    if (operation.kind == Batch::Kind::keep || operation.kind == Batch::Kind::drop) continue;
    if (Result<void> ok = check_key(operation.key); !ok) return ok;
  }
  return {};
}

}  // namespace posthorn::store
