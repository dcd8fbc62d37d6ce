#include "protocol/pop3/commands/quit.h"

namespace posthorn::pop3::commands::quit_ {

Result<Args> parse(Cursor&) { return Args{}; }

Deed run(Args, const Facts&) { return Leave{}; }

}  // namespace posthorn::pop3::commands::quit_
