// Which parts of a message a reader sees as its text, and which hang beside it (RFC 8621 section 4.1.4).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "posthorn/bytes/view.h"
#include "posthorn/grammar/mime/message.h"

namespace posthorn::mime {

/// The three flat lists that RFC 8621 section 4.1.4 makes of the tree. A part may stand in more than one.
struct Bodies {
  std::vector<PartId> text;         ///< shown one after another by who prefers text/plain; may hold HTML and pictures
  std::vector<PartId> html;         ///< shown one after another by who prefers text/html; may hold plain text, pictures
  std::vector<PartId> attachments;  ///< everything else that is no multipart
};

/// The algorithm of RFC 8621 section 4.1.4; a text that its code puts into no list is an attachment, as the RFC's words
/// have it. A multipart in which no part was found (no boundary, or
/// a limit) is taken for text/plain: so its reader sees what is there.
/// @param root  the message itself, or the one inside a message/rfc822 part; messages below it are leaves
[[nodiscard]] Bodies bodies_of(const Message& message, PartId root = PartId(0));

/// The kind of a Content-Disposition field in lower case; empty where there is none.
[[nodiscard]] std::string disposition_of(const Message& message, PartId part);

/// The name that the sender gave, in UTF-8 and otherwise as it came: the parameter filename of Content-Disposition or,
/// where that is missing, name of Content-Type (JMAP's "name"). Not safe to open a file with: see file_name().
[[nodiscard]] std::optional<std::string> given_name(const Message& message, PartId part);

}  // namespace posthorn::mime
