#include "protocol/imap/commands/rename.h"

#include <utility>

namespace posthorn::imap::commands::rename {

Result<Args> parse(Cursor& c) {
  Args args;
  static_cast<void>(c.sp() && mailbox(c, args.from) && c.sp() && mailbox(c, args.to));
  return c.finish(std::move(args));
}

Result<std::unique_ptr<Execution>> run(Args args, State& state) {
  return once([args = std::move(args), &state](Responder& responder) {
    const auto done = state.mailboxes->rename(args.from, args.to);
    if (!done) return responder.refuse(done.error());
    responder.ok("Done");
  });
}

}  // namespace posthorn::imap::commands::rename
