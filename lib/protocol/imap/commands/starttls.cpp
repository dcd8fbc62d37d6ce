#include "protocol/imap/commands/starttls.h"

#include "protocol/imap/replies.h"

namespace posthorn::imap::commands::starttls {

Result<Args> parse(Cursor& c) { return c.finish(Args{}); }

Result<std::unique_ptr<Execution>> run(Args /*args*/, State& state) {
  return once([&state](Responder& responder) {
    if (!state.starttls) return responder.finish(kNoTlsHere);
    responder.ok("Begin TLS now");
    state.request = Request::upgrade;
  });
}

}  // namespace posthorn::imap::commands::starttls
