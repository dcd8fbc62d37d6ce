#include <list>
#include <mutex>
#include <unordered_map>

#include "posthorn/service/mailbox/account.h"

#include "service/mailbox/stored_account.h"

namespace posthorn::mailbox {
namespace {

/// Keeps the accounts used last open, so that a delivery every few seconds need not read the small tables again.
class OpenAccounts : public Accounts {
 public:
  OpenAccounts(store::Store& store, const Clock& clock, Limits limits, Sealing sealing)
      : store_(store), clock_(clock), limits_(limits), sealing_(sealing), shared_(std::make_shared<Shared>(limits)) {}

  Result<std::shared_ptr<Account>> open(AccountId id, Quota quota) override {
    std::shared_ptr<StoredAccount> closing;  // destroyed after the lock is given back
    const std::lock_guard lock(mutex_);
    std::shared_ptr<StoredAccount> account = known_[id].lock();
    if (!account) {
      Result<std::shared_ptr<StoredAccount>> opened =
          StoredAccount::open(store_, clock_, id, limits_, sealing_, shared_);
      if (!opened) return fail(std::move(opened.error()));
      account = std::move(*opened);
      known_[id] = account;
      sweep();
    }
    account->set_quota(quota);
    closing = remember(id, account);
    return std::shared_ptr<Account>(std::move(account));
  }

 private:
  using Recent = std::list<std::pair<AccountId, std::shared_ptr<StoredAccount>>>;

  /// Puts the account in front; returns the one that drops out at the end.
  std::shared_ptr<StoredAccount> remember(AccountId id, const std::shared_ptr<StoredAccount>& account) {
    if (const auto place = places_.find(id); place != places_.end()) {
      recent_.splice(recent_.begin(), recent_, place->second);
      return nullptr;
    }
    recent_.emplace_front(id, account);
    places_[id] = recent_.begin();
    if (recent_.size() <= limits_.idle_accounts) return nullptr;
    std::shared_ptr<StoredAccount> last = std::move(recent_.back().second);
    places_.erase(recent_.back().first);
    recent_.pop_back();
    return last;
  }

  /// Forgets accounts that ended, when there may be many of them.
  void sweep() {
    if (known_.size() < next_sweep_) return;
    std::erase_if(known_, [](const auto& entry) { return entry.second.expired(); });
    next_sweep_ = 2 * known_.size() + 1024;
  }

  store::Store& store_;
  const Clock& clock_;
  const Limits limits_;
  const Sealing sealing_;
  const std::shared_ptr<Shared> shared_;
  std::mutex mutex_;
  std::unordered_map<AccountId, std::weak_ptr<StoredAccount>> known_;
  Recent recent_;
  std::unordered_map<AccountId, Recent::iterator> places_;
  std::size_t next_sweep_ = 1024;
};

}  // namespace

std::unique_ptr<Accounts> Accounts::make(store::Store& store, const Clock& clock, const Limits& limits,
                                         Sealing sealing) {
  return std::make_unique<OpenAccounts>(store, clock, limits, sealing);
}

}  // namespace posthorn::mailbox
