#include "posthorn/grammar/mime/header.h"

#include <algorithm>
#include <array>
#include <utility>

#include "posthorn/bytes/codec/charset.h"
#include "posthorn/bytes/codec/hex.h"
#include "posthorn/grammar/cursor.h"
#include "posthorn/grammar/mime/encoded_word.h"

#include "grammar/mime/field_line.h"

namespace posthorn::mime {

namespace {
constexpr std::size_t kMaxParameters = 200;
constexpr CharSet kWhite = " \t\r\n";
constexpr CharSet kTspecials = "()<>@,;:\\\"/[]?=";
constexpr CharSet kToken = ~(kTspecials + chars::kCtl + CharSet(" "));
/// What people send without quotes although they may not: "boundary=a/b?c".
constexpr CharSet kLooseToken = ~(CharSet(";\"()") + kWhite);

void skip_comment(Cursor& c) {
  constexpr CharSet kPlain = ~CharSet("()\\");
  std::size_t depth = 0;
  do {
    View ignored;
    if (c.try_octet('(')) {
      ++depth;
    } else if (c.try_octet(')')) {
      --depth;
    } else if (c.try_octet('\\')) {
      if (!c.at_end()) c.octets(1, ignored);
    } else {
      (void)c.try_run(kPlain);
    }
  } while (depth > 0 && !c.at_end());
}

void skip_cfws(Cursor& c) {
  for (;;) {
    (void)c.try_run(kWhite);
    if (c.at_end() || c.peek() != '(') return;
    skip_comment(c);
  }
}

/// After the opening quote; an open string ends with the text. Line ends of folding are dropped.
std::string quoted(Cursor& c) {
  constexpr CharSet kPlain = ~CharSet("\"\\\r\n");
  constexpr CharSet kLineEnd = "\r\n";
  std::string out;
  while (!c.at_end() && !c.try_octet('"')) {
    View octet;
    (void)c.try_run(kLineEnd);
    if (c.try_octet('\\') && !c.at_end()) {
      c.octets(1, octet);
      out += octet;
    }
    out += c.try_run(kPlain);
  }
  return out;
}

std::vector<Parameter> parameters(Cursor& c) {
  constexpr CharSet kNotSemicolon = ~CharSet(";");
  std::vector<Parameter> out;
  for (skip_cfws(c); c.try_octet(';') && out.size() < kMaxParameters; skip_cfws(c)) {
    skip_cfws(c);
    Parameter p;
    p.name = c.try_run(kToken);
    skip_cfws(c);
    if (p.name.empty() || !c.try_octet('=')) {
      (void)c.try_run(kNotSemicolon);
      continue;
    }
    skip_cfws(c);
    p.value = c.try_octet('"') ? quoted(c) : std::string(c.try_run(kLooseToken));
    out.push_back(std::move(p));
    skip_cfws(c);
    if (c.peek() != ';') (void)c.try_run(kNotSemicolon);
  }
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
  while (!raw.empty() && kWhite[raw.front()]) raw.remove_prefix(1);
  while (!raw.empty() && kWhite[raw.back()]) raw.remove_suffix(1);
  std::string out;
  out.reserve(raw.size());
  for (char c : raw) {
    if (c != '\r' && c != '\n') out += c;
  }
  return out;
}

std::optional<ContentType> parse_content_type(View raw) {
  Cursor c(raw);
  ContentType out;
  skip_cfws(c);
  out.type = c.try_run(kToken);
  skip_cfws(c);
  if (out.type.empty() || !c.try_octet('/')) return std::nullopt;
  skip_cfws(c);
  out.subtype = c.try_run(kToken);
  if (out.subtype.empty()) return std::nullopt;
  out.parameters = parameters(c);
  return out;
}

std::optional<Disposition> parse_disposition(View raw) {
  Cursor c(raw);
  Disposition out;
  skip_cfws(c);
  out.kind = c.try_run(kToken);
  if (out.kind.empty()) return std::nullopt;
  out.parameters = parameters(c);
  return out;
}

std::vector<std::string> parse_tokens(View raw) {
  Cursor c(raw);
  std::vector<std::string> out;
  for (skip_cfws(c); !c.at_end() && out.size() < kMaxParameters; skip_cfws(c)) {
    const View token = c.try_run(kToken);
    View ignored;
    if (token.empty()) {
      c.octets(1, ignored);
    } else {
      out.emplace_back(token);
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
