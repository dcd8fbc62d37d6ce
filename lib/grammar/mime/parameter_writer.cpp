#include "grammar/mime/parameter_writer.h"

#include <algorithm>
#include <string>

#include "posthorn/bytes/codec/hex.h"
#include "posthorn/bytes/codec/utf8.h"
#include "posthorn/grammar/char_set.h"

#include "grammar/made_of.h"

namespace posthorn::mime {

namespace {
constexpr View kCharset = "utf-8''";
/// What a token may have (RFC 2045 section 5.1); readers take octets beyond ASCII too.
constexpr CharSet kTokenText = chars::kVisible - CharSet("()<>@,;:\\\"/[]?=");
/// attribute-char of RFC 2231 section 7.
constexpr CharSet kAttribute = kTokenText - CharSet("*'%");

std::string escaped(View text) {
  std::string out;
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (kAttribute[c]) {
      out += c;
    } else {
      out.append("%").append(1, codec::kUpperHex[octet >> 4U]).append(1, codec::kUpperHex[octet & 15U]);
    }
  }
  return out;
}

std::size_t escaped_cost(View text) {
  std::size_t cost = 0;
  for (const char c : text) cost += kAttribute[c] ? 1 : 3;
  return cost;
}

std::size_t quoted_cost(View text) {
  return text.size() + 2 +
         static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return c == '"' || c == '\\'; }));
}

/// Pieces "name*0*=", "name*1*=" and so on, each on a line that it fits.
void put_pieces(FieldLine& line, const Parameter& p, bool escape) {
  View rest = p.value;
  for (std::size_t number = 0; !rest.empty(); ++number) {
    std::string text = p.name + "*" + std::to_string(number) + (escape ? "*=" : "=");
    if (number == 0 && escape) text += kCharset;
    const std::size_t room = kFoldedLine - 2 - text.size();  // without the space before it and the ";" behind
    const View piece = take_characters(rest, room, escape ? escaped_cost : quoted_cost);
    text += escape ? escaped(piece) : quoted_string(piece);
    line.glue(";");
    line.put(" ", text, 1);
  }
}
}  // namespace

bool is_token(View text) { return !text.empty() && is_made_of(text, kTokenText); }

void put_parameter(FieldLine& line, const Parameter& p, HeaderForm form) {
  // A tab could be taken for folding; "=?" for an encoded word, which people send in parameters.
  const bool plain =
      (form == HeaderForm::utf8 || codec::is_ascii(p.value)) && !p.value.contains('\t') && !p.value.contains("=?");
  const std::size_t room = kFoldedLine - 2 - p.name.size() - 1;
  const std::size_t extended = 1 + kCharset.size() + escaped_cost(p.value);
  if (plain && is_token(p.value) && p.value.size() <= room) {
    line.glue(";");
    line.put(" ", p.name + "=" + p.value, 1);
  } else if (plain && quoted_cost(p.value) <= room) {
    line.glue(";");
    line.put(" ", p.name + "=" + quoted_string(p.value), 1);
  } else if (!plain && extended <= room) {
    line.glue(";");
    line.put(" ", p.name + "*=" + std::string(kCharset) + escaped(p.value), 1);
  } else {
    put_pieces(line, p, !plain);
  }
}

}  // namespace posthorn::mime
