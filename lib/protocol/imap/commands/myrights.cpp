#include "protocol/imap/commands/myrights.h"

#include <utility>

#include "protocol/imap/rights_text.h"

namespace posthorn::imap::commands::myrights {

Result<Args> parse(Cursor& c) {
  Args args;
  static_cast<void>(c.sp() && mailbox(c, args.name));
  return c.finish(std::move(args));
}

Result<std::unique_ptr<Execution>> run(Args args, State& state) {
  return once([args = std::move(args), &state](Responder& responder) {
    const auto rights = state.mailboxes->my_rights(args.name);
    if (!rights) return responder.refuse(rights.error());
    // Who has no right at all must not learn that there is a mailbox (RFC 4314 section 6).
    if (rights->empty()) return responder.refuse(peer_error(Code::not_found));
    write_my_rights(args.name, *rights, responder);
    responder.ok("Done");
  });
}

}  // namespace posthorn::imap::commands::myrights
