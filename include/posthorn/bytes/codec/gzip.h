// gzip (RFC 1952) for whole texts: what reports travel in.
#pragma once

#include <cstddef>
#include <string>

#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"

namespace posthorn::codec {

/// One member without name and time: equal texts give equal octets.
[[nodiscard]] std::string gzip(View text);

/// All members, put together.
/// @param most  octets of text at most
/// @errors syntax (no gzip, a wrong checksum, octets behind it, its end is missing), too_long (`most`)
[[nodiscard]] Result<std::string> gunzip(View octets, std::size_t most);

}  // namespace posthorn::codec
