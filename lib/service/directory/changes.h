// How the directory is changed: one batch under expectations, built again until nobody was faster.
#pragma once

#include <functional>
#include <mutex>

#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"
#include "posthorn/service/directory/directory.h"
#include "posthorn/service/store/store.h"

#include "service/directory/cache.h"

namespace posthorn::directory {

/// Safe to call from many threads.
class Changes {
 public:
  /// @lifetime both outlive this object
  Changes(store::Partition& rows, Cache& cache) : rows_(rows), cache_(cache) {}

  /// Builds and commits a batch until nobody was faster; an empty one is done already. `build` reads what it expects.
  /// @errors those of `build` and of the store; unavailable when others win all the time
  Result<void> change(const std::function<Result<store::Batch>()>& build);
  /// Changes the row of a domain; `edit` gets it as it stands, again when somebody was faster.
  /// @errors syntax (no name), not_found, those of `edit` and of change()
  Result<void> change_domain(View domain, const std::function<Result<void>(Domain&)>& edit);

 private:
  store::Partition& rows_;
  Cache& cache_;
  std::mutex changing_;  ///< our own changes wait for each other instead of conflicting
};

}  // namespace posthorn::directory
