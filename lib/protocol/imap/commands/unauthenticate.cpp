#include "protocol/imap/commands/unauthenticate.h"

namespace posthorn::imap::commands::unauthenticate {

Result<Args> parse(Cursor& c) { return c.finish(Args{}); }

Result<std::unique_ptr<Execution>> run(Args /*args*/, State& state) {
  return once([&state](Responder& responder) {
    state.deselect();  // before its mailboxes
    state.mailboxes.reset();
    state.watcher.reset();
    state.enabled = {};  // what was enabled is not any more (RFC 8437 section 3)
    responder.set_enabled({});
    responder.ok("Nobody is logged in");
  });
}

}  // namespace posthorn::imap::commands::unauthenticate
