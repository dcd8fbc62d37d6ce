#include "protocol/imap/commands/rename.h"

#include <utility>

#include "protocol/imap/mailbox_names.h"
#include "protocol/imap/replies.h"

namespace posthorn::imap::commands::rename {

Result<Args> parse(Cursor& c) {
  Args args;
  static_cast<void>(c.sp() && mailbox(c, args.from) && c.sp() && mailbox(c, args.to));
  args.from = canonical_name(args.from);
  args.to = canonical_name(args.to);
  if (args.to.size() > 1 && args.to.back() == kDelimiter) args.to.pop_back();
  return c.finish(std::move(args));
}

namespace {
// The selected mailbox stays selected under its new name. What was in INBOX left it, INBOX itself did not.
void follow(const Args& args, State& state) {
  const std::string name = canonical_name(state.selected_name);
  if (!state.selected || args.from == "INBOX") return;
  if (name == args.from || is_below(name, args.from)) state.selected_name = args.to + name.substr(args.from.size());
}
}  // namespace

Result<std::unique_ptr<Execution>> run(Args args, State& state) {
  return once([args = std::move(args), &state](Responder& responder) {
    if (!has_namespace(args.to, state.mailboxes->namespaces())) return responder.finish(kBadName);
    if (args.from != "INBOX" && is_below(args.to, args.from)) return responder.finish(kBelowItself);
    const auto done = state.mailboxes->rename(args.from, args.to);
    if (!done) return refuse_name(done.error(), responder);
    follow(args, state);
    if (state.enabled.rev2 && args.from != "INBOX") write_old_name(args.to, args.from, responder);
    responder.ok("Done");
  });
}

}  // namespace posthorn::imap::commands::rename
