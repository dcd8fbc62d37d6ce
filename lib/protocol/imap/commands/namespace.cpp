#include "protocol/imap/commands/namespace.h"

namespace posthorn::imap::commands::namespace_ {

Result<Args> parse(Cursor& c) { return c.finish(Args{}); }

Result<std::unique_ptr<Execution>> run(Args /*args*/, State& /*state*/) {
  return once([](Responder& responder) {
    responder.raw("* NAMESPACE ((\"\" \"").raw(View(&kDelimiter, 1)).raw("\")) NIL NIL").end();
    responder.ok("Done");
  });
}

}  // namespace posthorn::imap::commands::namespace_
