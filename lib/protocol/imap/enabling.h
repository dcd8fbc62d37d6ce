// What commands other than ENABLE switch on by being used.
#pragma once

#include "posthorn/protocol/imap/responder.h"
#include "posthorn/protocol/imap/state.h"

namespace posthorn::imap {

/// The client has used a command that enables CONDSTORE (RFC 7162 section 3.1). The first time, HIGHESTMODSEQ of the
/// selected mailbox is told.
void enable_condstore(State& state, Responder& responder);

}  // namespace posthorn::imap
