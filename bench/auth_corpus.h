// What the programs of tools/bench auth work on: files in one folder, and how a case is timed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iterator>
#include <string>

namespace auth {

inline constexpr std::array kKeys{"rsa", "ed25519"};
inline constexpr std::array kSizes{"4k", "1m"};

inline std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}
inline void write_file(const std::string& path, const std::string& octets) {
  std::ofstream(path, std::ios::binary) << octets;
}

/// Prints how often `work` can be done in a second of processor time: other programs on the machine do not count.
template <class Work>
void report(const std::string& name, double seconds, Work&& work) {
  const auto processor = [] { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; };
  work();
  std::size_t count = 0;
  const double start = processor();
  double spent = 0;
  for (std::size_t batch = 1; spent < seconds; batch *= 2) {
    for (std::size_t i = 0; i < batch; ++i) work();
    count += batch;
    spent = processor() - start;
  }
  std::printf("{\"name\": \"%s\", \"rate\": %.3f}\n", name.c_str(), static_cast<double>(count) / spent);
}

}  // namespace auth
