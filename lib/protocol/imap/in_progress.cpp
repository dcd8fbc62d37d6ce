#include "protocol/imap/in_progress.h"

#include <string>

namespace posthorn::imap {

void InProgress::tell(const State& state, std::uint64_t done, std::uint64_t goal, Responder& responder) {
  if (!last_) last_ = state.now;
  if (state.now - *last_ < kInProgressEvery) return;
  last_ = state.now;
  const std::string tag = state.tag.empty() ? "NIL" : '"' + state.tag + '"';
  const std::string end = goal == 0 ? "NIL" : std::to_string(goal);
  responder.untagged(Status::ok, "INPROGRESS (" + tag + ' ' + std::to_string(done) + ' ' + end + ')', "Still at it");
}

}  // namespace posthorn::imap
