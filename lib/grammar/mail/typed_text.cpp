#include "posthorn/grammar/mail/typed_text.h"

#include <algorithm>
#include <cstdint>

#include "posthorn/bytes/codec/hex.h"
#include "posthorn/bytes/codec/utf8.h"
#include "posthorn/grammar/char_set.h"

#include "grammar/cfws.h"
#include "grammar/made_of.h"

namespace posthorn::mail {

namespace {
constexpr CharSet kPlain = chars::kVisible - CharSet("+=");       // xchar
constexpr CharSet kQchar = chars::kVisible - CharSet("+=\\");     // QCHAR of RFC 6533
constexpr CharSet kUnitext = chars::kVisible + chars::kEightBit;  // with what people forget to escape
constexpr std::size_t kMaxHexpoint = 6;

std::string lower(View text) {
  std::string out = own(text);
  std::ranges::transform(out, out.begin(), to_lower);
  return out;
}

/// HEXPOINT: at least two digits.
std::string hexpoint(char32_t point) {
  std::string out;
  for (int shift = 20; shift >= 0; shift -= 4) {
    const auto digit = codec::kUpperHex[(point >> static_cast<unsigned>(shift)) & 15U];
    if (digit != '0' || !out.empty() || shift <= 4) out += digit;
  }
  return out;
}

/// The escaped character at the front of `text`, which is taken off; 0 where there is none.
char32_t take_escape(View& text) {
  const std::size_t end = text.find('}');
  if (!text.starts_with("\\x{") || end == View::npos) return 0;
  const View digits = text.substr(3, end - 3);
  if (digits.size() < 2 || digits.size() > kMaxHexpoint || !is_made_of(digits, chars::kHex)) return 0;
  char32_t point = 0;
  for (const char c : digits) point = point * 16 + static_cast<char32_t>(codec::hex_value(c));
  const bool special = point == ' ' || point == '+' || point == '=' || point == '\\';
  const bool beyond_ascii = point >= 0x80 && point <= 0x10FFFF && (point < 0xD800 || point > 0xDFFF);
  if (!special && !beyond_ascii) return 0;
  text.remove_prefix(end + 1);
  return point;
}
}  // namespace

TypedText typed_text(const Mailbox& mailbox) {
  std::string text = mailbox.text();
  const bool ascii = codec::is_ascii(text);
  return {ascii ? "rfc822" : "utf-8", std::move(text)};
}

std::optional<Mailbox> mailbox_of(const TypedText& address) {
  if (address.type != "rfc822" && address.type != "utf-8") return std::nullopt;
  View text = trimmed(View(address.text).substr(skip_cfws(address.text, 0)));
  if (text.starts_with('<')) {
    text = text.substr(1, text.rfind('>') - 1);
  } else if (text.ends_with(')')) {
    text = trimmed(text.substr(0, text.rfind('(')));
  }
  auto out = parse_mailbox(text, true);
  return out ? std::optional(std::move(*out)) : std::nullopt;
}

std::string xtext_encode(View octets) {
  std::string out;
  for (const char c : octets) {
    if (kPlain[c]) {
      out += c;
      continue;
    }
    const auto octet = static_cast<unsigned char>(c);
    out.append("+").append(1, codec::kUpperHex[octet >> 4U]).append(1, codec::kUpperHex[octet & 15U]);
  }
  return out;
}

std::optional<std::string> xtext_decode(View xtext) {
  std::string out;
  for (std::size_t i = 0; i < xtext.size(); ++i) {
    if (kPlain[xtext[i]]) {
      out += xtext[i];
      continue;
    }
    const bool hexchar = xtext[i] == '+' && i + 2 < xtext.size() && is_made_of(xtext.substr(i + 1, 2), chars::kHex);
    if (!hexchar) return std::nullopt;
    out += static_cast<char>(codec::hex_value(xtext[i + 1]) * 16 + codec::hex_value(xtext[i + 2]));
    i += 2;
  }
  return out;
}

std::string unitext_encode(View utf8, bool ascii) {
  std::string out;
  while (!utf8.empty()) {
    const char first = utf8.front();
    const char32_t point = codec::take_code_point(utf8);
    if (kQchar[first]) {
      out += first;
    } else if (point >= 0x80 && !ascii) {
      codec::append_code_point(out, point);
    } else {
      out.append("\\x{").append(hexpoint(point)).append("}");
    }
  }
  return out;
}

std::optional<std::string> unitext_decode(View text) {
  std::string out;
  while (!text.empty()) {
    if (text.front() == '\\') {
      const char32_t point = take_escape(text);
      if (point == 0) return std::nullopt;
      codec::append_code_point(out, point);
    } else if (kUnitext[text.front()]) {
      out += text.front();
      text.remove_prefix(1);
    } else {
      return std::nullopt;
    }
  }
  return out;
}

Result<TypedText> parse_orcpt(View value) {
  if (value.size() > kMaxOrcpt) return fail(peer_error(Code::too_long, "ORCPT"));
  const std::size_t end = std::min(value.find(';'), value.size());
  TypedText out{.type = lower(value.substr(0, end)), .text = {}};
  if (out.type.empty() || end == value.size() || !is_made_of(out.type, chars::kAtext)) {
    return fail(peer_error(Code::syntax, "no address type"));
  }
  // The type utf-8 has an encoding of its own (RFC 6533 section 3).
  const View encoded = value.substr(end + 1);
  auto text = out.type == "utf-8" ? unitext_decode(encoded) : xtext_decode(encoded);
  const bool fits = text && !text->empty() && codec::is_utf8(*text) && is_made_of(*text, ~chars::kCtl);
  if (!fits) return fail(peer_error(Code::syntax, "no encoded address", static_cast<std::uint32_t>(end + 1)));
  out.text = std::move(*text);
  return out;
}

Result<std::string> format_orcpt(const TypedText& address, bool utf8) {
  const bool beyond_ascii = !codec::is_ascii(address.text);
  const bool is_utf8 = address.type == "utf-8" || (address.type == "rfc822" && beyond_ascii);
  const bool fits = !address.type.empty() && is_made_of(address.type, chars::kAtext) && !address.text.empty() &&
                    codec::is_utf8(address.text);
  if (!fits) return fail(caller_error(Code::syntax, "no typed address: " + address.type + ";" + address.text));
  std::string out =
      is_utf8 ? "utf-8;" + unitext_encode(address.text, !utf8) : address.type + ";" + xtext_encode(address.text);
  if (out.size() > kMaxOrcpt) return fail(caller_error(Code::too_long, "ORCPT"));
  return out;
}

}  // namespace posthorn::mail
