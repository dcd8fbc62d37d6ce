// Texts that are put into a header as they are.
#pragma once

#include "posthorn/bytes/view.h"

namespace posthorn::mime {

/// Whether a field body may stand in a header: each line after the first continues it and has something on it; no
/// controls but tabs and the CRLF between lines.
[[nodiscard]] bool is_folded(View body);

/// Whether a text is nothing but such fields, each with CRLF. None begins with "--": it could be taken for a delimiter.
[[nodiscard]] bool are_fields(View text);

}  // namespace posthorn::mime
