// One map per account under one reader-writer lock; bodies that no batch kept yet wait in a second map.
#include "posthorn/service/store/memory.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <shared_mutex>

#include "service/store/rules.h"
#include "service/store/watchers.h"

namespace posthorn::store {
namespace {

struct Account {
  mutable std::shared_mutex mutex;
  std::map<std::string, Entry, std::less<>> rows;
  std::map<BlobId, std::string> blobs;
  std::map<BlobId, std::string> drafts;  // finished, not kept
  Revision revision;                     // 0: never written or erased
  Revision floor;                        // revisions up to this one were used before an erase
  BlobId last_blob;
};

/// The finished bodies of one Partition object; those that were not kept end with it.
class Drafts {
 public:
  explicit Drafts(std::shared_ptr<Account> account) : account_(std::move(account)) {}
  Drafts(const Drafts&) = delete;
  Drafts& operator=(const Drafts&) = delete;
  ~Drafts() {
    const std::lock_guard lock(account_->mutex);
    for (const BlobId blob : finished_) account_->drafts.erase(blob);
  }
  BlobId add(std::string octets) {
    const std::lock_guard lock(account_->mutex);
    account_->last_blob = account_->last_blob.next();
    account_->drafts.emplace(account_->last_blob, std::move(octets));
    std::erase_if(finished_, [this](BlobId blob) { return !account_->drafts.contains(blob); });
    finished_.push_back(account_->last_blob);
    return account_->last_blob;
  }

 private:
  std::shared_ptr<Account> account_;
  std::vector<BlobId> finished_;  // guarded by the mutex of the account
};

class MemoryBlobWriter : public BlobWriter {
 public:
  explicit MemoryBlobWriter(std::shared_ptr<Drafts> drafts) : drafts_(std::move(drafts)) {}
  Result<void> append(View octets) override {
    if (!drafts_) return fail(caller_error(Code::misuse, "append after finish"));
    octets_.append(octets);
    return {};
  }
  Result<BlobId> finish() override {
    if (!drafts_) return fail(caller_error(Code::misuse, "finished twice"));
    const BlobId blob = drafts_->add(std::move(octets_));
    drafts_.reset();
    return blob;
  }

 private:
  std::shared_ptr<Drafts> drafts_;  // empty after finish
  std::string octets_;
};

/// Whether the batch may be applied to the account as it is.
Result<void> judge(const Account& account, const Batch& batch) {
  for (const Batch::Operation& operation : batch.operations()) {
    if (operation.kind == Batch::Kind::expect) {
      const auto row = account.rows.find(operation.key);
      const std::optional<Revision> written =
          row == account.rows.end() ? std::nullopt : std::optional(row->second.written);
      if (written != operation.seen) return fail(environment_error(Code::conflict, "expectation failed"));
    }
    if (operation.kind == Batch::Kind::keep && !account.drafts.contains(operation.blob) &&
        !account.blobs.contains(operation.blob)) {
      return fail(caller_error(Code::not_found, "no such body to keep"));
    }
  }
  return {};
}

void apply(Account& account, const Batch::Operation& operation) {
  switch (operation.kind) {
    case Batch::Kind::put: account.rows[operation.key] = {operation.value, account.revision}; break;
    case Batch::Kind::erase: account.rows.erase(operation.key); break;
    case Batch::Kind::expect: break;
    case Batch::Kind::keep: {
      if (auto draft = account.drafts.extract(operation.blob)) account.blobs.insert(std::move(draft));
      break;
    }
    case Batch::Kind::drop:
      account.drafts.erase(operation.blob);
      account.blobs.erase(operation.blob);
      break;
  }
}

class MemoryPartition : public Partition {
 public:
  MemoryPartition(AccountId id, std::shared_ptr<Account> account, std::shared_ptr<Watchers> watchers)
      : id_(id),
        account_(std::move(account)),
        drafts_(std::make_shared<Drafts>(account_)),
        watchers_(std::move(watchers)) {}

  Result<std::optional<Entry>> get(View key) const override {
    if (Result<void> ok = check_key(key); !ok) return fail(std::move(ok.error()));
    const std::shared_lock lock(account_->mutex);
    const auto row = account_->rows.find(key);
    if (row == account_->rows.end()) return std::nullopt;
    return row->second;
  }

  Result<void> scan(View first, View last, const std::function<bool(View, View, Revision)>& each) const override {
    const std::shared_lock lock(account_->mutex);
    for (auto row = account_->rows.lower_bound(first); row != account_->rows.end() && row->first < last; ++row) {
      if (!each(row->first, row->second.value, row->second.written)) break;
    }
    return {};
  }

  Result<Revision> commit(const Batch& batch, Durability) override {
    if (Result<void> ok = check_batch(batch); !ok) return fail(std::move(ok.error()));
    Revision revision;
    {
      const std::lock_guard lock(account_->mutex);
      if (Result<void> ok = judge(*account_, batch); !ok) return fail(std::move(ok.error()));
      account_->revision = std::max(account_->revision, account_->floor).next();
      for (const Batch::Operation& operation : batch.operations()) apply(*account_, operation);
      revision = account_->revision;
    }
    watchers_->notify(id_);
    return revision;
  }

  Result<Revision> revision() const override {
    const std::shared_lock lock(account_->mutex);
    return account_->revision;
  }

  std::uint64_t stamp() const override {
    const std::shared_lock lock(account_->mutex);
    return account_->revision.value();
  }

  Result<std::unique_ptr<BlobWriter>> write_blob() override { return std::make_unique<MemoryBlobWriter>(drafts_); }

  Result<std::string> read_blob(BlobId blob, std::uint64_t offset, std::uint64_t count) const override {
    const std::shared_lock lock(account_->mutex);
    const auto found = account_->blobs.find(blob);
    if (found == account_->blobs.end()) return fail(caller_error(Code::not_found, "no such body"));
    if (offset >= found->second.size()) return std::string();
    return found->second.substr(offset, count);
  }

  Result<void> each_blob(const std::function<void(BlobId, std::uint64_t)>& each) const override {
    const std::shared_lock lock(account_->mutex);
    for (const auto& [blob, octets] : account_->blobs) each(blob, octets.size());
    return {};
  }

 private:
  AccountId id_;
  std::shared_ptr<Account> account_;
  std::shared_ptr<Drafts> drafts_;
  std::shared_ptr<Watchers> watchers_;
};

class MemoryStore : public Store {
 public:
  Result<std::unique_ptr<Partition>> open(AccountId account) override {
    return std::make_unique<MemoryPartition>(account, find(account), watchers_);
  }

  Result<void> erase(AccountId account) override {
    const std::shared_ptr<Account> found = find(account);
    {
      const std::lock_guard lock(found->mutex);
      found->rows.clear();
      found->blobs.clear();
      found->drafts.clear();
      found->floor = std::max(found->floor, found->revision);
      found->revision = Revision();
    }
    watchers_->notify(account);
    return {};
  }

  Result<void> purge() override { return {}; }

  Result<void> each_account(const std::function<void(AccountId)>& each) const override {
    std::vector<AccountId> written;
    {
      const std::lock_guard lock(mutex_);
      for (const auto& [id, account] : accounts_) {
        const std::shared_lock reading(account->mutex);
        if (account->revision != Revision()) written.push_back(id);
      }
    }
    for (const AccountId id : written) each(id);
    return {};
  }

  std::unique_ptr<Watch> watch(AccountId account, std::function<void()> changed) override {
    return watchers_->add(account, std::move(changed));
  }

  Result<void> check(const std::function<void(View)>&) const override { return {}; }

 private:
  std::shared_ptr<Account> find(AccountId id) {
    const std::lock_guard lock(mutex_);
    std::shared_ptr<Account>& account = accounts_[id];
    if (!account) account = std::make_shared<Account>();
    return account;
  }

  mutable std::mutex mutex_;
  std::map<AccountId, std::shared_ptr<Account>> accounts_;
  std::shared_ptr<Watchers> watchers_ = std::make_shared<Watchers>();
};

}  // namespace

std::unique_ptr<Store> make_memory_store() { return std::make_unique<MemoryStore>(); }

}  // namespace posthorn::store
