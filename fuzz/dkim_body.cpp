// Canonical bodies in pieces, and what RFC 6376 section 3.4 says of them written down plainly.
#include <string>

#include "posthorn/protocol/dkim/canonicalization.h"

#include "check.h"
#include "fuzz.h"

namespace {
using namespace posthorn;

std::string replaced(std::string text, View what, View by) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at))
    text.replace(at, what.size(), by);
  return text;
}

std::string plainly(View body, bool relaxed) {
  std::string text(body);
  if (relaxed) {
    for (char& c : text) c = c == '\t' ? ' ' : c;
    text = replaced(std::move(text), "  ", " ");
    text = replaced(std::move(text), " \r\n", "\r\n");
  }
  while (text.ends_with("\r\n")) text.resize(text.size() - 2);
  return text.empty() && relaxed ? text : text + "\r\n";
}

std::string in_pieces(View body, dkim::Canonicalization how, std::size_t step) {
  dkim::BodyCanonicalizer canonicalizer(how);
  std::string out;
  for (; !body.empty(); body.remove_prefix(std::min(step, body.size()))) {
    View chunk = body.substr(0, step);
    for (View piece = canonicalizer.next(chunk); !piece.empty(); piece = canonicalizer.next(chunk)) out += piece;
  }
  for (View piece = canonicalizer.finish(); !piece.empty(); piece = canonicalizer.finish()) out += piece;
  return out;
}
}  // namespace

void posthorn_fuzz(std::string_view input) {
  constexpr std::size_t kOctets = 4096;  // what is written plainly is slow
  const std::size_t step = input.empty() ? 1 : static_cast<unsigned char>(input.front()) + 1U;
  const View body = input.substr(0, kOctets);
  for (const auto how : {dkim::Canonicalization::simple, dkim::Canonicalization::relaxed}) {
    const std::string expected = plainly(body, how == dkim::Canonicalization::relaxed);
    fuzzing::check(in_pieces(body, how, body.size() + 1) == expected, "a body is what the RFC says");
    fuzzing::check(in_pieces(body, how, step) == expected, "any chunking gives the same");
  }
  std::string once;
  dkim::append_field(dkim::Canonicalization::relaxed, body, once);
  std::string twice;
  dkim::append_field(dkim::Canonicalization::relaxed, once, twice);
  fuzzing::check(once == twice, "a canonical field stays");
}
