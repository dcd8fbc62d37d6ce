#include "protocol/smtp/commands/help.h"

namespace posthorn::smtp::commands::help {

Answer run(Cursor&, const Facts&) { return say(Said::commands); }

}  // namespace posthorn::smtp::commands::help
