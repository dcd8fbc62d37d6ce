// The two directions of a connection after COMPRESS=DEFLATE (RFC 4978).
#pragma once

#include "posthorn/bytes/buffer.h"
#include "posthorn/bytes/codec/deflate.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"

namespace posthorn::imap {

class CompressedWire {
 public:
  /// @param plain  what is still to be sent as it is, before everything else
  explicit CompressedWire(View plain) { output_.append(plain); }

  /// Takes octets of the wire; nothing is expanded yet.
  void receive(View octets) { input_.append(octets); }
  /// Expands a piece of them, so that one buffer is held whatever they expand to.
  /// @returns whether anything came out. @errors syntax: they are no DEFLATE, and nothing comes any more
  [[nodiscard]] Result<bool> unpack(Buffer& out);

  /// Compresses, up to an end that the client can read to.
  void send(View octets) { deflater_.compress(octets, output_); }
  /// Octets for the wire; whoever sends them consumes them.
  [[nodiscard]] Buffer& output() { return output_; }
  /// Nothing will be said for a while (IDLE): gives back memory that the next answer only compresses worse without.
  void rest() {
    if (output_.empty()) deflater_.release();
  }

 private:
  Buffer input_;
  Buffer output_;
  codec::Inflater inflater_;
  codec::Deflater deflater_;
};

}  // namespace posthorn::imap
