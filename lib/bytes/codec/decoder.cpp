#include "posthorn/bytes/codec/decoder.h"

#include <algorithm>
#include <array>

#include "bytes/codec/fill.h"

namespace posthorn::codec {

namespace {
constexpr Faults kNoFaults;
}  // namespace

void Decoder::start() {
  over_ = false;
  switch (transfer_) {
    case Transfer::identity: decoder_.emplace<std::monostate>(); break;
    case Transfer::base64: decoder_.emplace<Base64Decoder>(); break;
    case Transfer::quoted_printable: decoder_.emplace<QuotedPrintableDecoder>(); break;
    case Transfer::uuencode: decoder_.emplace<UuDecoder>(); break;
  }
}

std::size_t Decoder::room_for(std::size_t octets) const {
  if (const auto* d = std::get_if<Base64Decoder>(&decoder_)) return d->room_for(octets);
  if (const auto* d = std::get_if<QuotedPrintableDecoder>(&decoder_)) return d->room_for(octets);
  if (const auto* d = std::get_if<UuDecoder>(&decoder_)) return d->room_for(octets);
  return octets;
}

std::size_t Decoder::decode(View chunk, std::span<char> room) {
  if (over_) start();
  if (auto* d = std::get_if<Base64Decoder>(&decoder_)) return d->decode(chunk, room);
  if (auto* d = std::get_if<QuotedPrintableDecoder>(&decoder_)) return d->decode(chunk, room);
  if (auto* d = std::get_if<UuDecoder>(&decoder_)) return d->decode(chunk, room);
  std::ranges::copy(chunk, room.begin());
  return chunk.size();
}

std::size_t Decoder::finish(std::span<char> room) {
  if (over_) start();
  over_ = true;
  if (auto* d = std::get_if<Base64Decoder>(&decoder_)) d->finish();
  if (auto* d = std::get_if<UuDecoder>(&decoder_)) d->finish();
  if (auto* d = std::get_if<QuotedPrintableDecoder>(&decoder_)) return d->finish(room);
  return 0;
}

void Decoder::decode(View chunk, std::string& out) {
  if (transfer_ == Transfer::identity) {
    out += chunk;
    return;
  }
  if (over_) start();
  fill(out, room_for(chunk.size()), [&](std::span<char> room) { return decode(chunk, room); });
}

void Decoder::finish(std::string& out) {
  std::array<char, kFinish> room{};
  out.append(room.data(), finish(room));
}

const Faults& Decoder::faults() const {
  if (const auto* d = std::get_if<Base64Decoder>(&decoder_)) return d->faults();
  if (const auto* d = std::get_if<QuotedPrintableDecoder>(&decoder_)) return d->faults();
  if (const auto* d = std::get_if<UuDecoder>(&decoder_)) return d->faults();
  return kNoFaults;
}

std::string decode(Transfer transfer, View body) {
  std::string out;
  Decoder decoder(transfer);
  decoder.decode(body, out);
  decoder.finish(out);
  return out;
}

}  // namespace posthorn::codec
