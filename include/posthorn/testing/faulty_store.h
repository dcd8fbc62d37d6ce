// A store that fails when it is told to: for testing what happens then.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "posthorn/service/store/store.h"

namespace posthorn::testing {

/// Passes everything on to another store and fails on purpose. An operation is a call of Store, Partition or BlobWriter
/// that returns a Result; one that fails on purpose does not reach the other store. Safe to call from many threads.
///
///     for (std::uint64_t n = 1;; ++n) {
///       store.fail_at(n, environment_error(Code::unavailable));
///       run_what_is_tested();
///       if (!store.failed()) break;  // it makes fewer than n operations: every one has failed once
///     }
class FaultyStore : public store::Store {
 public:
  /// @lifetime `inner` outlives this object, its partitions and its blob writers
  explicit FaultyStore(store::Store& inner);
  FaultyStore(const FaultyStore&) = delete;
  FaultyStore& operator=(const FaultyStore&) = delete;
  ~FaultyStore() override;

  /// The nth operation from now (1: the next one) fails with `error`, the others work.
  void fail_at(std::uint64_t nth, Error error);
  /// The nth operation from now and all that follow fail with `error`, as when the process had ended there.
  void fail_from(std::uint64_t nth, Error error);
  /// Every commit fails with `error` from now on; nullopt: they work again.
  void fail_commits(std::optional<Error> error);
  /// The nth commit from now (1: the next one) is applied and yet fails with `error`, as when the answer was lost.
  void lose_commit(std::uint64_t nth, Error error);
  /// Whether an operation failed on purpose since the last fail_at, fail_from, fail_commits or
  /// lose_commit.
  [[nodiscard]] bool failed() const;
  /// Operations since the beginning, with those that failed.
  [[nodiscard]] std::uint64_t operations() const;
  /// Commits since the beginning, with those that failed.
  [[nodiscard]] std::uint64_t commits() const;

  [[nodiscard]] Result<std::unique_ptr<store::Partition>> open(store::AccountId account) override;
  Result<void> erase(store::AccountId account) override;
  Result<void> purge() override;
  Result<void> each_account(const std::function<void(store::AccountId)>& each) const override;
  [[nodiscard]] std::unique_ptr<store::Watch> watch(store::AccountId account, std::function<void()> changed) override;
  Result<void> check(const std::function<void(View)>& problem) const override;

  class Faults;

 private:
  store::Store& inner_;
  std::shared_ptr<Faults> faults_;
};

}  // namespace posthorn::testing
