#include "protocol/pop3/commands/pass.h"

namespace posthorn::pop3::commands::pass_ {

Result<Args> parse(Cursor& c) {
  View password;
  c.sp() && c.run(~CharSet(), password);
  Args args;
  args.password = Secret(password);
  return c.finish(std::move(args));
}

Deed run(Args args, const Facts& facts) {
  if (!facts.may_log_in()) return peer_error(Code::encryption_needed);
  return AskLogin{std::move(args.password)};
}

}  // namespace posthorn::pop3::commands::pass_
