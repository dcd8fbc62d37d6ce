#include "protocol/auth_results/reader.h"

#include <algorithm>

namespace posthorn::auth_results {

namespace {

constexpr CharSet kLdh = chars::kAlnum + CharSet("-");
constexpr CharSet kLocal = chars::kAtext + CharSet(".") + chars::kEightBit;
constexpr CharSet kDomain = kLdh + CharSet("._") + chars::kEightBit;  // "_": seen in real names, harmless here

bool all_of(View text, const CharSet& set) {
  return std::ranges::all_of(text, [&](char c) { return set[c]; });
}

/// CRLF and white space behind it; a line end that is none of folding is a fault.
bool take_fold(Cursor& c) {
  const View rest = c.rest();
  if (!rest.starts_with("\r\n")) return false;
  if (rest.size() < 3 || !chars::kSpace[rest[2]]) return c.fail(Code::syntax, "a line that goes on nowhere");
  return c.try_octet('\r') && c.try_octet('\n') && c.try_octet(rest[2]);
}

/// One octet of a comment or a quoted string, or two of a quoted pair; nullopt: none may be here.
std::optional<char> take_text(Cursor& c) {
  if (take_fold(c)) return ' ';
  (void)c.try_octet('\\');
  const char octet = c.peek();
  if (octet != '\t' && (chars::kCtl[octet] || c.at_end())) return std::nullopt;
  (void)c.try_octet(octet);
  return octet;
}

bool take_comment(Cursor& c, std::string& text) {
  std::size_t depth = 0;
  do {
    const char next = c.peek();
    if (next == '(') ++depth;
    if (next == ')') --depth;
    const auto octet = take_text(c);
    if (!octet) return c.fail(Code::syntax, "a comment without an end");
    text.push_back(*octet);
  } while (depth > 0);
  text = text.substr(1, text.size() - 2);
  return true;
}

bool take_quoted(Cursor& c, std::string& out) {
  if (!c.octet('"')) return false;
  while (!c.try_octet('"')) {
    const auto octet = take_text(c);
    if (!octet) return c.fail(Code::syntax, "a quoted string without an end");
    out.push_back(*octet);
  }
  return true;
}

}  // namespace

bool is_keyword(View text) { return !text.empty() && text.back() != '-' && all_of(text, kLdh); }

bool is_plain_value(View text) {
  const std::size_t at = text.rfind('@');
  if (at == View::npos) return !text.empty() && all_of(text, kToken);
  const View local = text.substr(0, at);
  const View domain = text.substr(at + 1);
  if (domain.empty() || !all_of(domain, kDomain)) return false;
  if (local.starts_with('"')) {
    Cursor c(local);
    std::string text_of_it;
    return take_quoted(c, text_of_it) && c.end();
  }
  return all_of(local, kLocal);
}

bool take_cfws(Cursor& c, std::string* comment) {
  bool any = false;
  while (c.ok()) {
    if (c.try_octet(' ') || c.try_octet('\t') || take_fold(c)) {
      any = true;
    } else if (c.peek() == '(') {
      std::string text;
      if (!take_comment(c, text)) return false;
      if (comment != nullptr && comment->empty()) *comment = text;
      any = true;
    } else {
      break;
    }
  }
  return any;
}

bool take_keyword(Cursor& c, std::string& out) {
  View word;
  if (!c.run(kLdh, word)) return false;
  if (!is_keyword(word)) return c.fail(Code::syntax, "no keyword");
  out = own(word);
  return true;
}

bool take_value(Cursor& c, std::string& out) {
  if (c.peek() == '"') return take_quoted(c, out);
  View word;
  if (!c.run(kToken, word)) return false;
  out = own(word);
  return true;
}

bool take_property_value(Cursor& c, std::string& out) {
  const View from = c.rest();
  if (c.peek() == '"') {
    if (!take_quoted(c, out)) return false;
    if (c.peek() != '@') return true;
    // The quotes belong to the local part, which has no line ends.
    out = own(from.substr(0, from.size() - c.rest().size()));
    std::erase_if(out, [](char octet) { return octet == '\r' || octet == '\n'; });
  }
  View word;
  if (!c.run(kLocal + kToken + CharSet("@"), word)) return false;
  out += word;
  return is_plain_value(out) || c.fail(Code::syntax, "a value that needs quotes");
}

}  // namespace posthorn::auth_results
