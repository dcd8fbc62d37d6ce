// ENVELOPE: the header of a message as a parenthesised list (RFC 9051 section 7.5.2).
#pragma once

#include <optional>

#include "posthorn/bytes/view.h"
#include "posthorn/protocol/imap/responder.h"

namespace posthorn::imap {

/// @param header the fields of a message; the empty line may be missing
void write_envelope(Responder& out, View header);

/// A field body as nstring: unfolded, without NUL, which no string of IMAP can hold.
void write_field(Responder& out, std::optional<View> raw);

/// Any octets as string, without NUL.
void write_text(Responder& out, View text);

}  // namespace posthorn::imap
