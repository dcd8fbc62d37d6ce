// Finds the responses in what a server sends: lines, and the literals in them (RFC 9051 section 4.3).
//
// Knows no words of IMAP except those it needs: status texts may end in "{5}" without a literal behind it, and the
// content of a message is handed on in pieces.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "posthorn/bytes/buffer.h"
#include "posthorn/bytes/view.h"
#include "posthorn/grammar/frame/line.h"
#include "posthorn/protocol/imap/response.h"

namespace posthorn::imap {

struct ResponseLimits {
  /// Octets of one response, its literals included as far as they are kept. A SEARCH of a million messages takes 8 MiB.
  std::size_t response = 16U << 20U;
  /// Contents of messages above this many octets are streamed; other literals count towards `response`.
  std::uint64_t literal = 1U << 20U;
  /// Literals of one response.
  std::size_t literals = 100'000;
};

class ResponseFramer {
 public:
  struct NeedInput {};
  /// One response without its last CRLF. @lifetime until the next call
  struct Whole {
    View text;
    std::vector<std::size_t> streamed;  ///< as response::ParseOptions wants them
  };
  struct Begins {
    response::Begun begun;
    std::uint64_t octets;
  };
  struct Chunk {
    View octets;
    bool last;
  };
  struct Broken {
    View why;
  };
  using Found = std::variant<NeedInput, Whole, Begins, Chunk, Broken>;

  explicit ResponseFramer(ResponseLimits limits) : limits_(limits), lines_(limits.response) {}

  /// At most one thing of the front of `input`; what it takes is consumed at the following call.
  [[nodiscard]] Found next(Buffer& input);
  /// Consumes what the last call handed out; next() does it too.
  void settle(Buffer& input) { input.consume(std::exchange(spent_, 0)); }
  /// Starts anew: after TLS.
  void reset();
  void set_utf8_names(bool on) { utf8_names_ = on; }

 private:
  std::optional<Found> on_line(View line);
  bool take_kept(Buffer& input);
  Found take_streamed(Buffer& input);

  ResponseLimits limits_;
  frame::LineFramer lines_;
  std::string text_;  // the lines and kept literals of a response that has literals
  std::vector<std::size_t> streamed_;
  std::size_t literals_ = 0;
  std::uint64_t left_ = 0;  // octets of the present literal
  std::size_t spent_ = 0;
  bool in_literal_ = false;
  bool streaming_ = false;
  bool finished_ = false;  // text_ was handed out
  bool utf8_names_ = false;
};

}  // namespace posthorn::imap
