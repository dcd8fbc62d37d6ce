// What of a message is signed: its octets with the changes on the way left out (RFC 6376 section 3.4).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "posthorn/bytes/view.h"

namespace posthorn::dkim {

enum class Canonicalization : std::uint8_t {
  simple,   ///< as it stands
  relaxed,  ///< runs of white space are one space, names are in lower case
};
[[nodiscard]] View name_of(Canonicalization how);

/// Appends the canonical form of a header field, CRLF at its end.
/// @param field  from its name on, folding kept; its last line end may be missing
void append_field(Canonicalization how, View field, std::string& out);

/// Makes a body canonical piece by piece. Only CRLF ends a line; a bare CR or LF is text. Any chunking gives the same
/// octets, in other pieces.
///
///     for (View piece = body.next(chunk); !piece.empty(); piece = body.next(chunk)) take(piece);
///     ...
///     for (View piece = body.finish(); !piece.empty(); piece = body.finish()) take(piece);
class BodyCanonicalizer {
 public:
  explicit BodyCanonicalizer(Canonicalization how) : relaxed_(how == Canonicalization::relaxed) {}

  /// The next piece; empty: all of `chunk` is used up. What is used is taken from the front of `chunk`.
  /// @lifetime of the octets of `chunk`, or static
  [[nodiscard]] View next(View& chunk);
  /// The body is over: its last pieces, then an empty one.
  [[nodiscard]] View finish();

 private:
  [[nodiscard]] View release();
  View run(View& chunk);

  bool relaxed_;
  bool begun_ = false;       // some octets are out
  bool ended_ = false;       // the last line end is out
  bool space_ = false;       // white space came: the line may end here
  bool cr_ = false;          // a CR came: an LF may follow
  std::uint64_t lines_ = 0;  // line ends came: the body may end here
};

}  // namespace posthorn::dkim
