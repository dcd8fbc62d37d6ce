#include "posthorn/protocol/managesieve/arguments.h"

#include <cstdint>

#include "posthorn/bytes/codec/utf8.h"
#include "posthorn/protocol/managesieve/scripts.h"

namespace posthorn::managesieve {

namespace {

constexpr std::size_t kLongestQuoted = 1024;  // octets, RFC 5804 section 4
constexpr std::size_t kNameCharacters = 128;  // RFC 5804 section 1.6
constexpr CharSet kNotQuoted = CharSet("\r\n").add('\0');
constexpr CharSet kQuotedText = ~(kNotQuoted + CharSet("\"\\"));

bool quoted(Cursor& c, std::string& out) {
  if (!c.octet('"')) return false;
  for (;;) {
    out += c.try_run(kQuotedText);
    if (c.try_octet('"')) return true;
    if (!c.octet('\\')) return false;
    const char escaped = c.peek();
    if (escaped != '"' && escaped != '\\') return c.fail(Code::syntax, "a quoted octet that needs no quoting");
    c.octet(escaped);
    out += escaped;
  }
}

bool literal(Cursor& c, std::string& out) {
  std::uint64_t count = 0;
  View octets;
  if (!c.octet('{') || !c.number(count)) return false;
  c.try_octet('+');
  if (!(c.octet('}') && c.octet('\r') && c.octet('\n') && c.octets(count, octets))) return false;
  out = octets;
  return true;
}

std::string written(View octets, View literal_end) {
  bool fits = octets.size() <= kLongestQuoted;
  std::string text = "\"";
  for (std::size_t i = 0; fits && i < octets.size(); ++i) {
    fits = !kNotQuoted[octets[i]];
    if (octets[i] == '"' || octets[i] == '\\') text.push_back('\\');
    text.push_back(octets[i]);
  }
  text.push_back('"');
  if (fits && text.size() <= kLongestQuoted + 2) return text;
  return "{" + std::to_string(octets.size()) + own(literal_end) + "\r\n" + own(octets);
}

bool may_be_in_a_name(char32_t c) { return c > 0x1F && (c < 0x7F || c > 0x9F) && c != 0x2028 && c != 0x2029; }

}  // namespace

bool string(Cursor& c, std::string& out) {
  out.clear();
  return c.peek() == '{' ? literal(c, out) : quoted(c, out);
}

bool script_name(Cursor& c, std::string& out) {
  return string(c, out) && (is_script_name(out) || c.fail(Code::syntax, "no name of a script"));
}

std::string server_string(View octets) { return written(octets, "}"); }

std::string client_string(View octets) { return written(octets, "+}"); }

bool is_script_name(View name) {
  if (name.empty() || !codec::is_utf8(name)) return false;
  std::size_t characters = 0;
  while (!name.empty()) {
    if (++characters > kNameCharacters || !may_be_in_a_name(codec::take_code_point(name))) return false;
  }
  return true;
}

}  // namespace posthorn::managesieve
