#include "bytes/codec/utf8_prefix.h"

#include <array>
#include <bit>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "bytes/codec/cpu.h"
#include "bytes/codec/scan.h"

namespace posthorn::codec {

namespace {
constexpr char32_t kReplacement = 0xFFFD;

unsigned octet_at(View octets, std::size_t i) { return static_cast<unsigned char>(octets[i]); }

/// Octets of the character that this octet begins; 1 where it begins none.
std::size_t length_by_lead(unsigned lead) {
  return lead < 0xC2 || lead > 0xF4 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

/// Where the last character begins if it is cut at `end`; before that no pair of octets is wrong.
std::size_t without_cut(View octets, std::size_t end) {
  for (std::size_t back = 1; back <= 3 && back <= end; ++back) {
    const unsigned c = octet_at(octets, end - back);
    if ((c & 0xC0U) == 0x80) continue;
    const std::size_t length = c < 0xC0 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;  // bad leads too: nobody saw behind them
    return length > back ? end - back : end;
  }
  return end;
}

/// Goes on from a place between two characters.
std::size_t prefix_from(View octets, std::size_t at) {
  while (at < octets.size()) {
    if (octet_at(octets, at) < 0x80) {
      if (at + Sixteen::kOctets <= octets.size()) {
        const unsigned other = Sixteen(octets.data() + at).above_ascii();
        at += static_cast<std::size_t>(std::countr_zero(other | 1U << Sixteen::kOctets));
      } else {
        ++at;
      }
      continue;
    }
    const Utf8Character c = character_at(octets.substr(at));
    if (c.state != Utf8Character::State::whole) break;
    at += c.octets;
  }
  return at;
}

#if defined(__x86_64__)
/// What two octets in a row may be wrong in. A pair is wrong in what the tables for the upper and the lower half of the
/// first octet and for the upper half of the second agree on (Keiser and Lemire, "Validating UTF-8 in less than one
/// instruction per byte", 2021).
namespace wrong {
constexpr char kTooShort = 1 << 0;                // a lead, and no continuation behind it
constexpr char kTooLong = 1 << 1;                 // a continuation behind ASCII
constexpr char kLong3 = 1 << 2;                   // E0 80..9F
constexpr char kTooLarge = 1 << 3;                // F4 90.. and F5.. 90..
constexpr char kSurrogate = 1 << 4;               // ED A0..BF
constexpr char kLong2 = 1 << 5;                   // C0, C1
constexpr char kLong4 = 1 << 6;                   // F0 80..8F, and F5.. 80..8F
constexpr char kTwo = static_cast<char>(1 << 7);  // two continuations: right after E0.. and F0.. only
constexpr char kAny = kTooShort | kTooLong | kTwo;
}  // namespace wrong

using HalfOctetTable = std::array<char, 16>;
constexpr HalfOctetTable kFirstHigh = [] {
  using namespace wrong;
  HalfOctetTable t{};
  for (std::size_t i = 0; i < 8; ++i) t[i] = kTooLong;
  for (std::size_t i = 8; i < 12; ++i) t[i] = kTwo;
  t[12] = kTooShort | kLong2;
  t[13] = kTooShort;
  t[14] = kTooShort | kLong3 | kSurrogate;
  t[15] = kTooShort | kTooLarge | kLong4;
  return t;
}();
constexpr HalfOctetTable kFirstLow = [] {
  using namespace wrong;
  HalfOctetTable t{};
  t.fill(kAny);
  t[0] |= kLong2 | kLong3 | kLong4;
  t[1] |= kLong2;
  t[4] |= kTooLarge;
  for (std::size_t i = 5; i < 16; ++i) t[i] |= kTooLarge | kLong4;
  t[13] |= kSurrogate;
  return t;
}();
constexpr HalfOctetTable kSecondHigh = [] {
  using namespace wrong;
  HalfOctetTable t{};
  t.fill(kTooShort);
  for (std::size_t i = 8; i < 12; ++i) t[i] = kTooLong | kTwo | kLong2;
  t[8] |= kLong3 | kLong4;
  t[9] |= kLong3 | kTooLarge;
  t[10] |= kTooLarge | kSurrogate;
  t[11] |= kTooLarge | kSurrogate;
  return t;
}();

[[gnu::target("avx2")]] inline __m256i both_lanes(const HalfOctetTable& table) {
  __m128i half;
  std::memcpy(&half, table.data(), sizeof half);
  return _mm256_broadcastsi128_si256(half);
}
[[gnu::target("avx2")]] inline __m256i load(const char* at) {
  __m256i octets;
  std::memcpy(&octets, at, sizeof octets);
  return octets;
}
[[gnu::target("avx2")]] inline __m256i high_halves(__m256i octets) {
  return _mm256_and_si256(_mm256_srli_epi16(octets, 4), _mm256_set1_epi8(0x0F));
}
/// The octets `kBack` places before those of `now`.
template <int kBack>
[[gnu::target("avx2")]] inline __m256i behind(__m256i before, __m256i now) {
  return _mm256_alignr_epi8(now, _mm256_permute2x128_si256(before, now, 0x21), 16 - kBack);
}

[[gnu::target("avx2")]] inline bool is_cut(__m256i octets) {
  alignas(32) static constexpr std::array<unsigned char, 32> kMost = [] {
    std::array<unsigned char, 32> most{};
    most.fill(0xFF);
    most[29] = 0xEF;
    most[30] = 0xDF;
    most[31] = 0xBF;
    return most;
  }();
  __m256i most;
  std::memcpy(&most, kMost.data(), sizeof most);
  const __m256i over = _mm256_subs_epu8(octets, most);
  return _mm256_testz_si256(over, over) == 0;
}

/// Whole vectors from the front in which nothing is wrong; a character may be cut at the end of the last.
[[gnu::target("avx2")]] std::size_t prefix_by_vector(View octets) {
  const char* const data = octets.data();
  const std::size_t size = octets.size();
  const __m256i first_high = both_lanes(kFirstHigh);
  const __m256i first_low = both_lanes(kFirstLow);
  const __m256i second_high = both_lanes(kSecondHigh);
  __m256i before = _mm256_setzero_si256();
  std::size_t at = 0;
  for (; at + 32 <= size; at += 32) {
    const __m256i now = load(data + at);
    if (_mm256_movemask_epi8(now) == 0) {
      if (is_cut(before)) break;
    } else {
      const __m256i one = behind<1>(before, now);
      const __m256i pairs = _mm256_and_si256(
          _mm256_and_si256(_mm256_shuffle_epi8(first_high, high_halves(one)),
                           _mm256_shuffle_epi8(first_low, _mm256_and_si256(one, _mm256_set1_epi8(0x0F)))),
          _mm256_shuffle_epi8(second_high, high_halves(now)));
      const __m256i third = _mm256_subs_epu8(behind<2>(before, now), _mm256_set1_epi8(0xE0 - 0x80));
      const __m256i fourth = _mm256_subs_epu8(behind<3>(before, now), _mm256_set1_epi8(0xF0 - 0x80));
      const __m256i must_be_two = _mm256_and_si256(_mm256_or_si256(third, fourth), _mm256_set1_epi8(wrong::kTwo));
      const __m256i bad = _mm256_xor_si256(must_be_two, pairs);
      if (_mm256_testz_si256(bad, bad) == 0) break;
    }
    before = now;
  }
  return at;
}

[[gnu::target("avx2")]] std::size_t ascii_by_vector(View octets) {
  const char* const data = octets.data();
  std::size_t at = 0;
  for (; at + 128 <= octets.size(); at += 128) {
    const __m256i some = _mm256_or_si256(load(data + at), load(data + at + 32));
    const __m256i more = _mm256_or_si256(load(data + at + 64), load(data + at + 96));
    if (_mm256_movemask_epi8(_mm256_or_si256(some, more)) != 0) break;
  }
  return at;
}
#else
std::size_t prefix_by_vector(View) { return 0; }
std::size_t ascii_by_vector(View) { return 0; }
#endif
}  // namespace

Utf8Character character_at(View octets) {
  using State = Utf8Character::State;
  const unsigned lead = octet_at(octets, 0);
  if (lead < 0x80) return {State::whole, 1, lead};
  const std::size_t length = length_by_lead(lead);
  if (length == 1) return {State::broken, 1, kReplacement};
  // The table of second octets, RFC 3629 section 4.
  unsigned low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  unsigned high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  char32_t value = lead & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    const auto so_far = static_cast<std::uint8_t>(i);
    if (i == octets.size()) return {State::cut, so_far, kReplacement};
    const unsigned next = octet_at(octets, i);
    if (next < low || next > high) return {State::broken, so_far, kReplacement};
    value = (value << 6U) | (next & 0x3FU);
    low = 0x80;
    high = 0xBF;
  }
  return {State::whole, static_cast<std::uint8_t>(length), value};
}

std::size_t ascii_prefix(View octets) {
  std::size_t at = has_avx2() ? ascii_by_vector(octets) : 0;
  for (; at + Sixteen::kOctets <= octets.size(); at += Sixteen::kOctets) {
    const unsigned other = Sixteen(octets.data() + at).above_ascii();
    if (other != 0) return at + static_cast<std::size_t>(std::countr_zero(other));
  }
  while (at < octets.size() && octet_at(octets, at) < 0x80) ++at;
  return at;
}

std::size_t utf8_prefix(View octets) {
  std::size_t at = ascii_prefix(octets);
  if (at == octets.size()) return at;
  if (has_avx2()) at += without_cut(octets.substr(at), prefix_by_vector(octets.substr(at)));
  return prefix_from(octets, at);
}

std::size_t utf8_prefix_by_octet(View octets) { return prefix_from(octets, 0); }

}  // namespace posthorn::codec
