#include "protocol/imap/commands/getacl.h"

#include <utility>

#include "protocol/imap/rights_text.h"

namespace posthorn::imap::commands::getacl {

Result<Args> parse(Cursor& c) {
  Args args;
  static_cast<void>(c.sp() && mailbox(c, args.name));
  return c.finish(std::move(args));
}

Result<std::unique_ptr<Execution>> run(Args args, State& state) {
  return once([args = std::move(args), &state](Responder& responder) {
    const auto acl = state.mailboxes->acl(args.name);
    if (!acl) return responder.refuse(acl.error());
    responder.raw("* ACL ").mailbox(args.name);
    for (const AclEntry& entry : *acl) {
      responder.raw(" ").string(entry.identifier).raw(" ").raw(rights_word(entry.rights));
    }
    responder.end();
    responder.ok("Done");
  });
}

}  // namespace posthorn::imap::commands::getacl
