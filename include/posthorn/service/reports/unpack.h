// Report attachments as senders pack them: .xml.gz, .json.gz, .zip, or not at all.
#pragma once

#include <cstddef>
#include <string>

#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"

namespace posthorn::reports {

/// Octets of a report that are read; a report of a day of a large host has a few million.
inline constexpr std::size_t kMaxReport = 64U << 20U;

/// The report in an attachment. What is in it tells how it is packed, not its name: gzip, a zip archive (its first file
/// counts), or else the octets themselves.
/// @errors syntax (a broken archive, one without a file, or encrypted), too_long (`most`)
[[nodiscard]] Result<std::string> unpack(View attachment, std::size_t most = kMaxReport);

}  // namespace posthorn::reports
