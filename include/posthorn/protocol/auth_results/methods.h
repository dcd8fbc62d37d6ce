// The methods that are registered for Authentication-Results, one row each (RFC 8601 section 2.7, RFC 7489, RFC 8617).
#pragma once

#include <array>
#include <cstddef>

#include "posthorn/bytes/view.h"
#include "posthorn/grammar/char_set.h"

namespace posthorn::auth_results {

/// Words with spaces between them.
struct Method {
  View name;
  View results;
  View properties;  ///< with their types
};

inline constexpr std::array<Method, 6> kMethods = {{
    {"arc", "none pass fail", "smtp.remote-ip header.oldest-pass"},  // RFC 8617 section 10.2
    {"auth", "none pass fail temperror permerror", "smtp.auth smtp.mailfrom"},
    {"dkim", "none pass fail policy neutral temperror permerror", "header.d header.i header.b header.a header.s"},
    {"dmarc", "none pass fail temperror permerror", "header.from"},
    {"iprev", "pass fail temperror permerror", "policy.iprev"},
    {"spf", "none pass fail softfail policy neutral temperror permerror", "smtp.mailfrom smtp.helo"},
}};

/// Whether `word` is one of `words`, case ignored.
[[nodiscard]] constexpr bool has_word(View words, View word) {
  while (!words.empty()) {
    const std::size_t space = words.find(' ');
    if (same_word(words.substr(0, space), word)) return true;
    words.remove_prefix(space == View::npos ? words.size() : space + 1);
  }
  return false;
}

/// The row of a method, case ignored; null for one that is not registered.
[[nodiscard]] constexpr const Method* find_method(View name) {
  for (const Method& method : kMethods) {
    if (same_word(method.name, name)) return &method;
  }
  return nullptr;
}

}  // namespace posthorn::auth_results
