#include "protocol/smtp/commands/vrfy.h"

namespace posthorn::smtp::commands::vrfy {

Answer run(Cursor& arguments, const Facts&) {
  if (!arguments.sp() || arguments.at_end()) return say(Said::bad_argument);
  return say(Said::cannot_verify);
}

}  // namespace posthorn::smtp::commands::vrfy
