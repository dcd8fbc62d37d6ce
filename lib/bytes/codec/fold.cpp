#include "posthorn/bytes/codec/fold.h"

#include <cstddef>
#include <span>

#include "posthorn/bytes/codec/utf8.h"

#include "bytes/codec/utf8_prefix.h"

namespace posthorn::codec {

namespace {

// Blocks of Unicode's simple case folding that are regular; each row is one of them.
struct Block {
  char32_t first;
  char32_t last;
  char32_t add;      // to every capital...
  bool alternating;  // ...or 1 to every capital of pairs that stand side by side
};
constexpr Block kBlocks[] = {
    {0x00C0, 0x00D6, 32, false}, {0x00D8, 0x00DE, 32, false}, {0x0100, 0x012F, 1, true},   {0x0132, 0x0137, 1, true},
    {0x014A, 0x0177, 1, true},   {0x0391, 0x03A1, 32, false}, {0x03A3, 0x03AB, 32, false}, {0x0400, 0x040F, 80, false},
    {0x0410, 0x042F, 32, false}, {0x0460, 0x0481, 1, true},   {0x048A, 0x04BF, 1, true},   {0x04D0, 0x052F, 1, true},
    {0x1E00, 0x1E95, 1, true},   {0x1EA0, 0x1EFF, 1, true},
};

constexpr char fold_ascii(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

char32_t fold(char32_t c) {
  if (c == 0x03C2) return 0x03C3;  // final sigma
  for (const Block& b : kBlocks) {
    if (c < b.first) break;
    if (c > b.last) continue;
    if (!b.alternating) return c + b.add;
    return c % 2 == 0 ? c + 1 : c;
  }
  // Pairs whose capital is the odd one.
  if (((c >= 0x0139 && c <= 0x0147) || (c >= 0x0179 && c <= 0x017D)) && c % 2 == 1) return c + 1;
  if (c == 0x0178) return 0x00FF;
  return c;
}

}  // namespace

std::string fold_case(View text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    if (static_cast<unsigned char>(text.front()) >= 0x80) {
      append_code_point(out, fold(take_code_point(text)));
      continue;
    }
    const std::size_t ascii = ascii_prefix(text);
    const std::size_t at = out.size();
    out += text.substr(0, ascii);
    for (char& c : std::span(out).subspan(at)) c = fold_ascii(c);
    text.remove_prefix(ascii);
  }
  return out;
}

}  // namespace posthorn::codec
