#include "protocol/imap/commands/create.h"

#include <utility>

#include "protocol/imap/replies.h"
#include "protocol/imap/special_use.h"

namespace posthorn::imap::commands::create {

Result<Args> parse(Cursor& c) {
  Args args;
  if (!(c.sp() && mailbox(c, args.name))) return c.finish(std::move(args));
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

Result<std::unique_ptr<Execution>> run(Args args, State& state) {
  return once([args = std::move(args), &state](Responder& responder) {
    const SpecialUse use = args.uses.empty() ? SpecialUse::none : args.uses.front();
    // All and Flagged would be views of other mailboxes, which this server does not make.
    const bool possible = args.uses.empty() || (args.uses.size() == 1 && use != SpecialUse::none &&
                                                use != SpecialUse::all && use != SpecialUse::flagged);
    if (!possible) return responder.finish(kBadUse);
    const auto done = state.mailboxes->create(args.name, use);
    if (!done) return responder.refuse(done.error());
    responder.ok("Done");
  });
}

}  // namespace posthorn::imap::commands::create
