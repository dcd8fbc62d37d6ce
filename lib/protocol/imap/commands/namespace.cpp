#include "protocol/imap/commands/namespace.h"

#include <string>
#include <vector>

namespace posthorn::imap::commands::namespace_ {

namespace {
void write(const std::vector<std::string>& prefixes, Responder& responder) {
  if (prefixes.empty()) {
    responder.raw("NIL");
    return;
  }
  responder.raw("(");
  for (const std::string& prefix : prefixes) {
    responder.raw("(").mailbox(prefix).raw(" \"").raw(View(&kDelimiter, 1)).raw("\")");
  }
  responder.raw(")");
}
}  // namespace

Result<Args> parse(Cursor& c) { return c.finish(Args{}); }

Result<std::unique_ptr<Execution>> run(Args /*args*/, State& state) {
  return once([&state](Responder& responder) {
    const Namespaces namespaces = state.mailboxes->namespaces();
    responder.raw("* NAMESPACE ");
    write(namespaces.personal, responder);
    responder.raw(" ");
    write(namespaces.other_users, responder);
    responder.raw(" ");
    write(namespaces.shared, responder);
    responder.end();
    responder.ok("Done");
  });
}

}  // namespace posthorn::imap::commands::namespace_
