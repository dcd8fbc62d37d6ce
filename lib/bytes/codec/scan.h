// Runs of octets that need no decision, found and copied many at a time.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__x86_64__)
#include <emmintrin.h>
#endif

#include "posthorn/bytes/view.h"

namespace posthorn::codec {

/// Sixteen octets; what is asked about them is answered with a bit for each, the lowest for the first.
class Sixteen {
 public:
  static constexpr std::size_t kOctets = 16;
#if defined(__x86_64__)
  explicit Sixteen(const char* at) { std::memcpy(&octets_, at, sizeof octets_); }
  void store(char* at) const { std::memcpy(at, &octets_, sizeof octets_); }
  [[nodiscard]] unsigned equal(char c) const { return mask(_mm_cmpeq_epi8(octets_, _mm_set1_epi8(c))); }
  [[nodiscard]] unsigned above_ascii() const { return mask(octets_); }
  /// Octets from `low` to `high`, both below 0x80.
  [[nodiscard]] unsigned between(char low, char high) const {
    const __m128i from = _mm_cmpgt_epi8(octets_, _mm_set1_epi8(static_cast<char>(low - 1)));
    return mask(_mm_andnot_si128(_mm_cmpgt_epi8(octets_, _mm_set1_epi8(high)), from));
  }

 private:
  static unsigned mask(__m128i octets) { return static_cast<unsigned>(_mm_movemask_epi8(octets)); }
  __m128i octets_;
#else
  explicit Sixteen(const char* at) { std::memcpy(octets_, at, sizeof octets_); }
  void store(char* at) const { std::memcpy(at, octets_, sizeof octets_); }
  [[nodiscard]] unsigned equal(char c) const { return between(c, c); }
  [[nodiscard]] unsigned above_ascii() const {
    return where([](char c) { return static_cast<unsigned char>(c) >= 0x80; });
  }
  [[nodiscard]] unsigned between(char low, char high) const {
    return where([&](char c) { return c >= low && c <= high && static_cast<unsigned char>(c) < 0x80; });
  }

 private:
  template <class Test>
  unsigned where(Test test) const {
    unsigned mask = 0;
    for (std::size_t i = 0; i < kOctets; ++i) mask |= test(octets_[i]) ? 1U << i : 0U;
    return mask;
  }
  char octets_[kOctets];
#endif
};

}  // namespace posthorn::codec
