// Published test data that is read where it lies: ../shared/data beside the checkout or $POSTHORN_SHARED_DATA.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace posthorn::testing {

/// The path of a file or folder of the data, or nullopt (said in the test's output) when it is not on this machine.
inline std::optional<std::filesystem::path> shared_data(const std::string& name) {
  const char* root = std::getenv("POSTHORN_SHARED_DATA");
  for (std::filesystem::path folder : {root != nullptr ? root : "", "../shared/data", "../../shared/data"}) {
    if (!folder.empty() && std::filesystem::exists(folder / name)) return folder / name;
  }
  MESSAGE("skipped: no shared data " << name);
  return std::nullopt;
}

inline std::string read_whole_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The published messages (.msg, .eml) in the order of their paths; none where the data is not on this machine.
inline std::vector<std::filesystem::path> published_messages() {
  std::vector<std::filesystem::path> files;
  const auto root = shared_data("mime");
  if (!root) return files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(*root)) {
    const auto extension = entry.path().extension();
    if (extension == ".msg" || extension == ".eml") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace posthorn::testing
