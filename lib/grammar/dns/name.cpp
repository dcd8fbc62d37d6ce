#include "posthorn/grammar/dns/name.h"

#include <cstdint>
#include <optional>
#include <utility>

#include "posthorn/grammar/char_set.h"

#include "grammar/lower_case.h"

namespace posthorn::dns::wire {

namespace {

constexpr CharSet kSpecial = CharSet("\".\\;@$()");  // RFC 1035 section 5.1
constexpr auto kPlain = lower_case_of(chars::kAlnum + CharSet("-_."));

Error wrong(Code code, View note, std::size_t offset) {
  return peer_error(code, note, static_cast<std::uint32_t>(offset));
}

void append_escaped(std::string& out, char c) {
  const auto octet = static_cast<unsigned char>(c);
  if (!chars::kVisible[c]) {
    out.push_back('\\');
    out.push_back(static_cast<char>('0' + octet / 100));
    out.push_back(static_cast<char>('0' + octet / 10 % 10));
    out.push_back(static_cast<char>('0' + octet % 10));
    return;
  }
  if (kSpecial[c]) out.push_back('\\');
  out.push_back(to_lower(c));
}

/// Takes one octet of a label, which may be escaped; nullopt: a wrong escape.
std::optional<char> take_octet(View& text) {
  const char c = text.front();
  text.remove_prefix(1);
  if (c != '\\') return c;
  if (text.empty()) return std::nullopt;
  if (!chars::kDigit[text.front()]) {
    const char escaped = text.front();
    text.remove_prefix(1);
    return escaped;
  }
  if (text.size() < 3 || !chars::kDigit[text[1]] || !chars::kDigit[text[2]]) return std::nullopt;
  const int value = (text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0');
  text.remove_prefix(3);
  if (value > 255) return std::nullopt;
  return static_cast<char>(value);
}

/// Walks the labels of a name in a message.
class NameReader {
 public:
  NameReader(View message, std::size_t at) : message_(message), at_(at), start_(at) {}

  Result<std::string> read() {
    std::string text;
    for (;;) {
      if (at_ >= message_.size()) return fail(wrong(Code::syntax, "the name runs over the end", at_));
      const auto length = static_cast<unsigned char>(message_[at_]);
      if (length == 0) break;
      if ((length & 0xC0U) == 0xC0U) {
        if (auto moved = follow(length); !moved) return fail(std::move(moved.error()));
        continue;
      }
      if ((length & 0xC0U) != 0) return fail(wrong(Code::syntax, "no such kind of label", at_));
      if (auto taken = take_label(length, text); !taken) return fail(std::move(taken.error()));
    }
    if (pointers_ == 0) end_ = at_ + 1;
    return text;
  }
  [[nodiscard]] std::size_t end() const { return end_; }

 private:
  Result<void> follow(unsigned char first) {
    if (at_ + 1 >= message_.size()) return fail(wrong(Code::syntax, "half a pointer", at_));
    const std::size_t to =
        (static_cast<std::size_t>(first & 0x3FU) << 8U) | static_cast<unsigned char>(message_[at_ + 1]);
    if (to >= start_) return fail(wrong(Code::syntax, "a pointer that does not lead back", at_));
    if (pointers_ == 0) end_ = at_ + 2;
    if (++pointers_ > NameLimits::kPointers) return fail(wrong(Code::too_many, "too many pointers in a name", at_));
    at_ = start_ = to;
    return {};
  }
  Result<void> take_label(std::size_t length, std::string& text) {
    octets_ += length + 1;
    if (octets_ + 1 > NameLimits::kNameOctets) return fail(wrong(Code::too_long, "the name is too long", at_));
    if (message_.size() - at_ - 1 < length) return fail(wrong(Code::syntax, "the label runs over the end", at_));
    if (!text.empty()) text.push_back('.');
    for (const char c : message_.substr(at_ + 1, length)) append_escaped(text, c);
    at_ += length + 1;
    return {};
  }

  View message_;
  std::size_t at_;
  std::size_t start_;    // where the labels that are being read began: pointers lead to before it
  std::size_t end_ = 0;  // behind the name where it was asked for
  std::size_t octets_ = 0;
  std::size_t pointers_ = 0;
};

}  // namespace

Result<std::string> decode_name(View message, std::size_t& at) {
  NameReader reader(message, at);
  auto name = reader.read();
  if (name) at = reader.end();
  return name;
}

Result<std::string> encode_name(View text) {
  std::string out;
  const std::size_t all = text.size();
  if (text == ".") text = {};
  while (!text.empty()) {
    const std::size_t length_at = out.size();
    out.push_back('\0');
    while (!text.empty() && text.front() != '.') {
      const auto octet = take_octet(text);
      if (!octet) return fail(wrong(Code::syntax, "a wrong escape in a name", all - text.size()));
      out.push_back(to_lower(*octet));
    }
    const std::size_t length = out.size() - length_at - 1;
    if (length == 0) return fail(wrong(Code::syntax, "an empty label", all - text.size()));
    if (length > NameLimits::kLabelOctets) return fail(wrong(Code::too_long, "a label is too long", all - text.size()));
    out[length_at] = static_cast<char>(length);
    if (!text.empty()) text.remove_prefix(1);
  }
  out.push_back('\0');
  if (out.size() > NameLimits::kNameOctets) return fail(wrong(Code::too_long, "the name is too long", all));
  return out;
}

std::optional<std::string> plain_name(View text) {
  constexpr std::size_t kMost = NameLimits::kNameOctets - 2;  // of text
  if (text.ends_with('.')) text.remove_suffix(1);
  if (text.empty() || text.size() > kMost) return std::nullopt;
  std::optional<std::string> name(text);
  std::size_t label = 0;
  for (char& c : *name) {
    const char lower = kPlain[static_cast<unsigned char>(c)];
    if (lower == '\0') return std::nullopt;
    if (lower != c) c = lower;  // seldom
    if (c == '.') {
      if (label == 0 || label > NameLimits::kLabelOctets) return std::nullopt;
      label = 0;
    } else {
      ++label;
    }
  }
  if (label == 0 || label > NameLimits::kLabelOctets) return std::nullopt;
  return name;
}

Result<std::string> normal_name(View text) {
  if (auto plain = plain_name(text)) return std::move(*plain);
  return then(encode_name(text), [](const std::string& octets) {
    std::size_t at = 0;
    return decode_name(octets, at);
  });
}

View parent(View name) {
  while (!name.empty()) {
    const char c = name.front();
    name.remove_prefix(1);
    if (c == '.') break;
    if (c == '\\' && !name.empty()) name.remove_prefix(1);
  }
  return name;
}

bool is_within(View name, View zone) {
  while (name.size() > zone.size()) name = parent(name);
  return name == zone;
}

}  // namespace posthorn::dns::wire
