#include "protocol/imap/response_reader.h"

#include <algorithm>
#include <utility>

#include "posthorn/bytes/codec/utf7.h"
#include "posthorn/bytes/codec/utf8.h"

namespace posthorn::imap::response {

namespace {

constexpr CharSet kQuotedText = ~CharSet("\"\\").add('\r').add('\n').add('\0');
// Servers send "[" and "]" in atoms, and 8-bit octets in names.
constexpr CharSet kLooseAtom = kAstringChar + CharSet("%*\\[") + chars::kEightBit;

struct SystemWord {
  View word;
  std::uint8_t bit;
};
constexpr SystemWord kSystemWords[] = {{"Seen", 1}, {"Answered", 2}, {"Flagged", 4}, {"Deleted", 8}, {"Draft", 16}};

bool known_flag(View word, FlagList& out) {
  for (const SystemWord& s : kSystemWords) {
    if (!same_word(s.word, word)) continue;
    out.flags.system = static_cast<std::uint8_t>(out.flags.system | s.bit);
    return true;
  }
  if (same_word(word, "Recent")) return out.recent = true;
  if (word == "*") return out.new_keywords = true;
  return false;
}

/// UTF-8 of a name on the wire; the same octets when it is neither of the two spellings (quirk broken_name).
std::string decoded(const std::string& wire, bool utf8_names) {
  if (same_word(wire, "INBOX")) return "INBOX";
  if (utf8_names || !codec::is_ascii(wire) || wire.find('&') == std::string::npos) return wire;
  return codec::utf7_decode(wire).value_or(wire);
}

}  // namespace

View Reader::text_from(std::uint32_t offset) const {
  const View rest = c_.rest();
  const std::size_t octets = c_.offset() - offset;
  return {rest.data() - octets, octets};
}

// A quote that is followed by neither the end of the string's surroundings nor of the text is one that the server did
// not escape (quirk bare_quote): behind a closing quote stands a space, a parenthesis or a bracket.
bool Reader::quoted(std::string& out) {
  out.clear();
  if (!c_.octet('"')) return false;
  for (;;) {
    out += c_.try_run(kQuotedText);
    if (c_.try_octet('"')) {
      const char next = c_.peek();
      if (c_.at_end() || CharSet(" )](\r")[next]) return true;
      out += '"';
      continue;
    }
    if (!c_.octet('\\')) return false;
    const View rest = c_.rest();
    if (rest.empty() || CharSet("\r\n")[rest.front()]) return c_.fail(posthorn::Code::syntax, "a quoted string");
    View octet;
    c_.octets(1, octet);
    out += octet;
  }
}

bool Reader::literal(Octets& out) {
  const std::size_t at = c_.offset();
  c_.try_octet('~');
  if (!c_.octet('{') || !c_.number(out.size)) return false;
  c_.try_octet('+');
  if (!(c_.octet('}') && c_.octet('\r') && c_.octet('\n'))) return false;
  if (std::ranges::binary_search(options_->streamed, at)) {
    out.streamed = true;
    return true;
  }
  View octets;
  if (!c_.octets(out.size, octets)) return false;
  out.text = octets;
  return true;
}

bool Reader::octets(Octets& out) {
  out = {};
  if (peek() == '{' || peek() == '~') return literal(out);
  if (peek() != '"') return c_.word("NIL");
  out.text.emplace();
  if (!quoted(*out.text)) return false;
  out.size = out.text->size();
  return true;
}

bool Reader::nstring(std::optional<std::string>& out) {
  Octets read;
  if (!octets(read)) return false;
  if (read.streamed) return c_.fail(posthorn::Code::too_long, "a literal that is no content of a message");
  out = std::move(read.text);
  return true;
}

bool Reader::string_or_nil(std::string& out) {
  std::optional<std::string> read;
  if (!nstring(read)) return false;
  out = std::move(read).value_or(std::string());
  return true;
}

bool Reader::string(std::string& out) {
  std::optional<std::string> read;
  if (!nstring(read)) return false;
  if (!read) return c_.fail(posthorn::Code::syntax, "NIL where a string must be");
  out = std::move(*read);
  return true;
}

bool Reader::astring(std::string& out) {
  if (CharSet("\"{~")[peek()]) {
    const Reader before = *this;
    if (peek() != '~' || c_.rest().starts_with("~{")) return string(out);
    *this = before;
  }
  View word;
  if (!c_.run(kLooseAtom, word)) return false;
  out = word;
  return true;
}

bool Reader::mailbox(std::string& name, std::string* wire) {
  std::string read;
  if (!astring(read)) return false;
  name = decoded(read, options_->utf8_names);
  if (wire != nullptr) *wire = std::move(read);
  return true;
}

bool Reader::delimiter(std::optional<char>& out) {
  std::optional<std::string> read;
  if (!nstring(read)) return false;
  if (read && read->size() > 1) return c_.fail(posthorn::Code::syntax, "a hierarchy delimiter of several octets");
  if (read && !read->empty()) out = read->front();
  return true;
}

bool Reader::flag_list(FlagList& out) {
  out = {};
  if (!octet('(')) return false;
  std::size_t count = 0;
  while (!try_close()) {
    if (++count > kMaxFlags) return c_.fail(posthorn::Code::too_many, "flags");
    const std::uint32_t from = c_.offset();
    const bool system = try_octet('\\');
    View word = c_.try_run(kLooseAtom);
    if (word.empty() && !system) return c_.fail(posthorn::Code::syntax, "a flag");
    if (word.empty() || (!system && same_word(word, "NIL"))) continue;
    if (system && known_flag(word, out)) continue;
    word = text_from(from);
    auto& keywords = out.flags.keywords;
    const bool known = std::ranges::any_of(keywords, [&](const std::string& k) { return same_word(k, word); });
    if (!known) keywords.emplace_back(word);
  }
  std::ranges::sort(out.flags.keywords);
  return ok();
}

bool Reader::attributes(std::vector<std::string>& out) {
  if (!octet('(')) return false;
  while (!try_close()) {
    if (out.size() == kMaxFlags) return c_.fail(posthorn::Code::too_many, "attributes");
    View word;
    if (!c_.run(kLooseAtom, word)) return false;
    if (word != "\\" && !same_word(word, "NIL")) out.emplace_back(word);
  }
  return ok();
}

bool Reader::set(std::vector<Range>& out) {
  do {
    Range range;
    if (!c_.number(range.first)) return false;
    range.last = range.first;
    if (c_.try_octet(':') && !c_.number(range.last)) return false;
    if (range.first == 0 || range.last == 0) return c_.fail(posthorn::Code::syntax, "numbers of messages start at 1");
    out.push_back(range);
  } while (c_.try_octet(','));
  return true;
}

bool Reader::astrings(std::vector<std::string>& out) {
  if (!octet('(')) return false;
  while (!try_close()) {
    if (!astring(out.emplace_back())) return false;
  }
  return ok();
}

bool Reader::skip(int depth) {
  do {
    spaces();
    if (try_octet('(')) {
      if (++depth > kMaxDepth) return c_.fail(posthorn::Code::too_long, "nesting");
    } else if (try_octet(')')) {
      --depth;
    } else if (peek() == '"' || peek() == '{' || c_.rest().starts_with("~{")) {
      Octets ignored;
      if (!octets(ignored)) return false;
    } else {
      View word;
      if (!c_.run(kLooseAtom, word)) return false;
    }
  } while (depth > 0);
  return ok();
}

bool Reader::value(View& out) {
  spaces();
  const std::uint32_t from = c_.offset();
  if (peek() == ')' || !skip(0)) return c_.fail(posthorn::Code::syntax, "a value");
  out = text_from(from);
  return true;
}

}  // namespace posthorn::imap::response
