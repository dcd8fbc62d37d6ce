#include "protocol/pop3/commands/noop.h"

namespace posthorn::pop3::commands::noop_ {

Result<Args> parse(Cursor&) { return Args{}; }

Deed run(Args, const Facts&) { return Ok{"Nothing done"}; }

}  // namespace posthorn::pop3::commands::noop_
