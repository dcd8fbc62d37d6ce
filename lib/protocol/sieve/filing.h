// What commands have in common that put a message into a mailbox, or a copy of what they send (RFC 8580).
#pragma once

#include "posthorn/bytes/view.h"
#include "posthorn/protocol/sieve/action.h"

#include "protocol/sieve/check.h"

namespace posthorn::sieve {

[[nodiscard]] bool is_mailbox_name(View name);

/// What says where an action files: itself, or the copy of what it sends, which is made if need be; null: it files
/// nothing.
[[nodiscard]] FileInto* filed(Action& action);

/// Of a tag about filing: where a message is sent, it stands beside ":fcc" only.
void check_filing_tag(Check& check, const TagRow& tag);

}  // namespace posthorn::sieve
