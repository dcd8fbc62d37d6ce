#include "protocol/smtp/commands/expn.h"

namespace posthorn::smtp::commands::expn {

Answer run(Cursor&, const Facts&) { return say(Said::not_offered); }

}  // namespace posthorn::smtp::commands::expn
