// The items of STATUS, also for LIST RETURN (STATUS (...)) of RFC 5819.
#pragma once

#include <cstdint>

#include "posthorn/bytes/view.h"
#include "posthorn/grammar/cursor.h"
#include "posthorn/protocol/imap/mailboxes.h"
#include "posthorn/protocol/imap/responder.h"

namespace posthorn::imap::status_items {

/// A bit for each item.
using Items = std::uint16_t;

/// "(" status-att *(SP status-att) ")".
bool parse(Cursor& c, Items& out);
/// The STATUS response.
void write(View name, const MailboxStatus& status, Items items, Responder& responder);

}  // namespace posthorn::imap::status_items
