#include "protocol/imap/enabling.h"

namespace posthorn::imap {

void enable_condstore(State& state, Responder& responder) {
  if (state.enabled.condstore) return;
  state.enabled.condstore = true;
  responder.set_enabled(state.enabled);
  if (state.selected == nullptr) return;
  responder.untagged(Status::ok, "HIGHESTMODSEQ " + std::to_string(state.selected->status().highest_modseq.value()),
                     "The highest so far");
}

}  // namespace posthorn::imap
