// Unmistakable words in values and bodies, and the search for them in all files of a directory.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

namespace posthorn::store {

inline constexpr std::size_t kTokenOctets = 16;

/// `octets` octets that are full of the word of a number; every page that holds a part of them holds the word.
inline std::string tokens(std::uint64_t number, std::size_t octets) {
  const std::string digits = std::to_string(number);
  const std::string word = "<Qz" + std::string(kTokenOctets - 4 - digits.size(), '0') + digits + ">";
  std::string text;
  while (text.size() < octets) text += word;
  text.resize(octets);
  return text;
}

/// The numbers of all words in the files of a directory, whatever the files are.
inline std::set<std::uint64_t> find_tokens(const std::string& directory) {
  std::set<std::uint64_t> found;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    for (std::size_t at = text.find("<Qz"); at != std::string::npos; at = text.find("<Qz", at + 1)) {
      const std::string digits = text.substr(at + 3, kTokenOctets - 4);
      if (digits.size() == kTokenOctets - 4 &&
          std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; })) {
        found.insert(std::stoull(digits));
      }
    }
  }
  return found;
}

}  // namespace posthorn::store
