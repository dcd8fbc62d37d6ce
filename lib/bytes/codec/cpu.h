// What the processor can do beyond what the compiler may take for granted.
#pragma once

namespace posthorn::codec {

/// Whether functions marked `target("avx2")` may be called; asked at each use, a load and a test.
inline bool has_avx2() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx2") != 0;
#else
  return false;
#endif
}

}  // namespace posthorn::codec
