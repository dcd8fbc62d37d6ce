#include "protocol/managesieve/commands/logout.h"

namespace posthorn::managesieve::commands::logout_ {

Result<Args> parse(Cursor&) { return Args{}; }

Deed run(Args, const Facts&) { return Leave{}; }

}  // namespace posthorn::managesieve::commands::logout_
