// Puts together what one side says: lines, with the literals that they announce (RFC 5804 section 4).
//
// What is refused is skipped to its end, so that the octets of a literal are never read as something else. Lines end in
// CRLF; whatever the input is cut into gives the same.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "posthorn/bytes/buffer.h"
#include "posthorn/bytes/view.h"
#include "posthorn/grammar/frame/line.h"

namespace posthorn::managesieve {

class MessageReader {
 public:
  /// Which literals the other side sends: clients "{n+}", servers "{n}".
  enum class Peer : std::uint8_t { client, server };
  enum class Status : std::uint8_t {
    need_input,
    announced,  ///< a literal follows: accept() it, or refuse()
    message,    ///< whole; in text() until reset()
    refused,    ///< was skipped to its end; fault() says why
    lost,       ///< what follows cannot be told from a literal: close
  };
  /// Why something is refused.
  enum class Fault : std::uint8_t { none, line_too_long, bare_line, wrong_literal, by_caller };

  /// @param line  longest line in octets, CRLF included
  /// @param skip  octets of refused literals that are skipped rather than `lost`
  MessageReader(Peer peer, std::size_t line, std::uint64_t skip) : peer_(peer), framer_(line), skip_(skip) {}

  /// Goes on until there is something to say. After message or refused, reset() comes first.
  [[nodiscard]] Status next(Buffer& input);

  /// What came of the message so far: lines, literals and their announcements. @lifetime until the next non-const call
  [[nodiscard]] View text() const { return text_; }
  /// Octets of the literal that was announced last.
  [[nodiscard]] std::uint64_t announced() const { return announced_; }
  void accept() { left_ = announced_; }
  /// Skips the literal that was announced and the rest of the message. @returns false: it is too long for that; close
  [[nodiscard]] bool refuse();
  [[nodiscard]] Fault fault() const { return fault_; }

  /// Begins the next message and gives the memory back.
  void reset();
  void set_line_limit(std::size_t octets) { framer_.set_limit(octets); }

 private:
  bool take_literal(Buffer& input);
  Status take_line(Buffer& input, const frame::Line& line);
  bool skip_literal(std::uint64_t octets);

  Peer peer_;
  frame::LineFramer framer_;
  std::uint64_t skip_;
  std::string text_;
  std::uint64_t announced_ = 0;
  std::uint64_t left_ = 0;     // octets of the present literal that are still to come
  std::uint64_t skipped_ = 0;  // of the present message
  Fault fault_ = Fault::none;
};

}  // namespace posthorn::managesieve
