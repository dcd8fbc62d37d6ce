// The part of a header that is signed (RFC 6376 sections 3.7 and 5.4.2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "posthorn/bytes/view.h"
#include "posthorn/grammar/mime/parser.h"
#include "posthorn/protocol/dkim/canonicalization.h"

namespace posthorn::dkim {

/// The fields of a header, found by name from the bottom. @lifetime borrows the header
class SignedHeader {
 public:
  /// @param header  from the first field on; the empty line may be missing
  explicit SignedHeader(View header);

  struct Entry {
    mime::Field field;
    View octets;  ///< the whole field with its line ends
  };
  /// All fields in their order.
  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }
  /// How many fields have this name, ASCII case ignored.
  [[nodiscard]] std::size_t count(View name) const;
  /// Appends the canonical form of the fields that `names` selects, in the order of `names`. A name that stands there
  /// n times takes the last n fields from the bottom up; what is not there gives nothing.
  void append(std::span<const std::string> names, Canonicalization how, std::string& out) const;

 private:
  struct Run {
    std::size_t begin = 0, end = 0;  // of sorted_
  };
  [[nodiscard]] Run find(View name) const;

  std::vector<Entry> entries_;
  std::vector<std::uint32_t> sorted_;  // by name, those of one name from the top
};

/// Appends the canonical form of the field of a signature itself: its b= empty, without the last line end.
/// @param raw  Signature::raw, a part of `field`
void append_signature_field(Canonicalization how, View field, View raw, std::string& out);

}  // namespace posthorn::dkim
