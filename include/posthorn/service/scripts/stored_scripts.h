// The Sieve scripts of an account, as rows of its partition (docs/formats/scripts.md).
//
// Scripts lie plain also where mail is sealed: they run when mail comes, and then nobody is there who could open them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/protocol/managesieve/scripts.h"
#include "posthorn/service/store/store.h"

namespace posthorn::scripts {

/// Room in an account; each has a test.
struct Limits {
  std::uint32_t scripts = 100;
  /// Of one script.
  std::uint64_t octets = 1U << 20U;
  /// Of all scripts of an account together.
  std::uint64_t all_octets = 10U << 20U;
};

/// Says whether octets are a script. Called where it may block; from one thread at a time for each StoredScripts.
using Check = std::function<managesieve::Verdict(View octets)>;

/// The script that runs when mail comes.
struct ActiveScript {
  std::string name;
  std::string octets;
  /// Another one for every other text that was active in this account: what was compiled of it may be kept by it.
  store::Revision revision;
};

/// One thread at a time; several objects for an account, also in several processes, see each other's changes.
class StoredScripts final : public managesieve::Scripts {
 public:
  /// @lifetime `store` outlives the object
  [[nodiscard]] static Result<std::unique_ptr<StoredScripts>> open(store::Store& store, store::AccountId account,
                                                                   Check check, const Limits& limits = {});
  /// For open().
  StoredScripts(std::unique_ptr<store::Partition> partition, Check check, const Limits& limits)
      : partition_(std::move(partition)), check_(std::move(check)), limits_(limits) {}

  [[nodiscard]] Result<std::vector<managesieve::ListedScript>> list() override;
  [[nodiscard]] Result<std::string> get(View name) override;
  [[nodiscard]] Result<managesieve::Verdict> put(View name, View octets) override;
  [[nodiscard]] Result<managesieve::Verdict> check(View octets) override;
  [[nodiscard]] Result<void> remove(View name) override;
  [[nodiscard]] Result<void> rename(View from, View to) override;
  [[nodiscard]] Result<void> activate(View name) override;
  [[nodiscard]] Result<void> have_space(View name, std::uint64_t octets) override;

  /// Nothing when no script is active.
  [[nodiscard]] Result<std::optional<ActiveScript>> active();

 private:
  struct State;

  Result<State> load() const;
  [[nodiscard]] Result<void> room_in(const State& state, View name, std::uint64_t octets) const;
  Result<void> change(
      const std::function<Result<void>(const State& state, std::string& active, store::Batch& batch)>& edit);

  std::unique_ptr<store::Partition> partition_;
  Check check_;
  Limits limits_;
};

}  // namespace posthorn::scripts
