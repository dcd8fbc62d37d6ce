#include "posthorn/grammar/mime/header.h"

#include <algorithm>
#include <array>
#include <utility>

#include "posthorn/bytes/codec/charset.h"
#include "posthorn/bytes/codec/hex.h"
#include "posthorn/grammar/cursor.h"
#include "posthorn/grammar/mime/encoded_word.h"
#include "posthorn/grammar/mime/parameter.h"

#include "grammar/cfws.h"
#include "grammar/mime/field_line.h"
#include "grammar/mime/token.h"

namespace posthorn::mime {

namespace {
/// More parameters and words of one field are not kept.
constexpr std::size_t kMaxParameters = 2000;

/// What people mean by a value: names of files, and encoded words, go on over blanks though nobody quoted them.
std::string value_of(const ParameterView& p) {
  const bool goes_on = same_word(p.name, "name") || same_word(p.name, "filename") || p.value.starts_with("=?");
  return goes_on && !p.quoted ? unfold(p.loose) : unquoted(p);
}

std::vector<Parameter> parameters(View text) {
  std::vector<Parameter> out;
  ParameterReader reader(text);
  ParameterView p;
  while (out.size() < kMaxParameters && reader.next(p)) out.push_back({own(p.name), value_of(p)});
  return out;
}

/// What a numbered or starred name says about a piece (RFC 2231 sections 3 and 4).
struct Piece {
  unsigned number = 0;
  bool numbered = false;
  bool escaped = false;
  View value;
  std::size_t position = 0;  ///< in the field
};

std::optional<Piece> piece_of(const Parameter& p, View name) {
  if (p.name.size() <= name.size() || !same_word(View(p.name).substr(0, name.size()), name)) return std::nullopt;
  Cursor c(View(p.name).substr(name.size()));
  Piece piece{.value = p.value};
  if (!c.try_octet('*')) return std::nullopt;
  if (c.at_end()) {
    piece.escaped = true;
    return piece;
  }
  piece.numbered = true;
  if (!c.number(piece.number, 1000U)) return std::nullopt;
  piece.escaped = c.try_octet('*');
  return c.end() ? std::optional(piece) : std::nullopt;
}

void append_unescaped(std::string& out, View text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size() && codec::hex_value(text[i + 1]) >= 0 &&
                        codec::hex_value(text[i + 2]) >= 0;
    if (!escape) {
      out += text[i];
      continue;
    }
    out += static_cast<char>(codec::hex_value(text[i + 1]) * 16 + codec::hex_value(text[i + 2]));
    i += 2;
  }
}
}  // namespace

bool FieldReader::next(Field& out) {
  while (at_ < header_.size()) {
    const std::size_t begin = at_;
    const std::size_t first_end = std::min(header_.find('\n', at_), header_.size() - 1) + 1;
    const View first = header_.substr(begin, first_end - begin);
    at_ = first_end;
    if (is_empty_line(first)) {
      at_ = header_.size();
      return false;
    }
    while (at_ < header_.size() && chars::kSpace[header_[at_]]) {
      at_ = std::min(header_.find('\n', at_), header_.size() - 1) + 1;
    }
    if (split_field(header_.substr(begin, at_ - begin), begin, out)) return true;
  }
  return false;
}

std::optional<View> find_field(View header, View name) {
  FieldReader reader(header);
  Field field;
  while (reader.next(field)) {
    if (same_word(field.name, name)) return field.raw;
  }
  return std::nullopt;
}

std::string unfold(View raw) {
  raw = trimmed(raw);
  std::string out;
  out.reserve(raw.size());
  const auto take_until = [](View& text, char end) {
    const View taken = text.substr(0, text.find(end));
    text.remove_prefix(std::min(taken.size() + 1, text.size()));
    return taken;
  };
  while (!raw.empty()) {
    for (View line = take_until(raw, '\n'); !line.empty();) out += take_until(line, '\r');
  }
  return out;
}

std::optional<ContentType> parse_content_type(View raw) {
  const auto value = split_content_type(raw);
  if (!value) return std::nullopt;
  return ContentType{own(value->type), own(value->subtype), parameters(value->parameters)};
}

std::optional<Disposition> parse_disposition(View raw) {
  const auto value = split_value(raw);
  if (!value) return std::nullopt;
  return Disposition{own(value->type), parameters(value->parameters)};
}

std::vector<std::string> parse_tokens(View raw) {
  std::vector<std::string> out;
  for (std::size_t at = skip_cfws(raw, 0); at < raw.size() && out.size() < kMaxParameters; at = skip_cfws(raw, at)) {
    const std::size_t begin = at;
    while (at < raw.size() && kToken[raw[at]]) ++at;
    if (at == begin) {
      ++at;
    } else {
      out.emplace_back(raw.substr(begin, at - begin));
    }
  }
  return out;
}

const std::string* find_parameter(const std::vector<Parameter>& parameters, View name) {
  for (const Parameter& p : parameters) {
    if (same_word(p.name, name)) return &p.value;
  }
  return nullptr;
}

std::optional<std::string> decoded_parameter(const std::vector<Parameter>& parameters, View name) {
  std::vector<Piece> pieces;
  for (const Parameter& p : parameters) {
    auto piece = piece_of(p, name);
    if (!piece) continue;
    piece->position = pieces.size();
    pieces.push_back(*piece);
  }
  if (pieces.empty()) {
    const std::string* plain = find_parameter(parameters, name);
    if (plain == nullptr) return std::nullopt;
    return decode_words(*plain);
  }
  std::ranges::sort(pieces, {}, [](const Piece& p) { return std::pair(p.number, p.position); });
  std::string octets;
  std::string charset;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    View value = pieces[i].value;
    if (i > 0 && (!pieces[i].numbered || pieces[i].number != i)) break;  // a gap: what follows is not ours
    if (i == 0 && pieces[i].escaped) {
      const std::size_t first = value.find('\'');
      const std::size_t second = first == View::npos ? first : value.find('\'', first + 1);
      if (second != View::npos) {
        charset = value.substr(0, first);
        value.remove_prefix(second + 1);
      }
    }
    if (pieces[i].escaped) {
      append_unescaped(octets, value);
    } else {
      octets += value;
    }
  }
  return codec::to_utf8(charset.empty() ? "utf-8" : charset, octets);
}

Encoding parse_encoding(std::optional<View> raw) {
  if (!raw) return Encoding::seven_bit;
  struct Named {
    View name;
    Encoding encoding;
  };
  constexpr std::array<Named, 5> kNamed{{{"7bit", Encoding::seven_bit},
                                         {"8bit", Encoding::eight_bit},
                                         {"binary", Encoding::binary},
                                         {"quoted-printable", Encoding::quoted_printable},
                                         {"base64", Encoding::base64}}};
  const auto tokens = parse_tokens(*raw);
  if (tokens.empty()) return Encoding::seven_bit;
  for (const Named& n : kNamed) {
    if (same_word(tokens.front(), n.name)) return n.encoding;
  }
  return Encoding::unknown;
}

}  // namespace posthorn::mime
