#include "protocol/smtp/commands/quit.h"

#include "protocol/smtp/commands/arguments.h"

namespace posthorn::smtp::commands::quit {

Answer run(Cursor& arguments, const Facts&) { return alone(arguments, say(Said::goodbye)); }

}  // namespace posthorn::smtp::commands::quit
