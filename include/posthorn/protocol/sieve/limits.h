// What a script may cost. Nothing that a script or a message says makes a run cost more.
#pragma once

#include <cstddef>
#include <cstdint>

namespace posthorn::sieve {

struct Limits {
  // Of a script
  std::size_t script = std::size_t{1} << 20U;  ///< octets
  std::size_t nesting = 32;     ///< blocks and tests inside each other (RFC 5228 section 2.10.5: at least 15)
  std::size_t errors = 20;      ///< diagnostics that one compilation gives
  std::size_t name = 64;        ///< octets of a variable's name (RFC 5229 section 6: at least 32)
  std::size_t variables = 256;  ///< variables of a script (RFC 5229 section 6: at least 128)

  // Of a run, with all scripts that it includes
  /// Commands, tests and their work: 4,096 octets read or compared (a text counts for 64 at least), 64 tries of a
  /// pattern. What the host is asked is 100 each time.
  std::uint64_t steps = 1'000'000;
  std::size_t memory = std::size_t{1} << 20U;  ///< octets that variables and texts made by the script hold
  std::size_t variable = 16'384;  ///< octets of a variable; longer values are cut (RFC 5229 section 6: 4,000)
  std::size_t actions = 32;       ///< (RFC 5228 section 2.10.5: at least one redirect and one other)
  std::size_t redirects = 4;
  std::size_t keywords = 256;        ///< flags that are none of the system, of one message
  std::size_t included = 255;        ///< scripts that one run includes (RFC 6609 section 3.1)
  std::size_t include_nesting = 10;  ///< scripts included inside each other
  std::size_t match_values = 100;    ///< ${1} to ${99} (RFC 5229 section 3.2: at least ${9})
  std::size_t fields = 10'000;       ///< fields of the message's header; further ones are not seen
  std::size_t field = 262'144;       ///< octets of a field; what is behind them is not seen
  std::size_t header = 65'536;       ///< octets of a field that editheader adds
};

}  // namespace posthorn::sieve
