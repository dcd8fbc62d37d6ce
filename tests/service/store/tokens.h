// Unmistakable words in values and bodies, and the search for them in all files of a directory.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

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

/// What the file holds now; what is added meanwhile is left out, so that a writer cannot keep the reading from its end.
inline std::string whole(const std::filesystem::directory_entry& entry) {
  std::error_code absent;
  const std::uintmax_t size = entry.file_size(absent);
  std::string text(absent ? 0 : size, '\0');
  std::ifstream file(entry.path(), std::ios::binary);
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

/// The numbers of all words in the files of a directory, whatever the files are.
inline std::set<std::uint64_t> find_tokens(const std::string& directory) {
  std::set<std::uint64_t> found;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (!entry.is_regular_file()) continue;
    const std::string text = whole(entry);
    std::string_view before;
    for (std::size_t at = text.find("<Qz"); at != std::string::npos; at = text.find("<Qz", at + 1)) {
      const std::string_view digits = std::string_view(text).substr(at + 3, kTokenOctets - 4);
      if (std::exchange(before, digits) == digits) continue;
      if (digits.size() == kTokenOctets - 4 &&
          std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; })) {
        found.insert(std::stoull(std::string(digits)));
      }
    }
  }
  return found;
}

}  // namespace posthorn::store
