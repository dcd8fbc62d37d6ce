// The syntax of names of header fields.
#pragma once

#include <algorithm>

#include "posthorn/bytes/view.h"

namespace posthorn::sieve {

/// 1*ftext (RFC 5322 section 3.6.8): printable ASCII without a colon.
[[nodiscard]] inline bool is_field_name(View name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) { return c > 32 && c < 127 && c != ':'; });
}

}  // namespace posthorn::sieve
