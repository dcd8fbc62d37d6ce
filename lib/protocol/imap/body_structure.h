// BODY and BODYSTRUCTURE: the tree of parts as a parenthesised list (RFC 9051 section 7.5.2).
#pragma once

#include <cstddef>
#include <vector>

#include "posthorn/bytes/buffer.h"
#include "posthorn/grammar/mime/message.h"
#include "posthorn/protocol/imap/responder.h"

namespace posthorn::imap {

/// How a tree is shown.
struct StructureForm {
  bool extensions = true;  ///< BODYSTRUCTURE, not BODY
  /// message/global is shown as message/rfc822 is, with what is inside (RFC 9051 section 9, "media-message"). Clients
  /// of IMAP4rev1 expect that of message/rfc822 only (RFC 3501 section 9).
  bool global = true;
};

void write_body_structure(Responder& out, const mime::Outline& message, StructureForm form);

/// Octets [begin, end) of a text.
struct Cut {
  std::size_t begin = 0;
  std::size_t end = 0;
};
/// BODYSTRUCTURE in memory, and what must be cut out of it to get BODY.
struct StructureText {
  Buffer text;
  std::vector<Cut> cuts;  ///< ascending
};
[[nodiscard]] StructureText structure_text(const mime::Outline& message, bool global);

}  // namespace posthorn::imap
