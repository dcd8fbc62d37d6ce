// How much one SPF evaluation may cost (RFC 7208 sections 4.6.4, 11.1).
#pragma once

#include <cstddef>

namespace posthorn::spf {

struct Limits {
  /// Terms that ask the DNS: include, a, mx, ptr, exists, redirect. RFC 7208 section 4.6.4: 10, over it permerror.
  std::size_t lookups = 10;
  /// Answers without records to a, mx, exists, and to ptr where the client has no name. RFC 7208 section 4.6.4: 2
  /// (recommended), over it permerror. Addresses of the client's names do not count, nor does the text of exp.
  std::size_t void_lookups = 2;
  std::size_t mx_names = 10;   ///< MX records of one mx. RFC 7208 section 4.6.4: 10, over it permerror
  std::size_t ptr_names = 10;  ///< PTR records of the client. RFC 7208 section 4.6.4: 10, the others are not looked at
  /// Records inside one another, by include and redirect; over it permerror. The lookups allow 11 at most.
  std::size_t depth = 11;
  /// Questions in all, those of ptr, %{p} and exp included; over it permerror. The other defaults allow 123.
  std::size_t questions = 128;
  std::size_t record_octets = 8192;      ///< of one record (RFC 7208 section 3.4 asks for 450); over it permerror
  std::size_t explanation_octets = 400;  ///< of the explanation, which goes into a reply; the rest is cut off
  std::size_t steps = 1000;              ///< sentences in Verdict::steps; the rest is left out
};

}  // namespace posthorn::spf
