// The tree of a message in a few octets for each part, without any header fields.
#pragma once

#include <string>

#include "posthorn/grammar/mime/message.h"

namespace posthorn::mime {

/// As Outline::pack() with no fields kept: where the parts are and of which types. Outline::unpack() reads it.
[[nodiscard]] std::string pack_tree(const Outline& outline);

}  // namespace posthorn::mime
