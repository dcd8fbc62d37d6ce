// Replies of a server, read by a client: one line or many (RFC 5321 section 4.2.1), within limits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/bytes/buffer.h"
#include "posthorn/bytes/result.h"
#include "posthorn/grammar/frame/line.h"
#include "posthorn/protocol/smtp/reply.h"

namespace posthorn::smtp {

/// A reply as it came.
struct ServerReply {
  Reply first;                      ///< code, enhanced code (RFC 2034) where there is one, text of the first line
  std::vector<std::string> others;  ///< the further lines without their codes
};

class ReplyReader {
 public:
  /// @param line   longest line in octets, CRLF included; RFC 5321 4.5.3.1.5: at least 512
  /// @param lines  most lines of one reply
  ReplyReader(std::size_t line, std::size_t lines) : framer_(line), lines_(lines) {}

  /// Takes one reply out of `input`; nullopt when it is not whole yet.
  /// @errors syntax (no reply, or lines of different codes), too_long, too_many: the stream is of no use any more
  [[nodiscard]] Result<std::optional<ServerReply>> next(Buffer& input);
  /// Whether a part of a reply was read.
  [[nodiscard]] bool in_reply() const { return code_ != 0; }

 private:
  [[nodiscard]] Result<bool> take(View line);

  frame::LineFramer framer_;
  std::size_t lines_;
  std::uint16_t code_ = 0;  // of the reply that is being read; 0: none
  ServerReply reply_;
};

}  // namespace posthorn::smtp
