// Octets that somebody else owns.
#pragma once

#include <string>
#include <string_view>

namespace posthorn {

/// Octets that somebody else owns; any value, no NUL at the end promised.
///
/// @lifetime a View inside an event lives until the next non-const call on the object that gave it
///           (docs/conventions.md); what is kept longer is copied by name with own().
using View = std::string_view;

/// Copies the octets of a view, for keeping longer than its owner promises.
[[nodiscard]] inline std::string own(View octets) { return std::string(octets); }

}  // namespace posthorn
