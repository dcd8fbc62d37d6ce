#include "protocol/smtp/commands/helo.h"

#include "protocol/smtp/commands/arguments.h"

namespace posthorn::smtp::commands::helo {

Answer run(Cursor& arguments, const Facts&) { return hello(arguments, false); }

}  // namespace posthorn::smtp::commands::helo
