#include "protocol/pop3/commands/utf8.h"

namespace posthorn::pop3::commands::utf8_ {

Result<Args> parse(Cursor&) { return Args{}; }

Deed run(Args, const Facts&) { return Ok{"UTF-8 it is"}; }

std::string capability(const Facts&) { return "UTF8 USER"; }

}  // namespace posthorn::pop3::commands::utf8_
