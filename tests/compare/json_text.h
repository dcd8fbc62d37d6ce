// As much of writing JSON as a tree of parts needs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace posthorn::testing {

/// Appends text in quotes. What is no ASCII stays as it is: UTF-8 is JSON's own form.
inline void append_json(std::string& out, std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (octet < 0x20 || octet == 0x7F) {
      out += "\\u00";
      out += kDigits[octet >> 4U];
      out += kDigits[octet & 15U];
    } else {
      out += c;
    }
  }
  out += '"';
}

/// Appends a member to an open object: its name and a colon, after a comma where one is needed.
inline void append_member(std::string& out, std::string_view name) {
  if (!out.ends_with('{')) out += ',';
  append_json(out, name);
  out += ':';
}

inline void append_member(std::string& out, std::string_view name, std::string_view text) {
  append_member(out, name);
  append_json(out, text);
}

inline void append_member(std::string& out, std::string_view name, std::int64_t number) {
  append_member(out, name);
  out += std::to_string(number);
}

}  // namespace posthorn::testing
