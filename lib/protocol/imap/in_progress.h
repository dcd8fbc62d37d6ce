// Tells the client now and then how far a long command has come (RFC 9585).
#pragma once

#include <cstdint>
#include <optional>

#include "posthorn/bytes/clock.h"
#include "posthorn/protocol/imap/responder.h"
#include "posthorn/protocol/imap/state.h"

namespace posthorn::imap {

/// Between two of its lines (section 4: not too often).
inline constexpr Duration kInProgressEvery = std::chrono::seconds(10);

/// One for a command that runs; its steps call tell() between two responses, never inside of one.
class InProgress {
 public:
  /// "* OK [INPROGRESS ("tag" done goal)] ...", when kInProgressEvery went by since the first call or the last line.
  /// @param goal  0: nobody knows
  void tell(const State& state, std::uint64_t done, std::uint64_t goal, Responder& responder);

 private:
  std::optional<TimePoint> last_;
};

}  // namespace posthorn::imap
