// Words of special uses (RFC 6154 section 2).
#pragma once

#include "posthorn/bytes/view.h"
#include "posthorn/protocol/imap/mailboxes.h"

namespace posthorn::imap {

/// The use that a word without its backslash names; none for any other word.
[[nodiscard]] SpecialUse special_use(View word);
/// "\Sent"; empty for none.
[[nodiscard]] View word_of(SpecialUse use);

}  // namespace posthorn::imap
