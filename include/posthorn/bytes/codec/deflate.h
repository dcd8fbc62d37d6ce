// Raw DEFLATE (RFC 1951) as a stream between two peers, with bounded output for each call: what expands without end
// holds one buffer.
#pragma once

#include <cstddef>
#include <memory>

#include "posthorn/bytes/buffer.h"
#include "posthorn/bytes/view.h"

namespace posthorn::codec {

/// Compresses what one peer says. Takes about 150 KiB while it works and nothing between release() and the next call.
class Deflater {
 public:
  Deflater();
  ~Deflater();
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  /// Appends octets from which the peer can make all of `text` at once (a sync flush).
  void compress(View text, Buffer& out);
  /// Gives the memory back, and with it what was learned of the text so far; the stream goes on. Costs the next call.
  void release();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Expands what the other peer says. Takes up to about 45 KiB from the first octet on: the peer may refer to the last
/// 32 KiB at any time (RFC 4978 section 4).
class Inflater {
 public:
  Inflater();
  ~Inflater();
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  struct Outcome {
    std::size_t taken = 0;  ///< octets of the input that are used up
    bool broken = false;    ///< this is no DEFLATE, or the stream has ended: nothing comes out of it any more
  };
  /// Appends `most` octets at most; whether there are more shows the next call, also with an empty input.
  [[nodiscard]] Outcome expand(View input, std::size_t most, Buffer& out);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace posthorn::codec
