#include "protocol/pop3/commands/retr.h"

#include "protocol/pop3/commands/number.h"

namespace posthorn::pop3::commands::retr_ {

Result<Args> parse(Cursor& c) {
  return map(parse_number(c), [](auto number) { return Args{number}; });
}

Deed run(Args args, const Facts& facts) {
  const auto index = facts.maildrop.find(args.number);
  if (!index) return no_message();
  return Sending{*index, std::nullopt};
}

}  // namespace posthorn::pop3::commands::retr_
