#include "service/delivery/binary_transaction.h"

#include "posthorn/grammar/mime/eight_bit.h"

namespace posthorn::delivery {

void BinaryTransaction::release() {
  room_.held -= content_.size();
  content_ = std::string();
}

Result<void> BinaryTransaction::append(View octets) {
  if (room_.held + octets.size() > room_.most) return fail(environment_error(Code::no_space, "binary messages"));
  room_.held += octets.size();
  content_.append(octets);
  return {};
}

std::vector<Result<void>> BinaryTransaction::finish() {
  Result<std::string> lines = mime::to_eight_bit(content_);
  release();
  Result<void> failure;
  if (!lines) {
    failure = fail(std::move(lines.error()));
  } else if (Result<void> appended = within_->append(*lines); !appended) {
    failure = std::move(appended);
  }
  return failure ? within_->finish() : std::vector<Result<void>>(recipients_, failure);
}

}  // namespace posthorn::delivery
