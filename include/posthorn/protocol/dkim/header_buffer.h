// The header of a message that comes in pieces: DKIM needs all of it before the body.
#pragma once

#include <cstddef>
#include <string>

#include "posthorn/bytes/view.h"
#include "posthorn/grammar/frame/header_end.h"

namespace posthorn::dkim {

class HeaderBuffer {
 public:
  /// @param max_octets  a longer header is counted, but not kept
  explicit HeaderBuffer(std::size_t max_octets) : max_octets_(max_octets) {}

  /// Takes what belongs to the header from the front of `octets`. @returns true when it came to its end just now
  bool take(View& octets);
  [[nodiscard]] bool complete() const { return end_.found(); }
  [[nodiscard]] bool too_long() const { return end_.offset() > max_octets_; }
  /// With the empty line; nothing while it is too long. @lifetime of the object while it is not moved
  [[nodiscard]] View header() const { return octets_; }

 private:
  std::size_t max_octets_;
  frame::HeaderEnd end_;
  std::string octets_;
};

}  // namespace posthorn::dkim
