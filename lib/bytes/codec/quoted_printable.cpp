#include "posthorn/bytes/codec/quoted_printable.h"

#include <algorithm>
#include <array>
#include <bit>

#include "posthorn/bytes/codec/hex.h"

#include "bytes/codec/scan.h"

namespace posthorn::codec {

namespace {
bool is_space(char c) { return c == ' ' || c == '\t'; }
bool is_line_end(char c) { return c == '\r' || c == '\n'; }
bool is_foreign(char c) { return (c < ' ' || c > '~') && c != '\t'; }

/// The first octet that must have been encoded (section 6.7 rule 2), or `end`.
const char* find_foreign(const char* in, const char* end) {
  for (; end - in >= 16; in += 16) {
    const Sixteen octets(in);
    const unsigned found = ~(octets.between(' ', '~') | octets.equal('\t')) & 0xFFFFU;
    if (found != 0) return in + std::countr_zero(found);
  }
  return std::find_if(in, end, is_foreign);
}

/// Copies up to the first "=" or line end. `out` has room for all of `in`.
const char* copy_plain(const char* in, const char* end, char*& out) {
  while (end - in >= 16) {
    const Sixteen octets(in);
    octets.store(out);
    const unsigned found = octets.equal('=') | octets.equal('\r') | octets.equal('\n');
    if (found != 0) {
      const int count = std::countr_zero(found);
      out += count;
      return in + count;
    }
    in += 16;
    out += 16;
  }
  while (in != end && *in != '=' && !is_line_end(*in)) *out++ = *in++;
  return in;
}

/// hex_value() of every octet, for the loop below.
constexpr std::array<std::int8_t, 256> kHexValues = [] {
  std::array<std::int8_t, 256> values{};
  for (std::size_t c = 0; c < 256; ++c) values[c] = static_cast<std::int8_t>(hex_value(static_cast<char>(c)));
  return values;
}();

/// Decodes "=" and two digits, as many as there are from `in` on.
const char* copy_escapes(const char* in, const char* end, char*& out) {
  while (end - in >= 3 && *in == '=') {
    const int high = kHexValues[static_cast<unsigned char>(in[1])];
    const int low = kHexValues[static_cast<unsigned char>(in[2])];
    if ((high | low) < 0) break;
    *out++ = static_cast<char>(high * 16 + low);
    in += 3;
  }
  return in;
}
}  // namespace

std::size_t QuotedPrintableDecoder::decode(View chunk, std::span<char> room) {
  char* out = room.data();
  chunk_ = chunk.data();
  const char* in = chunk_;
  const char* const end = in + chunk.size();
  while (in != end) {
    if (state_ == State::text && held_count_ == 0 && !spilled_) {
      in = plain(in, end, out);
      if (in == end) break;
    }
    if (state_ == State::text || !escape(*in, offset(in), out)) text(*in, offset(in), out);
    ++in;
  }
  at_ += chunk.size();
  if (at_ - line_ > kMaxEncodedLine) faults_.note(Fault::long_line, line_ + kMaxEncodedLine);
  return static_cast<std::size_t>(out - room.data());
}

/// Decodes by whole runs as long as each is decided within the chunk; stops at what the octet by octet way must take.
const char* QuotedPrintableDecoder::plain(const char* in, const char* end, char*& out) {
  while (in != end) {
    const char* const run = in;
    in = copy_plain(in, end, out);
    if (!faults_.has(Fault::foreign_octet)) {
      const char* const foreign = find_foreign(run, in);
      if (foreign != in) faults_.note(Fault::foreign_octet, offset(foreign));
    }
    if (in == end) return hold(run, end, out);
    if (*in == '=') {
      const char* const escapes = in;
      in = copy_escapes(in, end, out);
      if (in != escapes) continue;
      if (end - in < 3 || in[1] != '\r' || in[2] != '\n') return in;
      end_line(offset(in + 1));
      in += 3;
      line_ = offset(in);
    } else {
      const char* text_end = in;
      while (text_end != run && is_space(text_end[-1])) --text_end;
      in = line_end(in, end, static_cast<std::size_t>(in - text_end), out);
    }
  }
  return in;
}

/// Takes the line end at `in`, after `spaces` octets of white space.
const char* QuotedPrintableDecoder::line_end(const char* in, const char* end, std::size_t spaces, char*& out) {
  if (spaces > 0 && spaces <= kMaxHeld) {
    faults_.note(Fault::trailing_space, offset(in) - spaces);
    out -= spaces;
  }
  end_line(offset(in));
  *out++ = *in;
  if (*in == '\r' && end - in >= 2 && in[1] == '\n') *out++ = *++in;
  ++in;
  line_ = offset(in);
  return in;
}

/// White space at the end of the chunk may stand before a line end.
const char* QuotedPrintableDecoder::hold(const char* run, const char* end, char*& out) {
  const char* from = end;
  while (from != run && is_space(from[-1])) --from;
  const auto count = static_cast<std::size_t>(end - from);
  if (count > kMaxHeld) {
    spilled_ = true;
  } else if (count > 0) {
    std::copy(from, end, held_.begin());
    held_count_ = static_cast<std::uint16_t>(count);
    held_at_ = offset(from);
    out -= count;
  }
  return end;
}

/// Goes on with what a "=" began; false when `c` is ordinary text after all.
bool QuotedPrintableDecoder::escape(char c, std::uint64_t at, char*& out) {
  const State before = state_;
  if (before == State::equals && hex_value(c) >= 0) {
    state_ = State::hex;
    digit_ = c;
    return true;
  }
  if (before == State::hex && hex_value(c) >= 0) {
    *out++ = static_cast<char>(hex_value(digit_) * 16 + hex_value(c));
    state_ = State::text;
    return true;
  }
  const bool may_break = before == State::equals || before == State::equals_space;
  if (may_break && is_space(c) && held_count_ < kMaxHeld) {
    state_ = State::equals_space;
    keep(c, at);
    return true;
  }
  if (may_break && c == '\r') {
    state_ = State::equals_cr;
    end_line(at);
    return true;
  }
  state_ = State::text;
  if (c == '\n' && (may_break || before == State::equals_cr)) {
    drop_held();
    if (may_break) end_line(at);
    line_ = at + 1;
    return true;
  }
  if (before == State::hex) {
    faults_.note(Fault::bad_hex, escape_);
  } else {
    faults_.note(Fault::bare_equals, escape_);
  }
  if (before == State::equals_cr) {
    drop_held();
  } else {
    *out++ = '=';
  }
  if (before == State::hex) *out++ = digit_;
  return false;
}

void QuotedPrintableDecoder::text(char c, std::uint64_t at, char*& out) {
  if (is_space(c)) {
    if (!spilled_ && held_count_ < kMaxHeld) {
      keep(c, at);
      return;
    }
    release(out);
    spilled_ = true;
    *out++ = c;
    return;
  }
  spilled_ = false;
  if (is_line_end(c)) {
    drop_held();
    end_line(at);
    *out++ = c;
    return;
  }
  release(out);
  if (c == '=') {
    state_ = State::equals;
    escape_ = at;
    return;
  }
  if (is_foreign(c)) faults_.note(Fault::foreign_octet, at);
  *out++ = c;
}

void QuotedPrintableDecoder::keep(char c, std::uint64_t at) {
  if (held_count_ == 0) held_at_ = at;
  held_[held_count_++] = c;
}

void QuotedPrintableDecoder::release(char*& out) {
  out = std::copy_n(held_.begin(), held_count_, out);
  held_count_ = 0;
}

void QuotedPrintableDecoder::drop_held() {
  if (held_count_ != 0) faults_.note(Fault::trailing_space, held_at_);
  held_count_ = 0;
}

/// A line ends before the octet at `at`.
void QuotedPrintableDecoder::end_line(std::uint64_t at) {
  if (at - line_ > kMaxEncodedLine) faults_.note(Fault::long_line, line_ + kMaxEncodedLine);
  line_ = at + 1;
}

std::size_t QuotedPrintableDecoder::finish(std::span<char> room) {
  std::size_t written = 0;
  if (state_ == State::hex) {
    faults_.note(Fault::bad_hex, escape_);
    room[written++] = '=';
    room[written++] = digit_;
  } else if (state_ != State::text) {
    faults_.note(Fault::bare_equals, escape_);
  }
  drop_held();
  return written;
}

}  // namespace posthorn::codec
