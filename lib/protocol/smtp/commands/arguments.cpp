#include "protocol/smtp/commands/arguments.h"

namespace posthorn::smtp::commands {

Answer hello(Cursor& arguments, bool extended) {
  View name;
  constexpr CharSet kName = chars::kVisible + chars::kEightBit;
  if (!arguments.sp() || !arguments.run(kName, name) || !arguments.end() || name.size() > posthorn::mail::kMaxDomain) {
    return say(Said::bad_argument);
  }
  return Event(Hello{Ticket(), name, extended});
}

Answer alone(Cursor& arguments, Answer well) {
  if (!arguments.at_end()) return say(Said::bad_argument);
  return well;
}

}  // namespace posthorn::smtp::commands
