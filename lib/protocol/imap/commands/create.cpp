#include "protocol/imap/commands/create.h"

#include <utility>

#include "protocol/imap/mailbox_names.h"
#include "protocol/imap/replies.h"
#include "protocol/imap/special_use.h"

namespace posthorn::imap::commands::create {

Result<Args> parse(Cursor& c) {
  Args args;
  if (!(c.sp() && mailbox(c, args.asked))) return c.finish(std::move(args));
  args.name = canonical_name(args.asked);
  // A delimiter at the end says that names below it will follow; it is not part of the name.
  if (args.name.size() > 1 && args.name.back() == kDelimiter) args.name.pop_back();
  if (c.try_sp() && c.octet('(') && c.word("USE") && c.sp() && c.octet('(')) {
    while (c.ok() && !c.try_octet(')')) {
      View word;
      if (!((args.uses.empty() || c.sp()) && c.octet('\\') && atom(c, word))) break;
      args.uses.push_back(special_use(word));
      if (args.uses.size() > 8) c.fail(Code::too_many, "special uses");
    }
    c.octet(')');
  }
  return c.finish(std::move(args));
}

namespace {
// A use that this mailbox cannot have, because another one has it, is told by the code of RFC 6154 section 3.
bool is_about_use(const Error& error, SpecialUse use) {
  return use != SpecialUse::none && error.lasting == Lasting::permanent &&
         (error.code == Code::conflict || error.code == Code::unsupported);
}

std::string mailbox_id(Mailboxes& mailboxes, View name) {
  const auto status = mailboxes.status(name);
  return status && !status->mailbox_id.empty() ? "MAILBOXID (" + status->mailbox_id + ")" : std::string();
}
}  // namespace

Result<std::unique_ptr<Execution>> run(Args args, State& state) {
  return once([args = std::move(args), &state](Responder& responder) {
    const SpecialUse use = args.uses.empty() ? SpecialUse::none : args.uses.front();
    // All and Flagged would be views of other mailboxes, which this server does not make.
    const bool possible = args.uses.empty() || (args.uses.size() == 1 && use != SpecialUse::none &&
                                                use != SpecialUse::all && use != SpecialUse::flagged);
    if (!possible) return responder.finish(kBadUse);
    if (!has_namespace(args.name, state.mailboxes->namespaces())) return responder.finish(kBadName);
    const auto done = state.mailboxes->create(args.name, use);
    if (!done && is_about_use(done.error(), use)) return responder.finish(kBadUse);
    if (!done) return refuse_name(done.error(), responder);
    if (state.enabled.rev2 && args.asked != args.name) write_old_name(args.name, args.asked, responder);
    responder.finish(Status::ok, mailbox_id(*state.mailboxes, args.name), "Done");
  });
}

}  // namespace posthorn::imap::commands::create
