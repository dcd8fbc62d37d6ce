#include "posthorn/bytes/codec/deflate.h"

#include <algorithm>
#include <array>
#include <limits>
#include <new>

#include <zlib.h>

namespace posthorn::codec {

namespace {

constexpr int kRaw = -15;  // no header, no checksum, the largest window (RFC 4978 section 4)
constexpr int kLevel = 6;
constexpr int kMemory = 5;  // 16 KiB of tables beside the window; more compresses mail hardly better
constexpr std::size_t kPiece = 16'384;

/// zlib reads through a pointer that is not const.
Bytef* octets_of(View view) { return reinterpret_cast<Bytef*>(const_cast<char*>(view.data())); }

uInt size_of(std::size_t size) {
  return static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max()));
}

}  // namespace

struct Deflater::State {
  State() {
    if (deflateInit2(&stream, kLevel, Z_DEFLATED, kRaw, kMemory, Z_DEFAULT_STRATEGY) != Z_OK) throw std::bad_alloc();
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { deflateEnd(&stream); }
  z_stream stream{};
};

Deflater::Deflater() = default;
Deflater::~Deflater() = default;

void Deflater::compress(View text, Buffer& out) {
  if (text.empty()) return;
  if (state_ == nullptr) state_ = std::make_unique<State>();
  z_stream& stream = state_->stream;
  std::array<char, kPiece> piece;
  while (!text.empty()) {
    const uInt count = size_of(text.size());
    stream.next_in = octets_of(text);
    stream.avail_in = count;
    text.remove_prefix(count);
    do {
      stream.next_out = reinterpret_cast<Bytef*>(piece.data());
      stream.avail_out = size_of(piece.size());
      deflate(&stream, text.empty() ? Z_SYNC_FLUSH : Z_NO_FLUSH);
      out.append(View(piece.data(), piece.size() - stream.avail_out));
    } while (stream.avail_out == 0);
  }
}

void Deflater::release() { state_.reset(); }

struct Inflater::State {
  State() {
    if (inflateInit2(&stream, kRaw) != Z_OK) throw std::bad_alloc();
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { inflateEnd(&stream); }
  z_stream stream{};
  bool broken = false;
};

Inflater::Inflater() : state_(std::make_unique<State>()) {}
Inflater::~Inflater() = default;

Inflater::Outcome Inflater::expand(View input, std::size_t most, Buffer& out) {
  if (state_->broken) return {.taken = 0, .broken = true};
  z_stream& stream = state_->stream;
  const std::size_t offered = size_of(input.size());
  stream.next_in = octets_of(input);
  stream.avail_in = static_cast<uInt>(offered);
  std::array<char, kPiece> piece;
  while (most > 0) {
    const std::size_t room = std::min(most, piece.size());
    stream.next_out = reinterpret_cast<Bytef*>(piece.data());
    stream.avail_out = static_cast<uInt>(room);
    const int result = inflate(&stream, Z_SYNC_FLUSH);
    const std::size_t made = room - stream.avail_out;
    out.append(View(piece.data(), made));
    most -= made;
    // Z_BUF_ERROR: nothing to do until more comes. The end of the stream is none in a dialogue.
    state_->broken = result != Z_OK && result != Z_BUF_ERROR;
    if (state_->broken || made < room) break;
  }
  return {.taken = offered - stream.avail_in, .broken = state_->broken};
}

}  // namespace posthorn::codec
