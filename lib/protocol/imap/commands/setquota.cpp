#include "protocol/imap/commands/setquota.h"

#include <utility>

namespace posthorn::imap::commands::setquota {

Result<Args> parse(Cursor& c) {
  Args args;
  static_cast<void>(c.sp() && astring(c, args.root) && c.sp() && quota_limits(c, args.limits));
  return c.finish(std::move(args));
}

Result<std::unique_ptr<Execution>> run(Args args, State& state) {
  return once([args = std::move(args), &state](Responder& responder) {
    Reply refusal{};
    const auto limits = known_limits(args.limits, refusal);
    if (!limits) return responder.finish(refusal);
    const auto root = state.mailboxes->set_quota(args.root, *limits);
    if (!root) return responder.refuse(root.error());
    write_quota(*root, responder);
    responder.ok("Done");
  });
}

}  // namespace posthorn::imap::commands::setquota
