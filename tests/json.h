// Just enough JSON to read published vectors.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "posthorn/bytes/codec/utf8.h"

namespace posthorn::testing {

/// A JSON value; what is not there reads as null.
struct Json {
  enum class Kind { null, boolean, number, text, list, object };
  Kind kind = Kind::null;
  bool truth = false;
  double number = 0;
  std::string text;
  std::vector<Json> items;
  std::map<std::string, Json> members;

  bool is_null() const { return kind == Kind::null; }
  const Json& operator[](const std::string& name) const {
    static const Json kAbsent;
    const auto found = members.find(name);
    return found == members.end() ? kAbsent : found->second;
  }
};

/// Reads well-formed JSON; anything else gives some value.
class JsonReader {
 public:
  explicit JsonReader(std::string_view text) : text_(text) {}

  Json value() {
    Json out;
    switch (skip()) {
      case '{': object(out); break;
      case '[': list(out); break;
      case '"':
        out.kind = Json::Kind::text;
        out.text = string();
        break;
      case 't':
      case 'f':
        out.kind = Json::Kind::boolean;
        out.truth = text_[at_] == 't';
        at_ += out.truth ? 4 : 5;
        break;
      case 'n': at_ += 4; break;
      default: out.kind = Json::Kind::number; out.number = number();
    }
    return out;
  }

 private:
  char skip() {
    while (at_ < text_.size() && std::string_view(" \t\r\n,:").find(text_[at_]) != std::string_view::npos) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  void object(Json& out) {
    out.kind = Json::Kind::object;
    ++at_;
    while (skip() == '"') {
      const std::string name = string();
      out.members[name] = value();
    }
    ++at_;
  }
  void list(Json& out) {
    out.kind = Json::Kind::list;
    ++at_;
    while (skip() != ']' && at_ < text_.size()) out.items.push_back(value());
    ++at_;
  }
  double number() {
    const std::size_t end = text_.find_first_not_of("+-.0123456789eE", at_);
    const std::string digits(text_.substr(at_, end == std::string_view::npos ? end : end - at_));
    at_ += digits.empty() ? 1 : digits.size();
    return std::strtod(digits.c_str(), nullptr);
  }
  char32_t hex4() {
    const std::string digits(text_.substr(at_ + 1, 4));
    at_ += 4;
    return static_cast<char32_t>(std::strtoul(digits.c_str(), nullptr, 16));
  }
  std::string string() {
    std::string out;
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] != '\\') {
        out += text_[at_];
        continue;
      }
      switch (text_[++at_]) {
        case 'n': out += '\n'; break;
        case 'r': out += '\r'; break;
        case 't': out += '\t'; break;
        case 'b': out += '\b'; break;
        case 'f': out += '\f'; break;
        case 'u': {
          char32_t c = hex4();
          if (c >= 0xD800 && c < 0xDC00 && text_.substr(at_ + 1, 2) == "\\u") {
            at_ += 2;
            c = 0x10000 + ((c - 0xD800) << 10U) + (hex4() - 0xDC00);
          }
          codec::append_code_point(out, c);
          break;
        }
        default: out += text_[at_];
      }
    }
    ++at_;
    return out;
  }
  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace posthorn::testing
