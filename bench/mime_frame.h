// What the programs of bench/mime share: the corpus in memory, passes over it, time and peak memory.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

/// What the work came to: octets of decoded values and bodies, so that no compiler leaves it out and peers can be
/// compared.
struct Work {
  std::uint64_t parts = 0;
  std::uint64_t fields = 0;
  std::uint64_t header_octets = 0;
  std::uint64_t body_octets = 0;
};

/// Processor time of this process: all peers have one thread and everything in memory, and others share the machine.
inline double seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

inline std::string whole_file(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// A corpus is a file of messages, each after its size in eight octets, least one first.
inline std::vector<std::string> messages_of(const std::string& corpus) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at + 8 <= corpus.size();) {
    std::uint64_t size = 0;
    std::memcpy(&size, corpus.data() + at, 8);
    out.push_back(corpus.substr(at + 8, size));
    at += 8 + size;
  }
  return out;
}

/// The most memory that this process ever had, or that it has now, in KiB.
inline long memory(const char* name = "VmHWM:") {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name)) return std::strtol(line.c_str() + std::strlen(name), nullptr, 10);
  }
  return 0;
}

/// Makes VmHWM start anew from what is used now; loading the corpus needs more than reading it.
inline void forget_peak() { std::ofstream("/proc/self/clear_refs") << "5"; }

/// PROGRAM CORPUS PASSES [full|structure] | PROGRAM --one FILE full|structure|unlimited|beside
/// @param parser  has full(message, work) and structure(message, work)
template <class Parser>
int run(int argc, char** argv, Parser& parser) {
  if (argc == 4 && std::string_view(argv[1]) == "--one") {
    const std::string message = whole_file(argv[2]);
    Work work;
    const double begin = seconds();
    const std::string_view what(argv[3]);
    if constexpr (requires { parser.lift_limits(); }) {
      if (what == "unlimited") parser.lift_limits();
    }
    if constexpr (requires { parser.beside(message); }) {
      if (what == "beside") parser.beside(message);
    }
    if (what == "structure") parser.structure(message, work);
    if (what == "full" || what == "unlimited") parser.full(message, work);
    std::printf("one %.6f\n", seconds() - begin);
    return 0;
  }
  if (argc < 3) return 2;
  const auto messages = messages_of(whole_file(argv[1]));
  forget_peak();
  const long before = memory("VmRSS:");
  for (const char* what : {"full", "structure"}) {
    if (argc > 3 && std::string_view(what) != argv[3]) continue;
    const bool full = std::string_view(what) == "full";
    // The first pass warms up, but counts where it was so long that this does not matter.
    for (int pass = 0, counted = 0; counted < std::atoi(argv[2]); ++pass) {
      Work work;
      const double begin = seconds();
      for (const std::string& message : messages) full ? parser.full(message, work) : parser.structure(message, work);
      const double taken = seconds() - begin;
      if (pass == 0 && taken < 3) continue;
      std::printf("%s %.6f\n", what, taken);
      if (full && counted == 0) {
        std::printf("work %lu parts, %lu fields, %lu octets of values, %lu octets of bodies\n", work.parts, work.fields,
                    work.header_octets, work.body_octets);
        std::printf("peak %ld\n", memory() - before);
      }
      ++counted;
    }
  }
  return 0;
}

}  // namespace bench
