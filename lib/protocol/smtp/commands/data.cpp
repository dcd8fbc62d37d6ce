#include "protocol/smtp/commands/data.h"

#include "protocol/smtp/commands/arguments.h"

namespace posthorn::smtp::commands::data {

Answer run(Cursor& arguments, const Facts& facts) {
  if (facts.state.announced.binary)
    return say(Said::bad_sequence);                 // such content goes by BDAT only (RFC 3030 section 3)
  const bool nobody = facts.state.recipients == 0;  // pipelined behind recipients that were all refused (RFC 2920 3.1)
  return alone(arguments, say(nobody ? Said::no_recipients : Said::send_content));
}

}  // namespace posthorn::smtp::commands::data
