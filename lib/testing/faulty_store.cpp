#include "posthorn/testing/faulty_store.h"

#include <mutex>
#include <utility>

namespace posthorn::testing {

using store::AccountId;
using store::Batch;
using store::BlobId;
using store::BlobWriter;
using store::Durability;
using store::Entry;
using store::Partition;
using store::Revision;

/// Counts operations and knows which of them fail.
class FaultyStore::Faults {
 public:
  struct Plan {
    std::uint64_t countdown = 0;  // 0: nothing is planned
    Error error;
    bool lasting = false;  // those that follow, too

    /// Whether this is a planned one.
    bool is_due() {
      if (countdown == 0) return false;
      if (countdown == 1 && lasting) return true;
      return --countdown == 0;
    }
  };

  /// Counts one operation. @errors the planned one
  Result<void> pass() {
    const std::lock_guard lock(mutex_);
    ++operations_;
    if (!operation_.is_due()) return {};
    failed_ = true;
    return fail(operation_.error);
  }
  /// Counts one commit and makes it, or fails before or after it.
  Result<Revision> commit(Partition& inner, const Batch& batch, Durability durability) {
    bool lost = false;
    {
      const std::lock_guard lock(mutex_);
      ++operations_;
      ++commits_;
      lost = answer_.is_due();
      const bool planned = operation_.is_due();
      if (lost || planned || commits_fail_) failed_ = true;
      if (planned) return fail(operation_.error);
      if (commits_fail_) return fail(*commits_fail_);
    }
    Result<Revision> done = inner.commit(batch, durability);
    if (!lost || !done) return done;
    const std::lock_guard lock(mutex_);
    return fail(answer_.error);
  }
  void plan_operation(std::uint64_t nth, Error error, bool lasting) {
    const std::lock_guard lock(mutex_);
    operation_ = {nth, std::move(error), lasting};
    failed_ = false;
  }
  void plan_answer(std::uint64_t nth, Error error) {
    const std::lock_guard lock(mutex_);
    answer_ = {nth, std::move(error)};
    failed_ = false;
  }
  void plan_commits(std::optional<Error> error) {
    const std::lock_guard lock(mutex_);
    commits_fail_ = std::move(error);
    failed_ = false;
  }
  [[nodiscard]] bool failed() const {
    const std::lock_guard lock(mutex_);
    return failed_;
  }
  [[nodiscard]] std::uint64_t operations() const {
    const std::lock_guard lock(mutex_);
    return operations_;
  }
  [[nodiscard]] std::uint64_t commits() const {
    const std::lock_guard lock(mutex_);
    return commits_;
  }

 private:
  mutable std::mutex mutex_;
  std::uint64_t operations_ = 0;
  std::uint64_t commits_ = 0;
  bool failed_ = false;
  Plan operation_;
  Plan answer_;
  std::optional<Error> commits_fail_;
};

namespace {

class FaultyBlobWriter : public BlobWriter {
 public:
  FaultyBlobWriter(std::unique_ptr<BlobWriter> inner, std::shared_ptr<FaultyStore::Faults> faults)
      : inner_(std::move(inner)), faults_(std::move(faults)) {}
  Result<void> append(View octets) override {
    if (Result<void> ok = faults_->pass(); !ok) return ok;
    return inner_->append(octets);
  }
  Result<BlobId> finish() override {
    if (Result<void> ok = faults_->pass(); !ok) return fail(std::move(ok.error()));
    return inner_->finish();
  }

 private:
  std::unique_ptr<BlobWriter> inner_;
  std::shared_ptr<FaultyStore::Faults> faults_;
};

class FaultyPartition : public Partition {
 public:
  FaultyPartition(std::unique_ptr<Partition> inner, std::shared_ptr<FaultyStore::Faults> faults)
      : inner_(std::move(inner)), faults_(std::move(faults)) {}

  Result<std::optional<Entry>> get(View key) const override {
    if (Result<void> ok = faults_->pass(); !ok) return fail(std::move(ok.error()));
    return inner_->get(key);
  }
  Result<void> scan(View first, View last, const std::function<bool(View, View, Revision)>& each) const override {
    if (Result<void> ok = faults_->pass(); !ok) return ok;
    return inner_->scan(first, last, each);
  }
  Result<Revision> commit(const Batch& batch, Durability durability) override {
    return faults_->commit(*inner_, batch, durability);
  }
  Result<Revision> revision() const override {
    if (Result<void> ok = faults_->pass(); !ok) return fail(std::move(ok.error()));
    return inner_->revision();
  }
  std::uint64_t stamp() const override { return inner_->stamp(); }
  Result<std::unique_ptr<BlobWriter>> write_blob() override {
    if (Result<void> ok = faults_->pass(); !ok) return fail(std::move(ok.error()));
    Result<std::unique_ptr<BlobWriter>> writer = inner_->write_blob();
    if (!writer) return writer;
    return std::make_unique<FaultyBlobWriter>(std::move(*writer), faults_);
  }
  Result<std::string> read_blob(BlobId blob, std::uint64_t offset, std::uint64_t count) const override {
    if (Result<void> ok = faults_->pass(); !ok) return fail(std::move(ok.error()));
    return inner_->read_blob(blob, offset, count);
  }
  Result<void> each_blob(const std::function<void(BlobId, std::uint64_t)>& each) const override {
    if (Result<void> ok = faults_->pass(); !ok) return ok;
    return inner_->each_blob(each);
  }

 private:
  std::unique_ptr<Partition> inner_;
  std::shared_ptr<FaultyStore::Faults> faults_;
};

}  // namespace

FaultyStore::FaultyStore(store::Store& inner) : inner_(inner), faults_(std::make_shared<Faults>()) {}
FaultyStore::~FaultyStore() = default;

void FaultyStore::fail_at(std::uint64_t nth, Error error) { faults_->plan_operation(nth, std::move(error), false); }
void FaultyStore::fail_from(std::uint64_t nth, Error error) { faults_->plan_operation(nth, std::move(error), true); }
void FaultyStore::fail_commits(std::optional<Error> error) { faults_->plan_commits(std::move(error)); }
void FaultyStore::lose_commit(std::uint64_t nth, Error error) { faults_->plan_answer(nth, std::move(error)); }
bool FaultyStore::failed() const { return faults_->failed(); }
std::uint64_t FaultyStore::operations() const { return faults_->operations(); }
std::uint64_t FaultyStore::commits() const { return faults_->commits(); }

Result<std::unique_ptr<Partition>> FaultyStore::open(AccountId account) {
  if (Result<void> ok = faults_->pass(); !ok) return fail(std::move(ok.error()));
  Result<std::unique_ptr<Partition>> partition = inner_.open(account);
  if (!partition) return partition;
  return std::make_unique<FaultyPartition>(std::move(*partition), faults_);
}

Result<void> FaultyStore::erase(AccountId account) {
  if (Result<void> ok = faults_->pass(); !ok) return ok;
  return inner_.erase(account);
}

Result<void> FaultyStore::purge() {
  if (Result<void> ok = faults_->pass(); !ok) return ok;
  return inner_.purge();
}

Result<void> FaultyStore::each_account(const std::function<void(AccountId)>& each) const {
  if (Result<void> ok = faults_->pass(); !ok) return ok;
  return inner_.each_account(each);
}

std::unique_ptr<store::Watch> FaultyStore::watch(AccountId account, std::function<void()> changed) {
  return inner_.watch(account, std::move(changed));
}

Result<void> FaultyStore::check(const std::function<void(View)>& problem) const {
  if (Result<void> ok = faults_->pass(); !ok) return ok;
  return inner_.check(problem);
}

}  // namespace posthorn::testing
