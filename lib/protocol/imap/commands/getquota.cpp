#include "protocol/imap/commands/getquota.h"

#include <utility>

#include "protocol/imap/quota_text.h"

namespace posthorn::imap::commands::getquota {

Result<Args> parse(Cursor& c) {
  Args args;
  static_cast<void>(c.sp() && astring(c, args.root));
  return c.finish(std::move(args));
}

Result<std::unique_ptr<Execution>> run(Args args, State& state) {
  return once([args = std::move(args), &state](Responder& responder) {
    const auto root = state.mailboxes->quota(args.root);
    if (!root) return responder.refuse(root.error());
    write_quota(*root, responder);
    responder.ok("Done");
  });
}

}  // namespace posthorn::imap::commands::getquota
