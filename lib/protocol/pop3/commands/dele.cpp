#include "protocol/pop3/commands/dele.h"

#include "protocol/pop3/commands/number.h"

namespace posthorn::pop3::commands::dele_ {

Result<Args> parse(Cursor& c) {
  return map(parse_number(c), [](auto number) { return Args{number}; });
}

Deed run(Args args, const Facts& facts) {
  const auto index = facts.maildrop.find(args.number);
  if (!index) return no_message();
  facts.maildrop.mark(*index);
  return Ok{"Message " + std::to_string(args.number) + " is marked"};
}

}  // namespace posthorn::pop3::commands::dele_
