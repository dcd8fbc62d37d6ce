#include "posthorn/bytes/codec/uuencode.h"

namespace posthorn::codec {

namespace {
constexpr View kBegin = "begin ";
constexpr View kEnd = "end";

bool is_line_end(char c) { return c == '\r' || c == '\n'; }
/// The alphabet is the 64 octets from space on; "`" stands for space.
bool is_letter(unsigned char c) { return c >= ' ' && c <= '`'; }
unsigned value_of(unsigned char c) { return (c - 0x20U) & 63U; }
}  // namespace

std::size_t UuDecoder::decode(View chunk, std::span<char> room) {
  char* out = room.data();
  const char* in = chunk.data();
  const char* const end = in + chunk.size();
  const auto offset = [&] { return at_ + static_cast<std::uint64_t>(in - chunk.data()); };
  while (in != end && state_ != State::over) {
    if (state_ == State::data) {
      in = letters(in, end, out);
      if (in == end) break;
    }
    const char c = *in;
    if (state_ == State::data && !is_line_end(c)) {
      letter(static_cast<unsigned char>(c), offset(), out);
    } else {
      octet(c, offset());
    }
    ++in;
  }
  at_ += chunk.size();
  return static_cast<std::size_t>(out - room.data());
}

/// Whole groups of a data line.
const char* UuDecoder::letters(const char* in, const char* end, char*& out) {
  while (count_ == 0 && left_ >= 3 && end - in >= 4) {
    std::uint32_t bits = 0;
    for (int i = 0; i < 4; ++i) {
      const auto c = static_cast<unsigned char>(in[i]);
      if (!is_letter(c)) return in;
      bits = (bits << 6U) | value_of(c);
    }
    for (unsigned i = 0; i < 3; ++i) *out++ = static_cast<char>((bits >> (16 - 8 * i)) & 0xFFU);
    in += 4;
    left_ = static_cast<std::uint8_t>(left_ - 3);
  }
  return in;
}

void UuDecoder::letter(unsigned char c, std::uint64_t at, char*& out) {
  if (!is_letter(c)) faults_.note(Fault::foreign_octet, at);
  if (left_ == 0) return;  // what fills up the last group, or a checksum
  bits_ = (bits_ << 6U) | value_of(c);
  if (count_ == 0) {
    count_ = 6;
    return;
  }
  count_ = static_cast<std::uint8_t>(count_ - 2);
  *out++ = static_cast<char>((bits_ >> count_) & 0xFFU);
  bits_ &= (1U << count_) - 1U;
  if (--left_ == 0) bits_ = count_ = 0;
}

/// All that is no letter of a data line.
void UuDecoder::octet(char c, std::uint64_t at) {
  if (is_line_end(c)) {
    if (state_ == State::end_word && matched_ == kEnd.size()) {
      state_ = State::over;
      return;
    }
    if (state_ == State::data) end_data_line(at);
    if (state_ == State::begin_rest) begun_ = true;
    state_ = begun_ ? State::length : State::before;
    matched_ = 0;
    return;
  }
  switch (state_) {
    case State::before:
    case State::end_word: word(c); break;
    case State::length: first_of_line(static_cast<unsigned char>(c), at); break;
    case State::passing:
    case State::begin_rest:
    case State::data:
    case State::over: break;
  }
}

/// Compares with "begin " and a digit of the file's mode, or with "end" and white space.
void UuDecoder::word(char c) {
  const bool ending = state_ == State::end_word;
  const View wanted = ending ? kEnd : kBegin;
  if (matched_ < wanted.size()) {
    if (c == wanted[matched_]) {
      ++matched_;
    } else {
      state_ = State::passing;
    }
    return;
  }
  if (ending) {
    if (c != ' ' && c != '\t') state_ = State::passing;
  } else {
    state_ = c >= '0' && c <= '7' ? State::begin_rest : State::passing;
  }
}

void UuDecoder::first_of_line(unsigned char c, std::uint64_t at) {
  if (is_letter(c)) {
    left_ = static_cast<std::uint8_t>(value_of(c));
    state_ = left_ == 0 ? State::passing : State::data;
    return;
  }
  state_ = State::end_word;
  if (c == static_cast<unsigned char>(kEnd.front())) {
    matched_ = 1;
  } else {
    faults_.note(Fault::foreign_octet, at);
    state_ = State::passing;
  }
}

void UuDecoder::end_data_line(std::uint64_t at) {
  if (left_ != 0) faults_.note(Fault::cut_group, at);
  left_ = count_ = 0;
  bits_ = 0;
}

void UuDecoder::finish() {
  if (state_ == State::begin_rest) begun_ = true;
  if (state_ == State::data) end_data_line(at_);
  const bool ended = state_ == State::over || (state_ == State::end_word && matched_ == kEnd.size());
  if (!begun_) {
    faults_.note(Fault::no_begin, at_);
  } else if (!ended) {
    faults_.note(Fault::no_end, at_);
  }
}

}  // namespace posthorn::codec
