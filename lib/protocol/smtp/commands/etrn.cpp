#include "protocol/smtp/commands/etrn.h"

namespace posthorn::smtp::commands::etrn {

Answer run(Cursor& arguments, const Facts& facts) {
  if (!is_offered("ETRN", facts)) return say(Said::not_offered);
  constexpr CharSet kName = chars::kAlnum + CharSet("-._");
  if (!arguments.sp()) return say(Said::bad_argument);
  Etrn event{.ticket = {}, .node = arguments.rest()};
  (void)(arguments.try_octet('@') || arguments.try_octet('#'));
  View name;
  if (!arguments.run(kName, name) || !arguments.end() || name.size() > posthorn::mail::kMaxDomain)
    return say(Said::bad_argument);
  return Event(std::move(event));
}

}  // namespace posthorn::smtp::commands::etrn
