// The port to a public suffix list: another way than the tree walk to find organizational domains (RFC 9989 section
// 4.10 says why it is not the first one).
#pragma once

#include <string>

#include "posthorn/bytes/view.h"

namespace posthorn::dmarc {

/// A list that somebody has read. Safe to call from many threads.
class PublicSuffixes {
 public:
  virtual ~PublicSuffixes() = default;
  /// The domain one label below the longest public suffix; the domain itself where it is one.
  /// @param domain  in lower-case A-labels
  [[nodiscard]] virtual std::string organizational_domain(View domain) const = 0;
};

}  // namespace posthorn::dmarc
