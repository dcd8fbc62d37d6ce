// Uuencoded bodies: no RFC defines them; POSIX "uuencode" (historical algorithm) does.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "posthorn/bytes/codec/fault.h"
#include "posthorn/bytes/view.h"

namespace posthorn::codec {

/// Decodes the first file in one body: what stands between its "begin" and "end" lines; all else is passed over. A line
/// that is cut short gives what is there. `Decoder` is the same for all encodings.
class UuDecoder {
 public:
  /// The most that so many encoded octets give now.
  [[nodiscard]] std::size_t room_for(std::size_t octets) const { return octets / 4 * 3 + 3; }
  /// @param room  of at least room_for(chunk.size()) octets
  /// @returns how many octets of `room` were written
  std::size_t decode(View chunk, std::span<char> room);
  /// The body is over; bits that are no whole octet are dropped.
  void finish();
  [[nodiscard]] const Faults& faults() const { return faults_; }

 private:
  /// What comes next. before: the "begin" line; passing: the rest of a line that does not matter.
  enum class State : std::uint8_t { before, passing, begin_rest, length, data, end_word, over };

  const char* letters(const char* in, const char* end, char*& out);
  void letter(unsigned char c, std::uint64_t at, char*& out);
  void octet(char c, std::uint64_t at);
  void word(char c);
  void first_of_line(unsigned char c, std::uint64_t at);
  void end_data_line(std::uint64_t at);

  std::uint64_t at_ = 0;      // octets of the body so far
  std::uint32_t bits_ = 0;    // that are pending...
  std::uint8_t count_ = 0;    // ...and how many
  std::uint8_t left_ = 0;     // octets that the line still has to give
  std::uint8_t matched_ = 0;  // letters of the word that is looked for
  State state_ = State::before;
  bool begun_ = false;
  Faults faults_;
};

}  // namespace posthorn::codec
