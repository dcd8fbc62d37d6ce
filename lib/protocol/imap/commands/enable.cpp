#include "protocol/imap/commands/enable.h"

namespace posthorn::imap::commands::enable {

Result<Args> parse(Cursor& c) {
  do {
    View word;
    static_cast<void>(c.sp() && atom(c, word));
  } while (c.ok() && !c.at_end());
  return c.finish(Args{});
}

Result<std::unique_ptr<Execution>> run(Args /*args*/, State& /*state*/) {
  return once([](Responder& responder) {
    responder.untagged("ENABLED");
    responder.ok("Done");
  });
}

}  // namespace posthorn::imap::commands::enable
