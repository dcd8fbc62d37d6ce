// Addresses of fields and of the envelope, and their parts (RFC 5228 section 2.7.4).
#pragma once

#include <optional>
#include <string>

#include "posthorn/bytes/view.h"

#include "protocol/sieve/match.h"

namespace posthorn::sieve {

/// Gives the wanted parts of all addresses in a field to the match. @returns whether one fits
[[nodiscard]] bool match_addresses(Match& match, View field_body);
/// The same of one address without brackets; empty: the null sender.
[[nodiscard]] bool match_address(Match& match, View address);

/// ":all", the default.
[[nodiscard]] std::optional<std::string> whole_address(Run& run, View local_part, View domain);

/// Whether a field is one that holds addresses: those of RFC 5322, and others that are not known to hold something
/// else.
[[nodiscard]] bool holds_addresses(View field_name);

}  // namespace posthorn::sieve
