// The one table from a failure to the words of IMAP (RFC 9051 section 7.1, RFC 5530).
#pragma once

#include "posthorn/bytes/error.h"
#include "posthorn/bytes/view.h"
#include "posthorn/protocol/imap/responder.h"

namespace posthorn::imap {

struct Reply {
  Status status;
  View code;  ///< without brackets; may be empty
  View text;
};

/// What a client is told of a failure. Never the note of the Error.
[[nodiscard]] Reply reply_to(const Error& error, Missing missing);

}  // namespace posthorn::imap
