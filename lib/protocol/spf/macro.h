// The macro language of SPF records (RFC 7208 section 7).
#pragma once

#include <optional>
#include <string>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/view.h"
#include "posthorn/grammar/ip_address.h"

namespace posthorn::spf {

/// Where a macro-string stands.
enum class Place : std::uint8_t {
  target,       ///< names of domains, and modifiers that nobody knows
  explanation,  ///< the text that exp leads to: c, r, t and spaces too
};

/// Whether a text is a macro-string. Octets outside of visible ASCII are no part of one.
[[nodiscard]] bool is_macro_string(View text, Place place);
/// Whether a text is a domain-spec: a macro-string that ends in a macro, or in "." and a label (RFC 7208 section 7.1).
[[nodiscard]] bool is_domain_spec(View text);
/// Whether one of these letters, in lower case, is a macro of the text.
[[nodiscard]] bool uses_macro(View text, View letters);

/// What the letters stand for. @lifetime borrows
struct MacroValues {
  IpAddress client;
  View local_part;      ///< l; of s before the "@"
  View sender_domain;   ///< o; of s behind the "@"
  View domain;          ///< d
  View validated_name;  ///< p
  View helo;            ///< h
  View receiver;        ///< r
  WallTime now;         ///< t
};

/// @param text  a macro-string
[[nodiscard]] std::string expand(View text, const MacroValues& values);

/// The name to ask for: without final dot, in lower case, in the text form of the DNS; one that is too long loses
/// labels on the left (RFC 7208 section 7.3). nullopt: no name, because a label is empty or too long.
[[nodiscard]] std::optional<std::string> target_name(std::string expanded);

}  // namespace posthorn::spf
