#include "protocol/imap/commands/close.h"

#include <string>

namespace posthorn::imap::commands::close {

Result<Args> parse(Cursor& c) { return c.finish(Args{}); }

Result<std::unique_ptr<Execution>> run(Args /*args*/, State& state) {
  return once([&state](Responder& responder) {
    if (!state.selected->read_only()) {
      const auto done = state.selected->expunge(nullptr);
      if (!done) return responder.refuse(done.error());
    }
    // What the client knows for sure: others may have changed more meanwhile (RFC 7162 section 3.2.8).
    const ModSeq known = state.selected->status().highest_modseq;
    state.deselect();
    if (state.enabled.qresync) {
      responder.finish(Status::ok, "HIGHESTMODSEQ " + std::to_string(known.value()), "Closed");
    } else {
      responder.ok("Closed");
    }
  });
}

}  // namespace posthorn::imap::commands::close
