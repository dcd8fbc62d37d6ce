// The Sieve scripts that run for an account: files of the host around the owner's own.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/service/filtering/filtering.h"

#include "shared/settings.h"

namespace posthorn::servers {

/// What owners of mailboxes have written. Functions may be null: nobody has written anything.
struct PersonalScripts {
  std::function<Result<std::optional<filtering::Script>>(const directory::Account&)> active;
  std::function<Result<std::optional<filtering::Script>>(const directory::Account&, View name)> named;
};

/// Reads a file again when its time or size is another one; what cannot be read any more stays as it was. Of a
/// directory a file that is removed is a script that runs no more.
class HostScripts final : public filtering::Scripts {
 public:
  /// @lifetime `settings` outlives the object
  HostScripts(const Settings& settings, PersonalScripts personal)
      : settings_(settings), personal_(std::move(personal)) {}

  /// Whether the files that the settings name can be read and compile. @errors misuse, with what is wrong where
  Result<void> check();

  Result<std::vector<filtering::Script>> of(const directory::Account& account) override;
  Result<std::optional<filtering::Script>> included(const directory::Account& account, sieve::Location where,
                                                    View name) override;

 private:
  /// What it means that a file is not there.
  enum class Missing : std::uint8_t {
    stays,    ///< somebody named it: the last text of it counts
    is_none,  ///< nobody has to have one
  };

  /// nullopt: there is no such file.
  std::optional<filtering::Script> file(const std::string& path, Missing missing);
  void add(std::vector<filtering::Script>& scripts, const std::vector<std::string>& paths);
  void add_of_domain(std::vector<filtering::Script>& scripts, const directory::Account& account, View place);

  const Settings& settings_;
  const PersonalScripts personal_;
  std::mutex mutex_;
  std::map<std::string, filtering::Script> files_;  // by path; guarded by mutex_
};

/// What scripts may do, from settings. @lifetime `log` is called as long as the filter is there
[[nodiscard]] filtering::Options filter_options(const Settings& settings,
                                                std::function<void(View account, View what)> log);

}  // namespace posthorn::servers
