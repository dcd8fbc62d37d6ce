#include "protocol/imap/commands/logout.h"

#include "protocol/imap/replies.h"

namespace posthorn::imap::commands::logout {

Result<Args> parse(Cursor& c) { return c.finish(Args{}); }

Result<std::unique_ptr<Execution>> run(Args /*args*/, State& state) {
  return once([&state](Responder& responder) {
    responder.untagged(kByeLogout.status, kByeLogout.code, kByeLogout.text);
    responder.ok("Logged out");
    state.request = Request::close;
  });
}

}  // namespace posthorn::imap::commands::logout
