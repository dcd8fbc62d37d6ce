#include "protocol/spf/macro.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/dns/name.h"

#include "grammar/lower_case.h"

namespace posthorn::spf {

namespace {

constexpr CharSet kLetters = "sloidphvSLOIDPHV";
constexpr CharSet kExplanationLetters = kLetters + CharSet("crtCRT");
constexpr CharSet kDelimiters = ".-+,/_=";
constexpr CharSet kUnreserved = chars::kAlnum + CharSet("-._~");  // RFC 3986 section 2.3
constexpr auto kLiteral = lower_case_of(chars::kVisible - CharSet("%"));
constexpr CharSet kPlainName = chars::kAlnum + CharSet("-_.");
constexpr std::size_t kMaxName = 253;   // octets of a name as text, RFC 7208 section 7.3
constexpr std::size_t kMaxParts = 255;  // more labels no name has

/// "%{" letter [digits] ["r"] delimiters "}", or one of "%%", "%_", "%-".
struct Macro {
  char letter = '\0';  // as written; '%', '_' and '-' for the short ones
  bool reversed = false;
  std::size_t parts = kMaxParts;  // how many are kept, from the right
  View delimiters;                // none: "."
};

/// Takes the macro that `text` begins with, "%" included; nullopt: it is none.
std::optional<Macro> take_macro(View& text) {
  Macro macro;
  if (text.size() < 2) return std::nullopt;
  macro.letter = text[1];
  if (macro.letter == '%' || macro.letter == '_' || macro.letter == '-') {
    text.remove_prefix(2);
    return macro;
  }
  const std::size_t close = text.find('}');
  if (macro.letter != '{' || close == View::npos || close < 3) return std::nullopt;
  View inside = text.substr(2, close - 2);
  text.remove_prefix(close + 1);
  macro.letter = inside.front();
  inside.remove_prefix(1);
  if (!inside.empty() && chars::kDigit[inside.front()]) {
    macro.parts = 0;
    for (; !inside.empty() && chars::kDigit[inside.front()]; inside.remove_prefix(1)) {
      macro.parts = std::min(macro.parts * 10 + static_cast<std::size_t>(inside.front() - '0'), kMaxParts);
    }
    if (macro.parts == 0) return std::nullopt;  // RFC 7208 section 7.3: nonzero
  }
  if (!inside.empty() && to_lower(inside.front()) == 'r') {
    macro.reversed = true;
    inside.remove_prefix(1);
  }
  if (!std::ranges::all_of(inside, [](char c) { return kDelimiters[c]; })) return std::nullopt;
  macro.delimiters = inside;
  return macro;
}

bool is_letter(const Macro& macro, Place place) {
  if (macro.letter == '%' || macro.letter == '_' || macro.letter == '-') return true;
  return (place == Place::target ? kLetters : kExplanationLetters)[macro.letter];
}

/// RFC 7208 section 7.3: all nibbles of an IPv6 address, so that they can be turned around.
std::string dotted(const IpAddress& address) {
  if (address.is_v4()) return address.text();
  std::string out;
  for (const std::uint8_t octet : address.octets()) {
    if (!out.empty()) out.push_back('.');
    out.push_back("0123456789abcdef"[octet >> 4U]);
    out.push_back('.');
    out.push_back("0123456789abcdef"[octet & 15U]);
  }
  return out;
}

std::string value_of(char letter, const MacroValues& values) {
  switch (to_lower(letter)) {
    case 's': return own(values.local_part) + "@" + own(values.sender_domain);
    case 'l': return own(values.local_part);
    case 'o': return own(values.sender_domain);
    case 'd': return own(values.domain);
    case 'i': return dotted(values.client);
    case 'c': return values.client.text();
    case 'p': return own(values.validated_name);
    case 'v': return values.client.is_v4() ? "in-addr" : "ip6";
    case 'h': return own(values.helo);
    case 'r': return own(values.receiver);
    case 't': return std::to_string(values.now.time_since_epoch().count());
    default: return {};
  }
}

/// The last parts, after they were turned around where the macro says so, with dots between them.
std::string transformed(View value, const Macro& macro) {
  const View delimiters = macro.delimiters.empty() ? View(".") : macro.delimiters;
  std::string out;
  if (!macro.reversed) {
    std::size_t from = value.size() + 1;  // where the part before begins, behind its delimiter
    for (std::size_t i = 0; i < macro.parts && from > 0; ++i)
      from = value.substr(0, from - 1).find_last_of(delimiters) + 1;
    out = value.substr(from);
    std::ranges::replace_if(out, [&](char c) { return delimiters.find(c) != View::npos; }, '.');
    return out;
  }
  std::size_t end = value.find_first_of(delimiters);
  for (std::size_t i = 1; i < macro.parts && end != View::npos; ++i) end = value.find_first_of(delimiters, end + 1);
  for (value = value.substr(0, end);; out.push_back('.')) {
    const std::size_t at = value.find_last_of(delimiters);
    out += value.substr(at + 1);  // npos + 1 is the first octet
    if (at == View::npos) return out;
    value = value.substr(0, at);
  }
}

void append_escaped(std::string& out, View value) {
  for (const char c : value) {
    if (kUnreserved[c]) {
      out.push_back(c);
      continue;
    }
    const auto octet = static_cast<unsigned char>(c);
    out.push_back('%');
    out.push_back("0123456789ABCDEF"[octet >> 4U]);
    out.push_back("0123456789ABCDEF"[octet & 15U]);
  }
}

void append_macro(std::string& out, const Macro& macro, const MacroValues& values) {
  switch (macro.letter) {
    case '%': out.push_back('%'); return;
    case '_': out.push_back(' '); return;
    case '-': out += "%20"; return;
    default: break;
  }
  std::string value = value_of(macro.letter, values);
  const bool plain = !macro.reversed && macro.parts == kMaxParts && macro.delimiters.empty();
  if (!plain) value = transformed(value, macro);
  if (chars::kAlpha[macro.letter] && macro.letter != to_lower(macro.letter)) {
    append_escaped(out, value);
  } else {
    out += value;
  }
}

/// What stands behind the last macro of a macro-string; nullopt: it is none.
std::optional<View> literal_end(View text, Place place) {
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (kLiteral[static_cast<unsigned char>(c)] != '\0' || (c == ' ' && place == Place::explanation)) {
      ++at;
      continue;
    }
    text.remove_prefix(at);
    const auto macro = c == '%' ? take_macro(text) : std::nullopt;
    if (!macro || !is_letter(*macro, place)) return std::nullopt;
    at = 0;
  }
  return text;
}

/// Whether a text ends in "." and a label of letters, digits and inner hyphens, not digits alone (RFC 7208
/// section 7.1).
bool has_top_label(View text) {
  if (text.ends_with('.')) text.remove_suffix(1);
  std::size_t from = text.size();
  for (; from > 0 && text[from - 1] != '.'; --from) {
    if (!chars::kAlnum[text[from - 1]] && text[from - 1] != '-') return false;
  }
  const View label = text.substr(from);
  return from > 0 && !label.empty() && label.front() != '-' && label.back() != '-' &&
         !std::ranges::all_of(label, [](char c) { return chars::kDigit[c]; });
}

}  // namespace

bool is_macro_string(View text, Place place) { return literal_end(text, place).has_value(); }

bool is_domain_spec(View text) {
  const auto end = literal_end(text, Place::target);
  return end && (end->empty() ? !text.empty() : has_top_label(*end));
}

bool uses_macro(View text, View letters) {
  for (std::size_t at = text.find('%'); at != View::npos; at = text.find('%', at + 2)) {
    if (at + 2 < text.size() && text[at + 1] == '{' && letters.find(to_lower(text[at + 2])) != View::npos) return true;
  }
  return false;
}

std::string expand(View text, const MacroValues& values) {
  std::string out;
  while (!text.empty()) {
    const std::size_t percent = std::min(text.find('%'), text.size());
    out += text.substr(0, percent);
    text.remove_prefix(percent);
    if (text.empty()) break;
    const auto macro = take_macro(text);
    if (!macro) break;
    append_macro(out, *macro, values);
  }
  return out;
}

std::optional<std::string> target_name(std::string expanded) {
  if (expanded.ends_with('.')) expanded.pop_back();
  if (expanded.size() > kMaxName) {
    const std::size_t dot = expanded.find('.', expanded.size() - kMaxName - 1);
    if (dot == std::string::npos) return std::nullopt;
    expanded.erase(0, dot + 1);
  }
  if (expanded.empty() || expanded.ends_with('.')) return std::nullopt;
  if (auto plain = dns::wire::plain_name(expanded)) return plain;
  std::string escaped;  // every octet of its own worth
  for (const char c : expanded) {
    const auto octet = static_cast<unsigned char>(c);
    if (!kPlainName[c]) escaped.push_back('\\');
    if (kPlainName[c] || chars::kVisible[c]) {
      escaped.push_back(c);
    } else {
      for (const int digit : {octet / 100, octet / 10 % 10, octet % 10})
        escaped.push_back(static_cast<char>('0' + digit));
    }
  }
  auto name = dns::wire::normal_name(escaped);
  return name ? std::optional(std::move(*name)) : std::nullopt;
}

}  // namespace posthorn::spf
