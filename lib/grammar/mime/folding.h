// One header field as it is written: tokens with white space between them, which becomes a line break where it must.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>

#include "posthorn/bytes/view.h"
#include "posthorn/grammar/mime/header_writer.h"

namespace posthorn::mime {

/// A line that has an encoded word (RFC 2047 section 2), and the word itself.
inline constexpr std::size_t kEncodedLine = 76;
inline constexpr std::size_t kEncodedWord = 75;

class FieldLine {
 public:
  FieldLine(std::string& out, View name) : out_(out), column_(name.size() + 1) { out_.append(name).append(":"); }

  /// White space and a token; a line break before both where the token, and `behind` more octets, do not fit.
  void put(View gap, View token, std::size_t behind = 0, std::size_t limit = kFoldedLine);
  /// The next tokens have so many octets, white space between them included: breaks the line before them rather than
  /// between them where they fit on a line at all.
  void keep_together(std::size_t octets) { breaks_ = octets < kFoldedLine && octets + 1 > left(kFoldedLine); }
  /// Right behind the last token.
  void glue(View text) {
    out_ += text;
    column_ += text.size();
  }
  /// White space and UTF-8 as encoded words (RFC 2047). Reading gives back the gap before the first one and `text`.
  void encoded(View gap, View text);
  /// Octets that still fit on the line.
  [[nodiscard]] std::size_t left(std::size_t limit) const { return limit - std::min(limit, column_); }
  void end() { out_ += "\r\n"; }

 private:
  std::string& out_;
  std::size_t column_;
  bool first_ = true;         // right behind the colon: no break there for a token that fits on no line
  bool breaks_ = false;       // before the next token
  bool has_encoded_ = false;  // the line has an encoded word
};

/// The text in quotes (RFC 5322 section 3.2.4).
[[nodiscard]] std::string quoted_string(View text);

/// A run of UTF-8 from the front of `text` whose encoded form has at most `room` octets; one character at least.
[[nodiscard]] View take_characters(View& text, std::size_t room, std::size_t (*cost)(View));

}  // namespace posthorn::mime
