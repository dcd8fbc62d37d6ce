#include "protocol/smtp/commands/noop.h"

namespace posthorn::smtp::commands::noop {

Answer run(Cursor&, const Facts&) { return say(Said::done); }

}  // namespace posthorn::smtp::commands::noop
