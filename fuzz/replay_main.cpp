// Makes a fuzz target a program that replays files, with any compiler: the seeds run in every test.
//
// usage: replay FILE-OR-DIRECTORY...   Each file runs whole and cut short at up to kCuts places.
#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "fuzz.h"

namespace {

constexpr std::size_t kLongest = std::size_t{1} << 20U;  // octets of a file that are replayed
constexpr std::size_t kMostFiles = 20'000;
constexpr std::size_t kCuts = 24;

std::vector<std::filesystem::path> files_of(int count, char** names) {
  std::vector<std::filesystem::path> files;
  for (int i = 1; i < count; ++i) {
    std::error_code error;
    const std::filesystem::path path(names[i]);
    if (!std::filesystem::is_directory(path, error)) {
      files.push_back(path);
      continue;
    }
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path, error)) {
      if (entry.is_regular_file(error)) files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  if (files.size() > kMostFiles) files.resize(kMostFiles);
  return files;
}

std::size_t replay(const std::string& octets) {
  const std::string_view input = std::string_view(octets).substr(0, kLongest);
  posthorn_fuzz(input);
  std::size_t runs = 1;
  const std::size_t step = std::max<std::size_t>(1, input.size() / kCuts);
  for (std::size_t cut = 0; cut < input.size(); cut += step, ++runs) posthorn_fuzz(input.substr(0, cut));
  return runs;
}

}  // namespace

int main(int count, char** names) {
  std::size_t files = 0;
  std::size_t runs = 0;
  for (const auto& path : files_of(count, names)) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
      std::fprintf(stderr, "cannot read %s\n", path.c_str());
      return 1;
    }
    const std::string octets(std::istreambuf_iterator<char>(file), {});
    runs += replay(octets);
    ++files;
  }
  std::printf("replayed %zu files, %zu runs\n", files, runs);
  return files == 0 ? 1 : 0;
}
