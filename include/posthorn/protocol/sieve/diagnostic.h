// Where in a script something stands, and what is said about it.
#pragma once

#include <cstdint>
#include <string>

namespace posthorn::sieve {

/// A place in a script; both count from 1, columns in octets.
struct Place {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
  friend bool operator==(const Place&, const Place&) = default;
};

/// One thing that is wrong with a script, or doubtful; for people, in English.
struct Diagnostic {
  Place at;
  std::string text;
  friend bool operator==(const Diagnostic&, const Diagnostic&) = default;
};

}  // namespace posthorn::sieve
