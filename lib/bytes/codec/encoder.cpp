#include "posthorn/bytes/codec/encoder.h"

#include <algorithm>
#include <span>

#include "posthorn/bytes/codec/base64.h"
#include "posthorn/bytes/codec/hex.h"

#include "bytes/codec/base64_groups.h"
#include "bytes/codec/fill.h"

namespace posthorn::codec {

namespace {

/// Octets that stand for themselves wherever they are.
constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> plain{};
  for (std::size_t c = 0x21; c <= 0x7E; ++c) plain[c] = c != '=';
  return plain;
}();

bool is_plain(char c) { return kPlain[static_cast<unsigned char>(c)]; }
}  // namespace

void Base64Encoder::line(View octets, std::string& out) {
  if (begun_) out += "\r\n";
  begun_ = true;
  out += base64_encode(octets);
}

void Base64Encoder::lines(View octets, std::string& out) {
  if (!begun_ && octets.size() >= kLine) {
    line(octets.substr(0, kLine), out);
    octets.remove_prefix(kLine);
  }
  fill(out, octets.size() / kLine * (kLineLetters + 2),
       [&](std::span<char> room) { return encode_lines(octets, room) / kLine * (kLineLetters + 2); });
}

void Base64Encoder::encode(View chunk, std::string& out) {
  if (count_ > 0) {
    const View fits = chunk.substr(0, kLine - count_);
    std::ranges::copy(fits, held_.begin() + count_);
    count_ = static_cast<std::uint8_t>(count_ + fits.size());
    chunk.remove_prefix(fits.size());
    if (count_ < kLine) return;
    line(View(held_.data(), kLine), out);
  }
  const View rest = chunk.substr(chunk.size() / kLine * kLine);
  lines(chunk.substr(0, chunk.size() - rest.size()), out);
  std::ranges::copy(rest, held_.begin());
  count_ = static_cast<std::uint8_t>(rest.size());
}

void Base64Encoder::finish(std::string& out) {
  if (count_ > 0) line(View(held_.data(), count_), out);
  if (begun_) out += "\r\n";
  count_ = 0;
  begun_ = false;
}

void QuotedPrintableEncoder::encode(View chunk, std::string& out) {
  for (std::size_t i = 0; i < chunk.size();) {
    const std::size_t count = run(chunk.substr(i), out);
    if (count > 0) {
      i += count;
      continue;
    }
    const char c = chunk[i++];
    if (cr_) {
      cr_ = false;
      if (c == '\n') {
        end_line(out);
        continue;
      }
      put('\r', out);
    }
    if (c == '\r') {
      cr_ = true;
    } else {
      put(c, out);
    }
  }
}

/// Writes plain octets as far as they fit in the line, the last of a run excepted; @returns how many.
std::size_t QuotedPrintableEncoder::run(View rest, std::string& out) {
  if (cr_ || from_ < 4) return 0;
  const auto end = std::ranges::find_if_not(rest, is_plain);
  auto count = static_cast<std::size_t>(end - rest.begin());
  if (count < 2) return 0;
  if (holds_) flush(false, out);
  if (from_ < 4) return 0;  // a line begins here
  count = std::min(count - 1, kMaxEncodedLine - 1 - std::min(kMaxEncodedLine - 1, column_));
  out += rest.substr(0, count);
  column_ += count;
  if (count > 0) from_ = 5;
  return count;
}

void QuotedPrintableEncoder::put(char c, std::string& out) {
  if (holds_) flush(false, out);
  held_ = c;
  holds_ = true;
}

/// Writes the octet that was held back; a line that goes on must keep room for the "=" that breaks it.
void QuotedPrintableEncoder::flush(bool last, std::string& out) {
  holds_ = false;
  const bool white = held_ == ' ' || held_ == '\t';
  const bool after_from = from_ == 4 && held_ == ' ';
  const std::size_t limit = last ? kMaxEncodedLine : kMaxEncodedLine - 1;
  if (is_plain(held_) || (white && !last && !after_from)) {
    write(View(&held_, 1), limit, out);
  } else {
    const auto octet = static_cast<unsigned char>(held_);
    const std::array<char, 3> escaped{'=', kUpperHex[octet >> 4U], kUpperHex[octet & 15U]};
    write(View(escaped.data(), escaped.size()), limit, out);
  }
}

void QuotedPrintableEncoder::write(View token, std::size_t limit, std::string& out) {
  if (column_ + token.size() > limit) {
    out += "=\r\n";
    column_ = 0;
    from_ = 0;
  }
  constexpr View kFrom = "From";
  const bool goes_on = from_ < kFrom.size() && token.size() == 1 && token.front() == kFrom[from_];
  from_ = static_cast<std::uint8_t>(goes_on ? from_ + 1 : kFrom.size() + 1);
  out += token;
  column_ += token.size();
}

void QuotedPrintableEncoder::end_line(std::string& out) {
  if (holds_) flush(true, out);
  out += "\r\n";
  column_ = 0;
  from_ = 0;
}

void QuotedPrintableEncoder::finish(std::string& out) {
  if (cr_) put('\r', out);
  if (holds_) flush(true, out);
  *this = {};
}

std::string encode(Transfer transfer, View body) {
  std::string out;
  if (transfer == Transfer::base64) {
    Base64Encoder encoder;
    encoder.encode(body, out);
    encoder.finish(out);
  } else if (transfer == Transfer::quoted_printable) {
    QuotedPrintableEncoder encoder;
    encoder.encode(body, out);
    encoder.finish(out);
  } else {
    out = body;
  }
  return out;
}

}  // namespace posthorn::codec
