// A delivery report in words.
#pragma once

#include <string>

#include "posthorn/grammar/mime/delivery_status.h"

namespace posthorn::mime {

/// English, in lines of at most 72 characters where words allow: what became of the message for whom, why, and what to
/// do about it.
[[nodiscard]] std::string delivery_notice(const DeliveryStatus& status);

}  // namespace posthorn::mime
