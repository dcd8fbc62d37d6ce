#include "posthorn/protocol/auth_results/field.h"

#include <algorithm>
#include <utility>

#include "posthorn/bytes/codec/utf8.h"

#include "protocol/auth_results/reader.h"

namespace posthorn::auth_results {

namespace {

constexpr std::size_t kColumns = 78;  // RFC 5322 section 2.1.1
constexpr unsigned kMaxVersion = 99'999;

/// ptype "." property "=" pvalue, behind ptype.
bool read_property(Cursor& c, std::string type, MethodResult& out, const Limits& limits) {
  if (out.properties.size() == limits.properties) return c.fail(Code::too_many, "properties");
  Property property{.type = std::move(type)};
  take_cfws(c);
  if (!c.octet('.')) return false;
  take_cfws(c);
  if (!take_keyword(c, property.name)) return false;
  take_cfws(c);
  if (!c.octet('=')) return false;
  take_cfws(c);
  if (!take_property_value(c, property.value)) return false;
  out.properties.push_back(std::move(property));
  return true;
}

/// What follows the result: a reason, then properties.
bool read_details(Cursor& c, MethodResult& out, const Limits& limits) {
  bool apart = take_cfws(c, &out.comment);
  bool first = true;
  while (c.ok() && !c.at_end() && c.peek() != ';') {
    if (!apart) return c.fail(Code::syntax, "no space before a property");
    std::string word;
    if (!take_keyword(c, word)) return false;
    const auto behind = c.offset();
    take_cfws(c);
    if (first && same_word(word, "reason") && c.try_octet('=')) {
      take_cfws(c);
      if (!take_value(c, out.reason)) return false;
    } else {
      c.back_to(behind);
      if (!read_property(c, std::move(word), out, limits)) return false;
    }
    first = false;
    apart = take_cfws(c);
  }
  return c.ok();
}

/// method ["/" version] "=" result and its details; or the lone "none".
bool read_result(Cursor& c, Field& out, const Limits& limits) {
  take_cfws(c);
  MethodResult result;
  if (!take_keyword(c, result.method)) return false;
  take_cfws(c);
  if (same_word(result.method, "none") && out.results.empty() && c.ok() && c.at_end()) return true;
  if (out.results.size() == limits.results) return c.fail(Code::too_many, "results");
  if (c.try_octet('/')) {
    take_cfws(c);
    if (!c.number(result.version, kMaxVersion)) return false;
    take_cfws(c);
  }
  if (!c.octet('=')) return false;
  take_cfws(c);
  if (!take_keyword(c, result.result) || !read_details(c, result, limits)) return false;
  out.results.push_back(std::move(result));
  return true;
}

/// What may stand in a field; all else of it becomes "?".
std::string clean(View text) {
  std::string out;
  while (!text.empty()) {
    const char front = text.front();
    if (chars::kVisible[front] || front == ' ') {
      out.push_back(front);
      text.remove_prefix(1);
      continue;
    }
    const View before = text;
    const char32_t point = codec::take_code_point(text);
    const View octets = before.substr(0, before.size() - text.size());
    const bool good = point >= 0xA0 && codec::is_utf8(octets);
    out += good ? octets : View("?");
  }
  return out;
}

std::string with_escapes(View text, char open, char close, View special) {
  std::string out(1, open);
  for (const char c : text) {
    if (special.find(c) != View::npos) out.push_back('\\');
    out.push_back(c);
  }
  out.push_back(close);
  return out;
}

std::string quoted(View text) { return with_escapes(text, '"', '"', "\"\\"); }

std::string value_text(View value) {
  const std::string text = clean(value);
  const bool token = !text.empty() && std::ranges::all_of(text, [](char c) { return kToken[c]; });
  return token ? text : quoted(text);
}

std::string property_text(View value) {
  const std::string text = clean(value);
  return is_plain_value(text) ? text : quoted(text);
}

/// Writes words with a space between them, and a line end before it where the line would become too long.
class Folder {
 public:
  explicit Folder(View head) : out_(head), column_(head.size()) {}

  /// The next word stands on a line of its own.
  void begin_line() { column_ = kColumns; }
  /// Spaces inside may become places where the line ends, as long as they are single.
  void add(View text) {
    std::size_t from = 0;
    for (std::size_t i = 1; i + 1 < text.size(); ++i) {
      if (text[i] != ' ' || text[i - 1] == ' ' || text[i + 1] == ' ') continue;
      add_word(text.substr(from, i - from));
      from = i + 1;
    }
    add_word(text.substr(from));
  }
  void add_semicolon() {
    out_.push_back(';');
    ++column_;
  }
  [[nodiscard]] std::string finish() && { return std::move(out_) + "\r\n"; }

 private:
  void add_word(View word) {
    // One more column is kept for a semicolon.
    if (column_ + word.size() + 2 > kColumns) {
      out_ += "\r\n";
      column_ = 0;
    }
    out_.push_back(' ');
    out_ += word;
    column_ += word.size() + 1;
  }

  std::string out_;
  std::size_t column_;
};

std::string version_text(unsigned version, View before) {
  return version == 1 ? std::string() : own(before) + std::to_string(version);
}

void write(Folder& folder, const MethodResult& result) {
  folder.add(result.method + version_text(result.version, "/") + "=" + result.result);
  if (!result.comment.empty()) folder.add(with_escapes(clean(result.comment), '(', ')', "()\\"));
  if (!result.reason.empty()) folder.add("reason=" + value_text(result.reason));
  for (const Property& property : result.properties) {
    if (!is_keyword(property.type) || !is_keyword(property.name)) continue;
    folder.add(property.type + "." + property.name + "=" + property_text(property.value));
  }
}

}  // namespace

Result<Field> parse(View body, const Limits& limits) {
  if (body.size() > limits.octets) return fail(peer_error(Code::too_long, "Authentication-Results"));
  if (!codec::is_utf8(body)) return fail(peer_error(Code::syntax, "Authentication-Results is not UTF-8"));
  Field out;
  Cursor c(body);
  take_cfws(c);
  take_value(c, out.authserv_id);
  if (take_cfws(c) && chars::kDigit[c.peek()]) {
    c.number(out.version, kMaxVersion);
    take_cfws(c);
  }
  do {
    if (!c.octet(';') || !read_result(c, out, limits)) break;
  } while (!c.at_end());
  return c.finish(std::move(out));
}

std::string format(const Field& field, View head) {
  Folder folder(head);
  folder.add(value_text(field.authserv_id) + version_text(field.version, " "));
  folder.add_semicolon();
  bool first = true;
  for (const MethodResult& result : field.results) {
    if (!is_keyword(result.method) || !is_keyword(result.result)) continue;
    if (!first) folder.add_semicolon();
    first = false;
    folder.begin_line();
    write(folder, result);
  }
  if (first) folder.add("none");
  return std::move(folder).finish();
}

}  // namespace posthorn::auth_results
