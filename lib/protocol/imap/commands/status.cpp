#include "protocol/imap/commands/status.h"

#include <utility>

namespace posthorn::imap::commands::status {

Result<Args> parse(Cursor& c) {
  Args args;
  static_cast<void>(c.sp() && mailbox(c, args.name) && c.sp() && status_items::parse(c, args.items));
  return c.finish(std::move(args));
}

Result<std::unique_ptr<Execution>> run(Args args, State& state) {
  return once([args = std::move(args), &state](Responder& responder) {
    const auto status = state.mailboxes->status(args.name);
    if (!status) return responder.refuse(status.error());
    status_items::enable(args.items, state.enabled);
    status_items::write(args.name, *status, state.append_limit(), args.items, responder);
    responder.ok("Done");
  });
}

}  // namespace posthorn::imap::commands::status
