#include "protocol/imap/commands/listrights.h"

#include <utility>

#include "protocol/imap/rights_text.h"

namespace posthorn::imap::commands::listrights {

Result<Args> parse(Cursor& c) {
  Args args;
  static_cast<void>(c.sp() && mailbox(c, args.name) && c.sp() && rights_identifier(c, args.identifier));
  return c.finish(std::move(args));
}

Result<std::unique_ptr<Execution>> run(Args args, State& state) {
  return once([args = std::move(args), &state](Responder& responder) {
    const auto grantable = state.mailboxes->grantable(args.name, args.identifier);
    if (!grantable) return responder.refuse(grantable.error());
    responder.raw("* LISTRIGHTS ").mailbox(args.name).raw(" ").string(args.identifier).raw(" ");
    responder.raw(grantable_words(*grantable)).end();
    responder.ok("Done");
  });
}

}  // namespace posthorn::imap::commands::listrights
