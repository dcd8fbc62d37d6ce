#include "bytes/codec/base64_groups.h"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "posthorn/bytes/codec/fault.h"

#include "bytes/codec/base64_alphabet.h"
#include "bytes/codec/cpu.h"

namespace posthorn::codec {

namespace {
/// Where a run of groups is; `column` counts from `mark`.
struct Cursor {
  const char* in;
  const char* end;
  char* out;
  char* out_end;
  const char* mark;
  std::size_t column;

  /// Passes over a line end; false where there is none, or where the line was too long to pass over in silence.
  bool pass_line_end() {
    if (in == end) return false;
    const bool pair = *in == '\r' && end - in >= 2 && in[1] == '\n';
    if (!pair && *in != '\n') return false;
    if (column + static_cast<std::size_t>(in - mark) > kMaxEncodedLine) return false;
    in += pair ? 2 : 1;
    mark = in;
    column = 0;
    return true;
  }
};

Cursor cursor_of(View text, std::span<char> room, std::size_t column) {
  return {text.data(), text.data() + text.size(), room.data(), room.data() + room.size(), text.data(), column};
}

Groups groups_of(const Cursor& c, View text, std::span<char> room) {
  return {static_cast<std::size_t>(c.in - text.data()), static_cast<std::size_t>(c.out - room.data()),
          c.column + static_cast<std::size_t>(c.in - c.mark)};
}

/// For each place in a group, the bits that a letter gives to the 24, or kNoLetter.
constexpr std::uint32_t kNoLetter = 0x8000'0000U;
constexpr std::array<std::array<std::uint32_t, 256>, 4> kPlaced = [] {
  std::array<std::array<std::uint32_t, 256>, 4> placed{};
  for (std::size_t place = 0; place < 4; ++place) {
    for (std::size_t c = 0; c < 256; ++c) {
      const int value = kBase64Values[c];
      placed[place][c] = value < 0 ? kNoLetter : static_cast<std::uint32_t>(value) << (18 - 6 * place);
    }
  }
  return placed;
}();

void decode_by_table(Cursor& c) {
  do {
    while (c.end - c.in >= 4 && c.out_end - c.out >= 3) {
      std::uint32_t bits = 0;
      for (std::size_t place = 0; place < 4; ++place) bits |= kPlaced[place][static_cast<unsigned char>(c.in[place])];
      if ((bits & kNoLetter) != 0) break;
      for (unsigned i = 0; i < 3; ++i) c.out[i] = static_cast<char>((bits >> (16 - 8 * i)) & 0xFFU);
      c.in += 4;
      c.out += 3;
    }
  } while (c.pass_line_end());
}

/// The two letters of each value of twelve bits.
constexpr std::array<std::array<char, 2>, 4096> kPairs = [] {
  std::array<std::array<char, 2>, 4096> pairs{};
  for (std::size_t i = 0; i < pairs.size(); ++i) pairs[i] = {kBase64Alphabet[i >> 6U], kBase64Alphabet[i & 63U]};
  return pairs;
}();

void encode_by_table(const char*& in, const char* end, char*& out) {
  for (; end - in >= 3; in += 3, out += 4) {
    const auto octet = [&](int i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(in[i])); };
    const std::uint32_t bits = (octet(0) << 16U) | (octet(1) << 8U) | octet(2);
    std::memcpy(out, kPairs[bits >> 12U].data(), 2);
    std::memcpy(out + 2, kPairs[bits & 0xFFFU].data(), 2);
  }
}

#if defined(__x86_64__)
// 32 letters to 24 octets and back in one vector. A letter is known by its high half-octet (row) and its low one. The
// tables are computed from the alphabet, so that it stands in one place.

using Sixteen = std::array<std::uint8_t, 16>;

/// A bit for each row that has letters (2 to 7), and one for all others.
constexpr unsigned row_bit(std::size_t row) { return row >= 2 && row <= 7 ? 1U << (row - 2) : 1U << 6U; }
constexpr Sixteen kRowBits = [] {
  Sixteen bits{};
  for (std::size_t row = 0; row < 16; ++row) bits[row] = static_cast<std::uint8_t>(row_bit(row));
  return bits;
}();
/// For each low half, the rows in which it makes no letter.
constexpr Sixteen kForeignRows = [] {
  Sixteen rows{};
  for (std::size_t low = 0; low < 16; ++low) {
    unsigned bits = 1U << 6U;
    for (std::size_t row = 2; row <= 7; ++row) {
      if (kBase64Values[row * 16 + low] < 0) bits |= row_bit(row);
    }
    rows[low] = static_cast<std::uint8_t>(bits);
  }
  return rows;
}();
/// What makes a letter its value: one number for each row, but for row 2, where "/" takes that of row 1.
constexpr Sixteen kToValue = [] {
  Sixteen add{};
  constexpr View kOfRow = "/+0AAaa";
  for (std::size_t i = 0; i < kOfRow.size(); ++i) {
    const auto c = static_cast<unsigned char>(kOfRow[i]);
    add[i + 1] = static_cast<std::uint8_t>(kBase64Values[c] - c);
  }
  return add;
}();

[[gnu::target("avx2")]] __m256i both_lanes(const Sixteen& table) {
  __m128i lane;
  std::memcpy(&lane, table.data(), sizeof lane);
  return _mm256_broadcastsi128_si256(lane);
}

[[gnu::target("avx2")]] void decode_by_vector(Cursor& c) {
  const __m256i row_bits = both_lanes(kRowBits);
  const __m256i foreign_rows = both_lanes(kForeignRows);
  const __m256i to_value = both_lanes(kToValue);
  const __m256i low_half = _mm256_set1_epi8(0x0F);
  const __m256i slash = _mm256_set1_epi8('/');
  const __m256i join_pairs = _mm256_set1_epi32(0x01400140);  // a * 64 + b, twice in 32 bits
  const __m256i join_all = _mm256_set1_epi32(0x00011000);    // pair * 4096 + pair
  const __m256i octets = _mm256_setr_epi8(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1,  //
                                          2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1);
  const __m256i close_gap = _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 3, 7);
  while (c.end - c.in >= 32 && c.out_end - c.out >= 32) {
    __m256i letters;
    std::memcpy(&letters, c.in, sizeof letters);
    const __m256i row = _mm256_and_si256(_mm256_srli_epi32(letters, 4), low_half);
    const __m256i low = _mm256_and_si256(letters, low_half);
    const __m256i foreign =
        _mm256_and_si256(_mm256_shuffle_epi8(row_bits, row), _mm256_shuffle_epi8(foreign_rows, low));
    const auto bad = ~static_cast<unsigned>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(foreign, _mm256_setzero_si256())));
    const __m256i add = _mm256_shuffle_epi8(to_value, _mm256_add_epi8(row, _mm256_cmpeq_epi8(letters, slash)));
    const __m256i pairs = _mm256_maddubs_epi16(_mm256_add_epi8(letters, add), join_pairs);
    const __m256i groups = _mm256_shuffle_epi8(_mm256_madd_epi16(pairs, join_all), octets);
    const __m256i result = _mm256_permutevar8x32_epi32(groups, close_gap);
    std::memcpy(c.out, &result, sizeof result);
    if (bad == 0) {
      c.in += 32;
      c.out += 24;
      continue;
    }
    const auto whole = static_cast<unsigned>(std::countr_zero(bad)) / 4;
    c.in += whole * 4;
    c.out += whole * 3;
    if (!c.pass_line_end()) break;
  }
}

/// What makes a value its letter, for the classes that encode_vector() tells apart.
constexpr Sixteen kToLetter = [] {
  Sixteen add{};
  const auto put = [&](std::size_t index, std::size_t value) {
    add[index] = static_cast<std::uint8_t>(static_cast<unsigned char>(kBase64Alphabet[value]) - value);
  };
  put(0, 26);
  for (std::size_t digit = 1; digit <= 10; ++digit) put(digit, 51 + digit);
  put(11, 62);
  put(12, 63);
  put(13, 0);
  return add;
}();

/// Encodes 24 octets, the first 12 at `in` and the others behind them; reads 28.
[[gnu::target("avx2")]] inline __m256i encode_vector(const char* in, __m256i to_letter) {
  __m128i front;
  __m128i back;
  std::memcpy(&front, in, sizeof front);
  std::memcpy(&back, in + 12, sizeof back);
  const __m256i spread = _mm256_setr_epi8(1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10,  //
                                          1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10);
  const __m256i octets = _mm256_shuffle_epi8(_mm256_set_m128i(back, front), spread);
  // In each 32 bits stand b a c b: letters 1 and 3 are shifted right by multiplying high, 2 and 4 left by multiplying
  // low.
  const __m256i odd =
      _mm256_mulhi_epu16(_mm256_and_si256(octets, _mm256_set1_epi32(0x0FC0FC00)), _mm256_set1_epi32(0x04000040));
  const __m256i even =
      _mm256_mullo_epi16(_mm256_and_si256(octets, _mm256_set1_epi32(0x003F03F0)), _mm256_set1_epi32(0x01000010));
  const __m256i values = _mm256_or_si256(odd, even);
  // Class: 0 for values up to 51, else value - 51; then 13 for those below 26.
  const __m256i beyond = _mm256_subs_epu8(values, _mm256_set1_epi8(51));
  const __m256i capital = _mm256_and_si256(_mm256_cmpgt_epi8(_mm256_set1_epi8(26), values), _mm256_set1_epi8(13));
  return _mm256_add_epi8(values, _mm256_shuffle_epi8(to_letter, _mm256_or_si256(beyond, capital)));
}

[[gnu::target("avx2")]] void encode_by_vector(const char*& in, const char* end, char*& out) {
  const __m256i to_letter = both_lanes(kToLetter);
  for (; end - in >= 28; in += 24, out += 32) {
    const __m256i letters = encode_vector(in, to_letter);
    std::memcpy(out, &letters, sizeof letters);
  }
}

[[gnu::target("avx2")]] void encode_lines_by_vector(const char*& in, const char* end, char*& out, const char* out_end) {
  const __m256i to_letter = both_lanes(kToLetter);
  // The third vector of a line reads and writes more than belongs to it.
  while (end - in >= 76 && out_end - out >= 98) {
    *out++ = '\r';
    *out++ = '\n';
    for (int part = 0; part < 3; ++part) {
      const __m256i letters = encode_vector(in + 24 * part, to_letter);
      std::memcpy(out + 32 * part, &letters, sizeof letters);
    }
    in += kLineOctets;
    out += kLineLetters;
  }
}
#else
void decode_by_vector(Cursor&) {}
void encode_by_vector(const char*&, const char*, char*&) {}
void encode_lines_by_vector(const char*&, const char*, char*&, const char*) {}
#endif
}  // namespace

Groups decode_groups(View text, std::span<char> room, std::size_t column) {
  Cursor cursor = cursor_of(text, room, column);
  if (has_avx2()) decode_by_vector(cursor);
  decode_by_table(cursor);
  return groups_of(cursor, text, room);
}

Groups decode_groups_by_table(View text, std::span<char> room, std::size_t column) {
  Cursor cursor = cursor_of(text, room, column);
  decode_by_table(cursor);
  return groups_of(cursor, text, room);
}

std::size_t encode_groups(View octets, std::span<char> room) {
  const char* in = octets.data();
  const char* const end = in + octets.size();
  char* out = room.data();
  if (has_avx2()) encode_by_vector(in, end, out);
  encode_by_table(in, end, out);
  return static_cast<std::size_t>(in - octets.data());
}

std::size_t encode_groups_by_table(View octets, std::span<char> room) {
  const char* in = octets.data();
  char* out = room.data();
  encode_by_table(in, octets.data() + octets.size(), out);
  return static_cast<std::size_t>(in - octets.data());
}

std::size_t encode_lines(View octets, std::span<char> room) {
  const char* in = octets.data();
  const char* const end = in + octets.size();
  char* out = room.data();
  if (has_avx2()) encode_lines_by_vector(in, end, out, out + room.size());
  for (; end - in >= static_cast<std::ptrdiff_t>(kLineOctets); in += kLineOctets) {
    *out++ = '\r';
    *out++ = '\n';
    const char* line = in;
    encode_by_table(line, in + kLineOctets, out);
  }
  return static_cast<std::size_t>(in - octets.data());
}

}  // namespace posthorn::codec
