// BODY and BODYSTRUCTURE: the tree of a message as a parenthesised list (RFC 9051 section 7.5.2).
#pragma once

#include "posthorn/grammar/mime/message.h"
#include "posthorn/protocol/imap/responder.h"

namespace posthorn::imap {

/// @param extensions with extension data: BODYSTRUCTURE; without: BODY
void write_body_structure(Responder& out, const mime::Outline& message, bool extensions);

}  // namespace posthorn::imap
