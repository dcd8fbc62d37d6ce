#include "protocol/smtp/commands/rset.h"

#include "protocol/smtp/commands/arguments.h"

namespace posthorn::smtp::commands::rset {

Answer run(Cursor& arguments, const Facts&) { return alone(arguments, say(Said::done)); }

}  // namespace posthorn::smtp::commands::rset
