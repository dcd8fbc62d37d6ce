// What a client sees of a message that cannot be opened: in lists it has a line that says why and what to do.
#pragma once

#include <string>

#include "posthorn/bytes/error.h"
#include "posthorn/protocol/imap/mailboxes.h"

namespace posthorn::imap {

/// Whether reading failed because of this one message, sealed or damaged: the others of the mailbox can be read.
[[nodiscard]] constexpr bool is_unopened(Code code) { return code == Code::sealed || code == Code::corrupt; }

/// A small whole message in ASCII that stands for it: its internal date, a subject and a text that say what is wrong.
/// @param why  a code that is_unopened()
[[nodiscard]] std::string placeholder(Code why, const MessageFacts& facts);

}  // namespace posthorn::imap
