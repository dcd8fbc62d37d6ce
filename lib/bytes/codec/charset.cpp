#include "posthorn/bytes/codec/charset.h"

#include <algorithm>

#include "posthorn/bytes/codec/utf8.h"

#include "bytes/codec/charset_reader.h"
#include "bytes/codec/charsets.h"

namespace posthorn::codec {

namespace {
/// What octets in an unknown charset are read as.
constexpr Charset kUnknown{"us-ascii", Scheme::utf8};
}  // namespace

CharsetDecoder::CharsetDecoder(View charset) : charset_(find_charset(charset)) {
  faults_.unknown_charset = charset_ == nullptr;
  if (charset_ == nullptr) charset_ = &kUnknown;
}

std::size_t CharsetDecoder::read(View octets, bool last, std::string& out) {
  TextSink sink(out, faults_, at_);
  const auto taken = [&] {
    switch (charset_->scheme) {
      case Scheme::utf8: return read_utf8(octets, last, sink);
      case Scheme::utf7: return read_utf7(octets, last, shift_, sink);
      case Scheme::utf16: return read_utf16(octets, last, Order::unknown, shift_, sink);
      case Scheme::utf16be: return read_utf16(octets, last, Order::big, shift_, sink);
      case Scheme::utf16le: return read_utf16(octets, last, Order::little, shift_, sink);
      case Scheme::utf32: return read_utf32(octets, last, Order::unknown, shift_, sink);
      case Scheme::utf32be: return read_utf32(octets, last, Order::big, shift_, sink);
      case Scheme::utf32le: return read_utf32(octets, last, Order::little, shift_, sink);
      case Scheme::iso2022:
      case Scheme::hz: return read_escaped(charset_->scheme, converters_, octets, last, shift_, sink);
      case Scheme::multi_octet: return read_multi_octets(*charset_->characters, converters_, octets, last, sink);
      case Scheme::single_octet: break;
    }
    return read_single_octets(*charset_, octets, sink);
  }();
  sink.flush();
  at_ += taken;
  return taken;
}

void CharsetDecoder::decode(View chunk, std::string& out) {
  if (over_) {
    over_ = false;
    at_ = 0;
    faults_ = {faults_.unknown_charset, 0, 0};
  }
  while (cut_octets_ > 0 && !chunk.empty()) {
    cut_[cut_octets_++] = chunk.front();
    chunk.remove_prefix(1);
    const std::size_t taken = read({cut_.data(), cut_octets_}, false, out);
    std::copy(cut_.begin() + static_cast<std::ptrdiff_t>(taken), cut_.begin() + cut_octets_, cut_.begin());
    cut_octets_ = static_cast<std::uint8_t>(cut_octets_ - taken);
  }
  if (chunk.empty()) return;
  const View rest = chunk.substr(read(chunk, false, out));
  std::ranges::copy(rest, cut_.begin());
  cut_octets_ = static_cast<std::uint8_t>(rest.size());
}

void CharsetDecoder::finish(std::string& out) {
  decode({}, out);
  read({cut_.data(), cut_octets_}, true, out);
  cut_octets_ = 0;
  shift_ = {};
  over_ = true;
}

std::string to_utf8(View charset, View octets, CharsetFaults& faults) {
  std::string out;
  out.reserve(octets.size());
  CharsetDecoder decoder(charset);
  decoder.decode(octets, out);
  decoder.finish(out);
  faults = decoder.faults();
  return out;
}

std::string to_utf8(View charset, View octets) {
  CharsetFaults faults;
  return to_utf8(charset, octets, faults);
}

bool is_utf8_already(View charset, View octets) {
  const Charset* known = find_charset(charset);
  if (known == nullptr) return false;
  if (known->scheme == Scheme::utf8) return is_utf8(octets);
  return known->extends_ascii && is_ascii(octets);
}

bool knows_charset(View charset) { return find_charset(charset) != nullptr; }

}  // namespace posthorn::codec
