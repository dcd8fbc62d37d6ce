// The items of STATUS, also for LIST RETURN (STATUS (...)) of RFC 5819.
#pragma once

#include <cstdint>

#include "posthorn/bytes/view.h"
#include "posthorn/grammar/cursor.h"
#include "posthorn/protocol/imap/mailboxes.h"
#include "posthorn/protocol/imap/responder.h"
#include "posthorn/protocol/imap/state.h"

namespace posthorn::imap::status_items {

/// A bit for each item.
using Items = std::uint16_t;

/// "(" status-att *(SP status-att) ")".
bool parse(Cursor& c, Items& out);
/// What asking for these items switches on: HIGHESTMODSEQ is a command that enables CONDSTORE (RFC 7162 section 3.1).
void enable(Items items, Enabled& enabled);
/// The STATUS response.
/// @param append_limit  octets of the largest message that may be appended
void write(View name, const MailboxStatus& status, std::uint64_t append_limit, Items items, Responder& responder);

}  // namespace posthorn::imap::status_items
