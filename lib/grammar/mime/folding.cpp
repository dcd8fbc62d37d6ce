#include "grammar/mime/folding.h"

#include "posthorn/bytes/codec/base64.h"
#include "posthorn/bytes/codec/hex.h"
#include "posthorn/bytes/codec/utf8.h"
#include "posthorn/grammar/char_set.h"

namespace posthorn::mime {

namespace {
/// What may stand for itself in an encoded word wherever the word stands (RFC 2047 section 5, rule 3).
constexpr CharSet kQ = chars::kAlnum + CharSet("!*+-/");
/// "=?utf-8?q?" and "?=".
constexpr std::size_t kFrame = 12;
/// A word with fewer octets of text in it is not worth the place.
constexpr std::size_t kWorthwhile = 12;

std::size_t q_cost(View text) {
  std::size_t cost = 0;
  for (const char c : text) cost += kQ[c] || c == ' ' ? 1 : 3;
  return cost;
}

std::size_t b_cost(View text) { return (text.size() + 2) / 3 * 4; }

std::string q_encoded(View text) {
  std::string out;
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (c == ' ') {
      out += '_';
    } else if (kQ[c]) {
      out += c;
    } else {
      out.append("=").append(1, codec::kUpperHex[octet >> 4U]).append(1, codec::kUpperHex[octet & 15U]);
    }
  }
  return out;
}
}  // namespace

std::string quoted_string(View text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

View take_characters(View& text, std::size_t room, std::size_t (*cost)(View)) {
  View rest = text;
  (void)codec::take_code_point(rest);
  std::size_t count = text.size() - rest.size();
  while (!rest.empty()) {
    (void)codec::take_code_point(rest);
    const std::size_t longer = text.size() - rest.size();
    if (cost(text.substr(0, longer)) > room) break;
    count = longer;
  }
  const View taken = text.substr(0, count);
  text.remove_prefix(count);
  return taken;
}

void FieldLine::put(View gap, View token, std::size_t behind, std::size_t limit) {
  const bool encoded = limit == kEncodedLine;
  if (has_encoded_) limit = kEncodedLine;
  const std::size_t octets = gap.size() + token.size() + behind;
  const bool full = column_ + octets > limit;
  if (first_ ? full && octets <= limit : full || breaks_) {
    out_ += "\r\n";
    column_ = 0;
    has_encoded_ = false;
  }
  first_ = false;
  breaks_ = false;
  has_encoded_ = has_encoded_ || encoded;
  out_.append(gap).append(token);
  column_ += gap.size() + token.size();
}

void FieldLine::encoded(View gap, View text) {
  // "Q" can be read by eye, so it may be longer by half.
  const bool q = q_cost(text) * 2 <= b_cost(text) * 3;
  while (!text.empty()) {
    std::size_t room = left(kEncodedLine);
    room -= std::min(room, gap.size());
    if (room < kFrame + kWorthwhile) room = kEncodedLine - gap.size();  // on a line of its own
    room = std::min(room, kEncodedWord) - kFrame;
    const View piece = take_characters(text, room, q ? q_cost : b_cost);
    const std::string word = (q ? "=?utf-8?q?" + q_encoded(piece) : "=?utf-8?b?" + codec::base64_encode(piece)) + "?=";
    put(gap, word, 0, kEncodedLine);
    gap = " ";
  }
}

}  // namespace posthorn::mime
