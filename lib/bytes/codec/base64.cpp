#include "posthorn/bytes/codec/base64.h"

#include "bytes/codec/base64_alphabet.h"
#include "bytes/codec/base64_groups.h"
#include "bytes/codec/fill.h"

namespace posthorn::codec {

namespace {
/// One octet or two, with padding.
void encode_last(View octets, std::span<char, 4> room) {
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    bits = (bits << 8U) | (i < octets.size() ? static_cast<unsigned char>(octets[i]) : 0U);
  }
  for (std::size_t i = 0; i < 4; ++i) {
    room[i] = i <= octets.size() ? kBase64Alphabet[(bits >> (18 - 6 * i)) & 63U] : '=';
  }
}

/// Fewer than four letters without their padding; the octets written, nullopt where this is not how they are spelled.
std::optional<std::size_t> decode_last(View letters, std::span<char> room) {
  std::uint32_t bits = 0;
  for (char c : letters) {
    const int value = kBase64Values[static_cast<unsigned char>(c)];
    if (value < 0) return std::nullopt;
    bits = (bits << 6U) | static_cast<std::uint32_t>(value);
  }
  const std::size_t octets = letters.size() * 6 / 8;
  const std::size_t spare = letters.size() * 6 - octets * 8;
  if ((bits & ((1U << spare) - 1U)) != 0) return std::nullopt;
  for (std::size_t i = 0; i < octets; ++i) {
    room[i] = static_cast<char>((bits >> (spare + 8 * (octets - 1 - i))) & 0xFFU);
  }
  return octets;
}
}  // namespace

std::string base64_encode(View octets) {
  std::string out;
  fill(out, (octets.size() + 2) / 3 * 4, [&](std::span<char> room) {
    const View rest = octets.substr(encode_groups(octets, room));
    if (!rest.empty()) encode_last(rest, room.last<4>());
    return room.size();
  });
  return out;
}

std::optional<std::string> base64_decode(View text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  text.remove_suffix(padding);
  std::string out;
  bool good = false;
  fill(out, text.size() / 4 * 3 + 3, [&](std::span<char> room) {
    const Groups groups = decode_groups(text, room, 0);
    // Line ends between groups would have been passed over.
    if (groups.read * 3 != groups.written * 4 || text.size() - groups.read >= 4) return groups.written;
    const auto last = decode_last(text.substr(groups.read), room.subspan(groups.written));
    good = last.has_value();
    return groups.written + last.value_or(0);
  });
  if (!good) return std::nullopt;
  return out;
}

std::optional<std::string> base64url_decode(View text) {
  if (text.size() % 4 == 1) return std::nullopt;
  std::string plain = own(text);
  for (char& c : plain) {
    if (c == '+' || c == '/' || c == '=') return std::nullopt;
    if (c == '-') c = '+';
    if (c == '_') c = '/';
  }
  plain.append((4 - plain.size() % 4) % 4, '=');
  return base64_decode(plain);
}

std::size_t Base64Decoder::decode(View chunk, std::span<char> room) {
  char* out = room.data();
  std::size_t i = 0;
  while (i < chunk.size()) {
    if (count_ == 0 && !padded_) {
      const auto left = room.subspan(static_cast<std::size_t>(out - room.data()));
      const Groups groups = decode_groups(chunk.substr(i), left, static_cast<std::size_t>(at_ + i - line_));
      i += groups.read;
      out += groups.written;
      line_ = at_ + i - groups.column;
    }
    // Octet by octet up to the next whole group: line ends, padding, strays, and the letters that they cut off.
    while (i < chunk.size()) {
      const char c = chunk[i];
      const int value = kBase64Values[static_cast<unsigned char>(c)];
      if (value < 0) {
        other(c, at_ + i);
      } else {
        letter(static_cast<unsigned>(value), at_ + i, out);
      }
      ++i;
      if (value >= 0 && count_ == 0) break;
      if (c == '\n' && count_ == 0 && !padded_) break;
    }
  }
  at_ += chunk.size();
  check_line(at_);
  return static_cast<std::size_t>(out - room.data());
}

void Base64Decoder::letter(unsigned value, std::uint64_t at, char*& out) {
  if (padded_) faults_.note(Fault::data_after_padding, at);
  padded_ = false;
  padding_ = 0;
  bits_ = (bits_ << 6U) | value;
  if (count_ == 0) {
    count_ = 6;
    return;
  }
  count_ = static_cast<std::uint8_t>(count_ - 2);
  *out++ = static_cast<char>((bits_ >> count_) & 0xFFU);
  bits_ &= (1U << count_) - 1U;
}

void Base64Decoder::other(char c, std::uint64_t at) {
  if (c == '=') {
    // Padding ends a run of whole octets: another may follow.
    if (count_ == 6) faults_.note(Fault::cut_group, at);
    if (count_ == 0 && padding_ == 0) faults_.note(Fault::foreign_octet, at);
    if (count_ == 0 && padding_ != 0) --padding_;
    if (count_ == 4) padding_ = 1;
    bits_ = count_ = 0;
    padded_ = true;
  } else if (c == '\r' || c == '\n') {
    check_line(at);
    line_ = at + 1;
  } else if (c != ' ' && c != '\t') {
    faults_.note(Fault::foreign_octet, at);
  }
}

void Base64Decoder::check_line(std::uint64_t end) {
  if (end - line_ > kMaxEncodedLine) faults_.note(Fault::long_line, line_ + kMaxEncodedLine);
}

void Base64Decoder::finish() {
  if (count_ != 0 || padding_ != 0) faults_.note(Fault::cut_group, at_);
}

}  // namespace posthorn::codec
