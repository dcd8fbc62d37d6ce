#include "bytes/codec/charset_reader.h"

#include "bytes/codec/scan.h"
#include "bytes/codec/utf8_prefix.h"

namespace posthorn::codec {

namespace {
constexpr View kReplacement = "\xEF\xBF\xBD";

bool is_ascii_octet(char c) { return static_cast<unsigned char>(c) < 0x80; }
}  // namespace

void TextSink::put(char32_t code_point) {
  constexpr std::size_t kMostOctets = 4;
  if (held_ + kMostOctets > room_.size()) flush();
  const auto c = static_cast<std::uint32_t>(code_point);
  const auto octet = [&](std::uint32_t value) { room_[held_++] = static_cast<char>(value); };
  const auto tail = [&](unsigned shift) { octet(0x80U | ((c >> shift) & 0x3FU)); };
  if (c < 0x80) {
    octet(c);
    return;
  }
  if (c < 0x800) {
    octet(0xC0U | c >> 6U);
  } else {
    if (c < 0x10000) {
      octet(0xE0U | c >> 12U);
    } else {
      octet(0xF0U | c >> 18U);
      tail(12);
    }
    tail(6);
  }
  tail(0);
}

void TextSink::copy(View utf8) { text().append(utf8); }

void TextSink::replace(std::size_t offset) {
  count(offset);
  copy(kReplacement);
}

void TextSink::count(std::size_t offset) {
  if (faults_.replacements++ == 0) faults_.first = at_ + offset;
}

std::string& TextSink::text() {
  flush();
  return out_;
}

void TextSink::flush() {
  out_.append(room_.data(), held_);
  held_ = 0;
}

std::size_t broken_octets(View character) {
  for (std::size_t i = 1; i < character.size(); ++i) {
    if (is_ascii_octet(character[i])) return i;
  }
  return character.size();
}

std::size_t read_utf8(View octets, bool last, TextSink& sink) {
  for (std::size_t at = 0;;) {
    const std::size_t good = utf8_prefix(octets.substr(at));
    sink.copy(octets.substr(at, good));
    at += good;
    if (at == octets.size()) return at;
    const Utf8Character c = character_at(octets.substr(at));
    if (c.state == Utf8Character::State::cut && !last) return at;
    sink.replace(at);
    at += c.octets;
  }
}

namespace {
/// @param room  three octets for each of `octets`, and one
/// @returns octets written; counts what is replaced
std::size_t expand(const Charset& charset, View octets, std::size_t from, char* room, TextSink& sink) {
  const OctetTable& table = *charset.table;
  char* to = room;
  std::uint32_t seen = 0;
  const auto each = [&](View some) {
    char* end = to;  // in a register
    std::uint32_t all = 0;
    for (const char c : some) {
      const std::uint32_t entry = table[static_cast<unsigned char>(c)];
      all |= entry;
      end = write_entry(end, entry);
    }
    to = end;
    seen |= all;
  };
  std::size_t at = 0;
  for (; at + Sixteen::kOctets <= octets.size(); at += Sixteen::kOctets) {
    const Sixteen block(octets.data() + at);
    if (charset.extends_ascii && block.above_ascii() == 0) {
      block.store(to);
      to += Sixteen::kOctets;
    } else {
      each(octets.substr(at, Sixteen::kOctets));
    }
  }
  each(octets.substr(at));
  for (std::size_t i = 0; (seen & kReplaced) != 0 && i < octets.size(); ++i) {
    if ((table[static_cast<unsigned char>(octets[i])] & kReplaced) != 0) sink.count(from + i);
  }
  return static_cast<std::size_t>(to - room);
}
}  // namespace

std::size_t read_single_octets(const Charset& charset, View octets, TextSink& sink) {
  constexpr std::size_t kSlice = 1024;
  constexpr std::size_t kWorthCopying = 32;
  std::array<char, kSlice * 3 + 1> room;
  for (std::size_t at = 0; at < octets.size();) {
    const std::size_t plain = charset.extends_ascii ? ascii_prefix(octets.substr(at)) : 0;
    if (plain >= kWorthCopying) {
      sink.copy(octets.substr(at, plain));
      at += plain;
      continue;
    }
    const View slice = octets.substr(at, kSlice);
    sink.copy({room.data(), expand(charset, slice, at, room.data(), sink)});
    at += slice.size();
  }
  return octets.size();
}

}  // namespace posthorn::codec
