#include "protocol/imap/commands/unselect.h"

namespace posthorn::imap::commands::unselect {

Result<Args> parse(Cursor& c) { return c.finish(Args{}); }

Result<std::unique_ptr<Execution>> run(Args /*args*/, State& state) {
  return once([&state](Responder& responder) {
    state.deselect();
    responder.ok("Unselected");
  });
}

}  // namespace posthorn::imap::commands::unselect
