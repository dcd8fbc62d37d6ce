#include "protocol/imap/commands/check.h"

namespace posthorn::imap::commands::check {

Result<Args> parse(Cursor& c) { return c.finish(Args{}); }

Result<std::unique_ptr<Execution>> run(Args /*args*/, State& /*state*/) {
  return once([](Responder& responder) { responder.ok("Done"); });
}

}  // namespace posthorn::imap::commands::check
