// Quoted-printable bodies (RFC 2045 section 6.7).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "posthorn/bytes/codec/fault.h"
#include "posthorn/bytes/view.h"

namespace posthorn::codec {

/// Decodes one body; `Decoder` is the same for all encodings. A "=" that starts nothing stays; white space before a
/// line end goes, and so does that between "=" and the line end.
class QuotedPrintableDecoder {
 public:
  /// White space that may turn out to stand before a line end is held back; a longer run of it is text.
  static constexpr std::size_t kMaxHeld = 1000;
  /// Octets that finish() writes at most.
  static constexpr std::size_t kFinish = 2;

  /// The most that so many encoded octets give now.
  [[nodiscard]] std::size_t room_for(std::size_t octets) const { return held_count_ + kFinish + octets; }
  /// @param room  of at least room_for(chunk.size()) octets
  /// @returns how many octets of `room` were written
  std::size_t decode(View chunk, std::span<char> room);
  /// The body is over.
  /// @param room  of at least kFinish octets
  /// @returns how many octets of `room` were written
  std::size_t finish(std::span<char> room);
  [[nodiscard]] const Faults& faults() const { return faults_; }

 private:
  enum class State : std::uint8_t { text, equals, hex, equals_space, equals_cr };

  const char* plain(const char* in, const char* end, char*& out);
  const char* line_end(const char* in, const char* end, std::size_t spaces, char*& out);
  const char* hold(const char* run, const char* end, char*& out);
  bool escape(char c, std::uint64_t at, char*& out);
  void text(char c, std::uint64_t at, char*& out);
  void keep(char c, std::uint64_t at);
  void release(char*& out);
  void drop_held();
  void end_line(std::uint64_t at);
  [[nodiscard]] std::uint64_t offset(const char* in) const { return at_ + static_cast<std::uint64_t>(in - chunk_); }

  std::uint64_t at_ = 0;         // octets of the body before chunk_
  const char* chunk_ = nullptr;  // what decode() works on
  std::uint64_t line_ = 0;       // where the line starts
  std::uint64_t escape_ = 0;     // where the "=" stands
  std::uint64_t held_at_ = 0;    // where the white space starts that is held back
  std::array<char, kMaxHeld> held_{};
  std::uint16_t held_count_ = 0;
  State state_ = State::text;
  bool spilled_ = false;  // inside a run of white space that was too long to hold
  char digit_ = 0;        // the first hexadecimal digit
  Faults faults_;
};

}  // namespace posthorn::codec
