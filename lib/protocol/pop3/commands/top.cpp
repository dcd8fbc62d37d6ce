#include "protocol/pop3/commands/top.h"

#include "protocol/pop3/commands/number.h"

namespace posthorn::pop3::commands::top_ {

Result<Args> parse(Cursor& c) {
  auto number = parse_number(c);
  if (!number) return fail(number.error());
  Args args{*number, 0};
  c.sp() && c.number(args.lines);
  return c.finish(args);
}

Deed run(Args args, const Facts& facts) {
  const auto index = facts.maildrop.find(args.number);
  if (!index) return no_message();
  return Sending{*index, args.lines};
}

std::string capability(const Facts&) { return "TOP"; }

}  // namespace posthorn::pop3::commands::top_
