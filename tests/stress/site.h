// What the clients share: the services, the books, and the stage of the run.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <mutex>
#include <string>
#include <vector>

#include "posthorn/service/roles/imap_role.h"

#include "stress/ledger.h"

namespace posthorn::stress {

inline constexpr View kLogin = "ann@example.org";
inline constexpr View kPassword = "secret";

/// What went wrong; safe to call from many threads.
class Problems {
 public:
  /// Prints the first ones. @param dialogue  what was said before
  void add(const std::string& who, const std::string& what, const std::string& dialogue = {});
  [[nodiscard]] std::size_t count() const { return count_.load(); }

 private:
  static constexpr std::size_t kPrinted = 12;
  static constexpr std::size_t kDialogues = 5;
  std::atomic<std::size_t> count_ = 0;
  std::mutex mutex_;
};

/// All clients go through these together; each waits for all.
enum class Phase : std::uint8_t {
  running,    ///< at random
  quiet,      ///< nothing is under way any more
  agreeing,   ///< NOOP, and whatever a client does not know
  comparing,  ///< with Stage::held
  idling,     ///< IDLE is accepted
  waking,     ///< the message that came meanwhile was told
  over,
};

struct Stage {
  std::atomic<Phase> phase = Phase::running;
  std::atomic<std::size_t> arrived = 0;                   ///< clients that are done with this phase
  std::array<std::vector<Held>, kMailboxes.size()> held;  ///< written before `comparing`
};

struct Site {
  const roles::Services& services;
  Ledger& ledger;
  Problems& problems;
  Stage& stage;
  bool faults = false;  ///< the store fails: NO and a lost connection are good answers
};

}  // namespace posthorn::stress
