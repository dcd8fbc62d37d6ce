#include "service/store/sqlite_readers.h"

namespace posthorn::store::sqlite {

Result<Readers::Lease> Readers::take() {
  {
    std::unique_lock lock(mutex_);
    returned_.wait(lock, [this] { return !idle_.empty() || opened_ < limit_; });
    if (!idle_.empty()) {
      Lease lease(*this, std::move(idle_.back()));
      idle_.pop_back();
      return lease;
    }
    ++opened_;
  }
  Result<Connection> connection = Connection::open(path_, Access::read);
  if (connection) return Lease(*this, std::make_unique<Connection>(std::move(*connection)));
  const std::lock_guard lock(mutex_);
  --opened_;
  returned_.notify_one();
  return fail(std::move(connection.error()));
}

void Readers::give_back(std::unique_ptr<Connection> connection) {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(connection));
  returned_.notify_one();
}

}  // namespace posthorn::store::sqlite
