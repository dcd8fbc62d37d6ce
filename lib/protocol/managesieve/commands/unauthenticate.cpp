#include "protocol/managesieve/commands/unauthenticate.h"

namespace posthorn::managesieve::commands::unauthenticate_ {

Result<Args> parse(Cursor&) { return Args{}; }

Deed run(Args, const Facts&) { return Forget{}; }

}  // namespace posthorn::managesieve::commands::unauthenticate_
