#include "protocol/imap/commands/close.h"

namespace posthorn::imap::commands::close {

Result<Args> parse(Cursor& c) { return c.finish(Args{}); }

Result<std::unique_ptr<Execution>> run(Args /*args*/, State& state) {
  return once([&state](Responder& responder) {
    if (!state.selected->read_only()) {
      const auto done = state.selected->expunge(nullptr);
      if (!done) return responder.refuse(done.error());
    }
    state.selected.reset();
    responder.ok("Closed");
  });
}

}  // namespace posthorn::imap::commands::close
