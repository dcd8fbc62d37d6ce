// Whether a message may be answered by a machine (RFC 3834 section 2, RFC 5230 sections 4.5 and 4.6, features F13).
#pragma once

#include <span>
#include <string>

#include "posthorn/bytes/view.h"

namespace posthorn::filtering {

/// Whether somebody wrote the message who wants to read an answer: not a machine, a list or a bounce, and no spam.
/// @param sender  reverse-path without <>
[[nodiscard]] bool may_be_answered(View header, View sender);

/// Whether one of the addresses is among those that the message is written to; ASCII case is ignored.
[[nodiscard]] bool is_written_to(View header, std::span<const std::string> addresses);

}  // namespace posthorn::filtering
