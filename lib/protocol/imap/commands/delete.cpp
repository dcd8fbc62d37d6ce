#include "protocol/imap/commands/delete.h"

#include <utility>

#include "protocol/imap/mailbox_names.h"
#include "protocol/imap/replies.h"

namespace posthorn::imap::commands::delete_ {

Result<Args> parse(Cursor& c) {
  Args args;
  static_cast<void>(c.sp() && mailbox(c, args.name));
  return c.finish(std::move(args));
}

Result<std::unique_ptr<Execution>> run(Args args, State& state) {
  return once([args = std::move(args), &state](Responder& responder) {
    const std::string name = canonical_name(args.name);
    if (name == "INBOX") return responder.finish(kInboxStays);
    const auto done = state.mailboxes->remove(name);
    if (!done && done.error().code == Code::conflict && done.error().lasting == Lasting::permanent) {
      return responder.finish(kHasChildren);
    }
    if (!done) return responder.refuse(done.error());
    if (state.selected && canonical_name(state.selected_name) == name) {
      // The client did it itself: its session goes on without the mailbox (RFC 2180 section 3.2).
      state.deselect();
      responder.untagged(Status::ok, "CLOSED", "The selected mailbox is gone");
    }
    responder.ok("Done");
  });
}

}  // namespace posthorn::imap::commands::delete_
