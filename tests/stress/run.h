// One run: the store, the server, the clients through all phases, and the comparison at the end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace posthorn::stress {

struct RunOptions {
  std::string folder;  ///< empty; the store is made below it
  unsigned seconds = 10;
  std::uint32_t clients = 32;
  std::uint64_t seed = 1;
  bool faults = false;
};

/// Prints what it does and what is wrong. @returns how many inconsistencies there were
[[nodiscard]] std::size_t run(const RunOptions& options);

}  // namespace posthorn::stress
