#include "protocol/imap/commands/subscribe.h"

#include <utility>

#include "protocol/imap/mailbox_names.h"

namespace posthorn::imap::commands::subscribe {

Result<Args> parse(Cursor& c) {
  Args args;
  static_cast<void>(c.sp() && mailbox(c, args.name));
  return c.finish(std::move(args));
}

Result<std::unique_ptr<Execution>> run(Args args, State& state) {
  return once([args = std::move(args), &state](Responder& responder) {
    const auto done = state.mailboxes->subscribe(args.name);
    if (!done) return refuse_name(done.error(), responder);
    responder.ok("Done");
  });
}

}  // namespace posthorn::imap::commands::subscribe
