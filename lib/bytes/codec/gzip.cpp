#include "posthorn/bytes/codec/gzip.h"

#include <algorithm>
#include <array>
#include <limits>
#include <new>

#include <zlib.h>

namespace posthorn::codec {

namespace {

constexpr int kWindow = 15 + 16;  // the largest window, with the frame of gzip
constexpr int kMemory = 8;
constexpr std::size_t kPiece = 16'384;

/// Gives the stream the next octets; zlib reads through a pointer that is not const, and counts in uInt.
void feed(z_stream& stream, View& octets) {
  const std::size_t count = std::min<std::size_t>(octets.size(), std::numeric_limits<uInt>::max());
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(octets.data()));
  stream.avail_in = static_cast<uInt>(count);
  octets.remove_prefix(count);
}

struct Expanding {
  Expanding() {
    if (inflateInit2(&stream, kWindow) != Z_OK) throw std::bad_alloc();
  }
  Expanding(const Expanding&) = delete;
  Expanding& operator=(const Expanding&) = delete;
  ~Expanding() { inflateEnd(&stream); }
  z_stream stream{};
};

struct Compressing {
  Compressing() {
    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kWindow, kMemory, Z_DEFAULT_STRATEGY) != Z_OK)
      throw std::bad_alloc();
  }
  Compressing(const Compressing&) = delete;
  Compressing& operator=(const Compressing&) = delete;
  ~Compressing() { deflateEnd(&stream); }
  z_stream stream{};
};

}  // namespace

std::string gzip(View text) {
  Compressing work;
  std::string out;
  std::array<char, kPiece> piece;
  for (int result = Z_OK; result != Z_STREAM_END;) {
    if (work.stream.avail_in == 0) feed(work.stream, text);
    work.stream.next_out = reinterpret_cast<Bytef*>(piece.data());
    work.stream.avail_out = static_cast<uInt>(piece.size());
    result = deflate(&work.stream, text.empty() ? Z_FINISH : Z_NO_FLUSH);
    out.append(piece.data(), piece.size() - work.stream.avail_out);
  }
  return out;
}

Result<std::string> gunzip(View octets, std::size_t most) {
  Expanding work;
  z_stream& stream = work.stream;
  std::string out;
  std::array<char, kPiece> piece;
  bool ended = false;  // at the end of a member
  for (;;) {
    if (stream.avail_in == 0) feed(stream, octets);
    if (stream.avail_in == 0 && ended) return out;
    if (ended && inflateReset(&stream) != Z_OK) return fail(peer_error(Code::syntax, "gzip"));
    stream.next_out = reinterpret_cast<Bytef*>(piece.data());
    stream.avail_out = static_cast<uInt>(piece.size());
    const int result = inflate(&stream, Z_NO_FLUSH);
    const std::size_t made = piece.size() - stream.avail_out;
    if (made > most - out.size()) return fail(peer_error(Code::too_long, "what was compressed"));
    out.append(piece.data(), made);
    ended = result == Z_STREAM_END;
    // Z_BUF_ERROR: it goes on where the octets do not.
    if (!ended && result != Z_OK) return fail(peer_error(Code::syntax, "gzip"));
  }
}

}  // namespace posthorn::codec
