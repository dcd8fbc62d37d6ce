#include "protocol/smtp/commands/lhlo.h"

#include "protocol/smtp/commands/arguments.h"

namespace posthorn::smtp::commands::lhlo {

Answer run(Cursor& arguments, const Facts&) { return hello(arguments, true); }

}  // namespace posthorn::smtp::commands::lhlo
