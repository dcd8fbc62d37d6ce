// Makes a fuzz target a libFuzzer program (clang).
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* octets, std::size_t count) {
  posthorn_fuzz(std::string_view(reinterpret_cast<const char*>(octets), count));
  return 0;
}
