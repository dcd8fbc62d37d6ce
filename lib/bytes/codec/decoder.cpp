#include "posthorn/bytes/codec/decoder.h"

#include "posthorn/bytes/codec/hex.h"

#include "bytes/codec/base64_alphabet.h"

namespace posthorn::codec {

namespace {
/// White space at a possible line end that is held back; more of it is text.
constexpr std::size_t kMaxHeld = 1000;

bool is_space(char c) { return c == ' ' || c == '\t'; }
}  // namespace

void Decoder::decode(View chunk, std::string& out) {
  switch (transfer_) {
    case Transfer::identity: out += chunk; break;
    case Transfer::base64: base64(chunk, out); break;
    case Transfer::quoted_printable: quoted_printable(chunk, out); break;
  }
}

void Decoder::base64(View chunk, std::string& out) {
  out.reserve(out.size() + chunk.size() / 4 * 3 + 3);
  for (char c : chunk) {
    const int value = kBase64Values[static_cast<unsigned char>(c)];
    if (value < 0) {
      if (c == '=') bits_ = count_ = 0;  // padding ends a run of whole octets: another may follow
      continue;
    }
    bits_ = (bits_ << 6U) | static_cast<std::uint32_t>(value);
    count_ += 6;
    if (count_ < 8) continue;
    count_ -= 8;
    out.push_back(static_cast<char>((bits_ >> count_) & 0xFFU));
    bits_ &= (1U << count_) - 1U;
  }
}

void Decoder::quoted_printable(View chunk, std::string& out) {
  constexpr View kNotPlain = "= \t\r\n";
  for (std::size_t at = 0; at < chunk.size(); ++at) {
    if (state_ == State::text && held_.empty()) {
      std::size_t end = at;
      while (end < chunk.size() && kNotPlain.find(chunk[end]) == View::npos) ++end;
      out += chunk.substr(at, end - at);
      at = end;
      if (at == chunk.size()) return;
    }
    if (state_ == State::text || !escape(chunk[at], out)) text(chunk[at], out);
  }
}

/// Goes on with what a "=" began; false when `c` is ordinary text after all.
bool Decoder::escape(char c, std::string& out) {
  const State before = state_;
  if (before == State::equals && hex_value(c) >= 0) {
    state_ = State::hex;
    first_ = c;
    return true;
  }
  if (before == State::hex && hex_value(c) >= 0) {
    out.push_back(static_cast<char>(hex_value(first_) * 16 + hex_value(c)));
    state_ = State::text;
    return true;
  }
  const bool may_break = before == State::equals || before == State::equals_space;
  if (may_break && is_space(c) && held_.size() < kMaxHeld) {
    state_ = State::equals_space;
    held_ += c;
    return true;
  }
  if (may_break && c == '\r') {
    state_ = State::equals_cr;
    return true;
  }
  state_ = State::text;
  if (c == '\n' && (may_break || before == State::equals_cr)) {
    held_.clear();
    return true;
  }
  if (before == State::equals_cr) {
    held_.clear();
  } else {
    out += '=';
  }
  if (before == State::hex) out += first_;
  return false;
}

void Decoder::text(char c, std::string& out) {
  if (is_space(c) && held_.size() < kMaxHeld) {
    held_ += c;
    return;
  }
  if (c != '\r' && c != '\n') out += held_;
  held_.clear();
  if (c == '=') {
    state_ = State::equals;
  } else {
    out += c;
  }
}

void Decoder::finish(std::string& out) {
  if (state_ == State::hex) out.append("=").push_back(first_);
  *this = Decoder(transfer_);
}

std::string decode(Transfer transfer, View body) {
  std::string out;
  Decoder decoder(transfer);
  decoder.decode(body, out);
  decoder.finish(out);
  return out;
}

}  // namespace posthorn::codec
