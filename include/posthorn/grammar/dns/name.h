// Domain names as the DNS has them: labels on the wire, and the one text form that Posthorn keeps.
//
// The text form is in lower case and without the final dot; the root is the empty text. Octets that would be read as
// something else are escaped: "\." and "\\" and the other special ones by a backslash, what cannot be seen as "\DDD"
// (RFC 1035 section 5.1).
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"

namespace posthorn::dns::wire {

struct NameLimits {
  static constexpr std::size_t kLabelOctets = 63;  ///< RFC 1035 section 2.3.4
  static constexpr std::size_t kNameOctets = 255;  ///< on the wire, with the root's (RFC 1035 section 2.3.4)
  /// Pointers followed for one name: a name has at most 127 labels, so no honest writer needs more.
  static constexpr std::size_t kPointers = 127;
};

/// Reads the name that begins at `at` and moves `at` behind it. A pointer must lead to somewhere before the labels that
/// it ends, so there are no loops (RFC 1035 section 4.1.4).
/// @errors syntax (runs over the end, a pointer forward, a label type of no known kind), too_long, too_many (pointers)
[[nodiscard]] Result<std::string> decode_name(View message, std::size_t& at);

/// The wire form, uncompressed, of a name in text; a final dot is allowed.
/// @errors syntax (an empty label, a wrong escape), too_long (a label, the name)
[[nodiscard]] Result<std::string> encode_name(View text);

/// The text form of a name of letters, digits, "-" and "_", as those of hosts are; nullopt: it has other octets, or is
/// none. normal_name() takes all.
[[nodiscard]] std::optional<std::string> plain_name(View text);

/// The text form that decode_name gives: case, final dot and escapes put right. @errors those of encode_name
[[nodiscard]] Result<std::string> normal_name(View text);

/// The name without its first label: "mail.example.org" -> "example.org"; the root is its own parent.
/// @lifetime borrows `name`, which is in text form
[[nodiscard]] View parent(View name);

/// Whether `name` is `zone` or below it; both in text form. Everything is below the root.
[[nodiscard]] bool is_within(View name, View zone);

}  // namespace posthorn::dns::wire
