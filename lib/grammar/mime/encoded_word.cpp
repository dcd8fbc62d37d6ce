#include "posthorn/grammar/mime/encoded_word.h"

#include <algorithm>
#include <optional>

#include "posthorn/bytes/codec/charset.h"
#include "posthorn/bytes/codec/decoder.h"
#include "posthorn/bytes/codec/hex.h"
#include "posthorn/bytes/codec/utf8.h"
#include "posthorn/grammar/char_set.h"

#include "bytes/codec/charsets.h"

namespace posthorn::mime {

namespace {
constexpr CharSet kWhite = " \t\r\n";

struct Word {
  View charset;
  char encoding = 0;
  View text;
  std::size_t octets = 0;  // all of it, from "=?" to "?="
};

/// "=?" charset ["*" language] "?" encoding "?" text "?=" at the front of `text`.
std::optional<Word> word_at(View text) {
  constexpr std::size_t kMaxCharset = 80;
  const std::size_t charset_end = text.substr(0, kMaxCharset).find('?', 2);
  if (charset_end == View::npos || charset_end + 2 >= text.size() || text[charset_end + 2] != '?') return std::nullopt;
  Word word;
  word.charset = text.substr(2, charset_end - 2);
  word.charset = word.charset.substr(0, word.charset.find('*'));  // RFC 2231 section 5
  word.encoding = to_lower(text[charset_end + 1]);
  if (word.charset.empty() || (word.encoding != 'q' && word.encoding != 'b')) return std::nullopt;
  const std::size_t from = charset_end + 3;
  std::size_t end = from;
  while (end < text.size() && text[end] != '?' && !kWhite[text[end]]) ++end;
  // Spaces are not allowed inside, but people send them in "q": then the word must still end on this line.
  while (word.encoding == 'q' && end < text.size() && text[end] != '?' && text[end] != '\n') ++end;
  if (!text.substr(end).starts_with("?=")) return std::nullopt;
  word.text = text.substr(from, end - from);
  word.octets = end + 2;
  return word;
}

std::string octets_of(const Word& word) {
  if (word.encoding == 'b') return codec::decode(codec::Transfer::base64, word.text);
  std::string out;
  for (std::size_t i = 0; i < word.text.size(); ++i) {
    const char c = word.text[i];
    const bool escape = c == '=' && i + 2 < word.text.size() && codec::hex_value(word.text[i + 1]) >= 0 &&
                        codec::hex_value(word.text[i + 2]) >= 0;
    if (escape) {
      out += static_cast<char>(codec::hex_value(word.text[i + 1]) * 16 + codec::hex_value(word.text[i + 2]));
      i += 2;
    } else {
      out += c == '_' ? ' ' : c;
    }
  }
  return out;
}

/// Collects neighbours of one charset: a character may be cut between two encoded words. Not in charsets with escapes,
/// where each word begins anew in ASCII (RFC 2047 section 3).
class Joiner {
 public:
  explicit Joiner(std::string& out) : out_(out) {}
  void add(const Word& word) {
    const bool escapes = same_word(word.charset.substr(0, 8), "iso-2022");
    if (escapes || !codec::is_same_charset_name(charset_, word.charset)) flush();
    charset_ = word.charset;
    octets_ += octets_of(word);
  }
  void flush() {
    if (!octets_.empty()) out_ += codec::to_utf8(charset_, octets_);
    octets_.clear();
    charset_ = {};
  }

 private:
  std::string& out_;
  View charset_;
  std::string octets_;
};

void append_text(std::string& out, View text) {
  if (codec::is_ascii(text)) {
    out += text;
  } else {
    out += codec::to_utf8("utf-8", text);
  }
}
}  // namespace

std::string decode_words(View text) {
  std::string out;
  out.reserve(text.size());
  Joiner joiner(out);
  std::size_t plain = 0;  // where text that is not yet written begins
  bool after_word = false;
  for (std::size_t at = text.find("=?"); at != View::npos; at = text.find("=?", at)) {
    const auto word = word_at(text.substr(at));
    if (!word) {
      at += 2;
      continue;
    }
    const View between = text.substr(plain, at - plain);
    const bool only_white = std::ranges::all_of(between, [](char c) { return kWhite[c]; });
    if (!after_word || !only_white) {
      joiner.flush();
      append_text(out, between);
    }
    joiner.add(*word);
    after_word = true;
    at += word->octets;
    plain = at;
  }
  joiner.flush();
  append_text(out, text.substr(plain));
  return out;
}

}  // namespace posthorn::mime
