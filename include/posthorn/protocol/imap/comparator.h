// Collations by which texts are compared (RFC 4790, RFC 5255 section 4).
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "posthorn/bytes/view.h"

namespace posthorn::imap {

/// How SEARCH, SORT and THREAD compare texts.
enum class Comparator : std::uint8_t {
  unicode_casemap,  ///< i;unicode-casemap (RFC 5051): the case of no script counts
  ascii_casemap,    ///< i;ascii-casemap: the case of A to Z does not count
  octet,            ///< i;octet: everything counts
};

struct ComparatorRow {
  View name;
  Comparator comparator;
};
/// The default comes first.
inline constexpr std::array kComparators{ComparatorRow{"i;unicode-casemap", Comparator::unicode_casemap},
                                         ComparatorRow{"i;ascii-casemap", Comparator::ascii_casemap},
                                         ComparatorRow{"i;octet", Comparator::octet}};

/// The registered name.
[[nodiscard]] View name_of(Comparator comparator);

/// What of a text is compared, octet by octet.
/// @param text  UTF-8
[[nodiscard]] std::string collated(Comparator comparator, View text);

}  // namespace posthorn::imap
