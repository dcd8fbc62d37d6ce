#include "protocol/sieve/extensions/encoded_character.h"

#include <optional>

#include "posthorn/bytes/codec/utf8.h"

#include "protocol/sieve/mail.h"

namespace posthorn::sieve::extensions {

namespace {

std::optional<std::uint32_t> hex(View word, std::size_t most) {
  if (word.empty() || word.size() > most) return std::nullopt;
  std::uint32_t out = 0;
  for (const char c : word) {
    const char lower = c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c;
    const bool digit = c >= '0' && c <= '9';
    if (!digit && (lower < 'a' || lower > 'f')) return std::nullopt;
    out = out * 16 + static_cast<std::uint32_t>(digit ? c - '0' : lower - 'a' + 10);
  }
  return out;
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/// What stands between the colon and the brace; nullopt: it is no encoded character at all.
std::optional<Result<std::string>> decode(View numbers, bool unicode) {
  std::string out;
  bool any = false;
  bool character = true;
  for (std::size_t at = 0; at < numbers.size();) {
    if (is_space(numbers[at])) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < numbers.size() && !is_space(numbers[end])) ++end;
    // Leading zeroes count for unicode (unicode-hex = 1*6HEXDIG); a hex pair has two digits at most.
    const auto value = hex(numbers.substr(at, end - at), unicode ? 8 : 2);
    if (!value) return std::nullopt;
    any = true;
    at = end;
    if (!unicode) {
      out += static_cast<char>(*value);
    } else if (*value > 0x10FFFF || (*value >= 0xD800 && *value <= 0xDFFF)) {
      character = false;
    } else {
      codec::append_code_point(out, static_cast<char32_t>(*value));
    }
  }
  if (!any) return std::nullopt;
  if (!character) return fail(peer_error(Code::syntax, "an encoded character that Unicode does not have"));
  return out;
}

}  // namespace

constexpr Extension encoded_character{
    .name = "encoded-character", .source = "RFC 5228 section 2.4.2.4", .characters = true};

Result<std::string> decode_characters(View text) {
  std::string out;
  for (;;) {
    const std::size_t at = text.find("${");
    out += text.substr(0, at);
    if (at == View::npos) break;
    text.remove_prefix(at);
    const std::size_t colon = text.find(':');
    const std::size_t end = text.find('}');
    const bool whole = colon != View::npos && end != View::npos && colon < end;
    const std::string word = whole ? lower_case(text.substr(2, colon - 2)) : std::string();
    const auto decoded = word == "hex" || word == "unicode"
                             ? decode(text.substr(colon + 1, end - colon - 1), word == "unicode")
                             : std::nullopt;
    if (decoded && !*decoded) return fail(decoded->error());
    if (decoded) {
      out += **decoded;
      text.remove_prefix(end + 1);
    } else {
      out += "${";
      text.remove_prefix(2);
    }
  }
  if (out.find('\0') != std::string::npos) return fail(peer_error(Code::syntax, "an encoded NUL"));
  return out;
}

}  // namespace posthorn::sieve::extensions
