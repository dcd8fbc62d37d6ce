#include "protocol/pop3/commands/user.h"

namespace posthorn::pop3::commands::user_ {

Result<Args> parse(Cursor& c) {
  Args args;
  View user;
  c.sp() && c.run(~chars::kCtl, user);
  args.user = own(user);
  return c.finish(std::move(args));
}

Deed run(Args args, const Facts& facts) {
  if (!facts.may_log_in()) return peer_error(Code::encryption_needed);
  return Named{std::move(args.user)};
}

std::string capability(const Facts& facts) { return facts.may_log_in() ? "USER" : ""; }

}  // namespace posthorn::pop3::commands::user_
