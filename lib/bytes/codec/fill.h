// Octets written at the end of a string without being cleared before.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace posthorn::codec {

/// Lets `write(room)` write behind what is in `out`; it returns how many octets it wrote, and does not throw.
///
/// @param most  octets of `room`
template <class Write>
void fill(std::string& out, std::size_t most, Write&& write) {
  const std::size_t before = out.size();
  // The size that g++ 12 hands to the function is not the one that was asked for when the string had to grow.
  out.resize_and_overwrite(before + most, [&](char* data, std::size_t) {
    return before + static_cast<std::size_t>(write(std::span<char>(data + before, most)));
  });
}

}  // namespace posthorn::codec
