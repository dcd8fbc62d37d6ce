#include "protocol/pop3/commands/number.h"

namespace posthorn::pop3::commands {

Result<std::uint32_t> parse_number(Cursor& c) {
  std::uint32_t number = 0;
  c.sp() && c.number(number);
  return c.finish(number);
}

Result<std::optional<std::uint32_t>> parse_optional_number(Cursor& c) {
  if (c.at_end()) return std::optional<std::uint32_t>();
  return map(parse_number(c), [](std::uint32_t number) { return std::optional(number); });
}

}  // namespace posthorn::pop3::commands
