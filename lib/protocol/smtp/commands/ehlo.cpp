#include "protocol/smtp/commands/ehlo.h"

#include "protocol/smtp/commands/arguments.h"

namespace posthorn::smtp::commands::ehlo {

Answer run(Cursor& arguments, const Facts&) { return hello(arguments, true); }

}  // namespace posthorn::smtp::commands::ehlo
