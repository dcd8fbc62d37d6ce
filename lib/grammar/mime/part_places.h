// Where the header, the body and the delimiters of a part stand in a message that may break every rule.
#pragma once

#include <cstddef>
#include <optional>

#include "posthorn/bytes/view.h"
#include "posthorn/grammar/mime/message.h"

namespace posthorn::mime {

/// What ends a header before a body that is put below it.
[[nodiscard]] View end_of_header(View header, View line_end);

[[nodiscard]] bool is_message(const Message& message, PartId part);

/// Above the first field: behind an mbox From line, and behind lines that would continue what is put before them.
[[nodiscard]] Offset header_top(const Message& message, PartId part);

/// Below the last field.
[[nodiscard]] Offset header_bottom(const Message& message, PartId part);

/// Where the delimiter line before a part begins.
[[nodiscard]] Offset delimiter_before(const Message& message, PartId part);

/// Where the delimiter line behind a part begins; nullopt where its multipart does not go on and is not closed.
[[nodiscard]] std::optional<Offset> delimiter_after(const Message& message, PartId part);

/// What has to stand behind a text that ends where a part ended.
[[nodiscard]] View behind(const Message& message, Offset end, View text, View line_end);

/// Whether what is put behind the last part of a multipart that nothing closes could be taken for something of another
/// one that is open there.
[[nodiscard]] bool is_open_to_others(const Message& message, PartId multipart);

}  // namespace posthorn::mime
