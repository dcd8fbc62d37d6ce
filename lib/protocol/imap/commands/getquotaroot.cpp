#include "protocol/imap/commands/getquotaroot.h"

#include <utility>

#include "protocol/imap/quota_text.h"

namespace posthorn::imap::commands::getquotaroot {

Result<Args> parse(Cursor& c) {
  Args args;
  static_cast<void>(c.sp() && mailbox(c, args.name));
  return c.finish(std::move(args));
}

Result<std::unique_ptr<Execution>> run(Args args, State& state) {
  return once([args = std::move(args), &state](Responder& responder) {
    const auto roots = state.mailboxes->quota_roots(args.name);
    if (!roots) return responder.refuse(roots.error());
    responder.raw("* QUOTAROOT ").mailbox(args.name);
    for (const QuotaRoot& root : *roots) responder.raw(" ").string(root.name);
    responder.end();
    for (const QuotaRoot& root : *roots) write_quota(root, responder);
    responder.ok("Done");
  });
}

}  // namespace posthorn::imap::commands::getquotaroot
