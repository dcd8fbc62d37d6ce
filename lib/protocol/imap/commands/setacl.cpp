#include "protocol/imap/commands/setacl.h"

#include <utility>

#include "protocol/imap/rights_text.h"

namespace posthorn::imap::commands::setacl {

Result<Args> parse(Cursor& c) {
  Args args;
  static_cast<void>(c.sp() && mailbox(c, args.name) && c.sp() && rights_identifier(c, args.identifier) && c.sp() &&
                    changed_rights(c, args.change, args.rights));
  return c.finish(std::move(args));
}

Result<std::unique_ptr<Execution>> run(Args args, State& state) {
  return once([args = std::move(args), &state](Responder& responder) {
    const auto done = state.mailboxes->set_acl(args.name, args.identifier, args.change, args.rights);
    if (!done) return responder.refuse(done.error());
    responder.ok("Done");
  });
}

}  // namespace posthorn::imap::commands::setacl
