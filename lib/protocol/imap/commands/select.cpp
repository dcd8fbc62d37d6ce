#include "protocol/imap/commands/select.h"

#include <utility>

namespace posthorn::imap::commands::select {

Result<Args> parse(Cursor& c) {
  Args args;
  static_cast<void>(c.sp() && mailbox(c, args.name));
  return c.finish(std::move(args));
}

namespace {
void describe(SelectedMailbox& view, Responder& responder) {
  std::string known = "\\Answered \\Flagged \\Deleted \\Seen \\Draft";
  for (const std::string& keyword : view.keywords()) known += ' ' + keyword;
  const MailboxStatus status = view.status();
  responder.untagged("FLAGS (" + known + ")");
  responder.raw("* ").number(view.exists()).raw(" EXISTS").end();
  responder.untagged("0 RECENT");
  for (std::uint32_t n = 1; status.unseen > 0 && n <= view.exists(); ++n) {
    if (view.facts(SeqNum(n)).flags.has(SystemFlag::seen)) continue;
    responder.untagged(Status::ok, "UNSEEN " + std::to_string(n), "The first unseen message");
    break;
  }
  responder.untagged(Status::ok, "UIDVALIDITY " + std::to_string(status.uid_validity.value()), "UIDs are valid");
  responder.untagged(Status::ok, "UIDNEXT " + std::to_string(status.uid_next.value()), "The next UID");
  responder.untagged(Status::ok, view.read_only() ? "PERMANENTFLAGS ()" : "PERMANENTFLAGS (" + known + " \\*)",
                     "What can be kept");
}
}  // namespace

std::unique_ptr<Execution> open(std::string name, bool read_only, State& state) {
  return once([name = std::move(name), read_only, &state](Responder& responder) {
    // Even when this fails, the old mailbox is not selected any more (RFC 9051 section 6.3.2).
    state.selected.reset();
    auto view = state.mailboxes->select(name, read_only);
    if (!view) return responder.refuse(view.error());
    state.selected = std::move(*view);
    state.selected_name = name;
    describe(*state.selected, responder);
    responder.finish(Status::ok, state.selected->read_only() ? "READ-ONLY" : "READ-WRITE", "Selected");
  });
}

Result<std::unique_ptr<Execution>> run(Args args, State& state) { return open(std::move(args.name), false, state); }

}  // namespace posthorn::imap::commands::select
