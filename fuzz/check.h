// How a fuzz target says that a property does not hold.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace posthorn::fuzzing {

/// Aborts with the broken property, in every kind of build.
inline void check(bool holds, const char* property) {
  if (holds) return;
  std::fprintf(stderr, "property does not hold: %s\n", property);
  std::abort();
}

}  // namespace posthorn::fuzzing
