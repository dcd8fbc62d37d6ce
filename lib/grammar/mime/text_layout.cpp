#include "grammar/mime/text_layout.h"

#include "posthorn/bytes/codec/utf8.h"
#include "posthorn/grammar/char_set.h"

#include "grammar/cfws.h"

namespace posthorn::mime {

namespace {
/// No-break spaces in a row that are kept: mails are filled up with thousands.
constexpr std::size_t kMaxHardSpaces = 200;

/// Soft hyphen, grapheme joiner, zero width space, word joiner, byte order mark: nothing to see.
bool is_nothing(char32_t c) {
  return c == 0xAD || c == 0x34F || c == 0x200B || c == 0x2060 || c == 0xFEFF || (c < 0x20 && c != '\t') || c == 0x7F;
}

View take_visible(View& text) {
  std::size_t end = 0;
  while (end < text.size() && chars::kVisible[text[end]]) ++end;
  const View word = text.substr(0, end);
  text.remove_prefix(end);
  return word;
}
}  // namespace

void TextLayout::text(View text) {
  constexpr CharSet kWhite = " \t\r\n\f";
  while (!text.empty()) {
    if (const View word = take_visible(text); !word.empty()) {
      start_word();
      out_ += word;
      continue;
    }
    const char32_t c = codec::take_code_point(text);
    if (c < 0x80 && kWhite[static_cast<char>(c)]) {
      space_ = true;
    } else if (c == 0xA0) {
      owe_hard_space();
    } else if (!is_nothing(c)) {
      start_word();
      codec::append_code_point(out_, c);
    }
  }
}

void TextLayout::preformatted(View text) {
  while (!text.empty()) {
    if (const View word = take_visible(text); !word.empty()) {
      start_word();
      out_ += word;
      continue;
    }
    const char32_t c = codec::take_code_point(text);
    if (c == '\n') {
      line_break();
    } else if (c == ' ' || c == 0xA0) {
      owe_hard_space();
    } else if (!is_nothing(c)) {
      start_word();
      codec::append_code_point(out_, c);
    }
  }
}

void TextLayout::owe(std::size_t breaks) {
  if (!out_.empty()) breaks_ = breaks;
  space_ = cell_ = false;
  hard_spaces_ = 0;
}

void TextLayout::owe_hard_space() {
  if (hard_spaces_ < kMaxHardSpaces) ++hard_spaces_;
}

void TextLayout::enter(View mark) {
  if (marks_.size() == max_indent_) {
    ++unmarked_;
  } else {
    marks_.emplace_back(mark);
  }
}

void TextLayout::marker(std::string marker) {
  if (unmarked_ > 0 || marks_.empty()) return;
  marker_ = std::move(marker);
  marker_place_ = marks_.size() - 1;
}

void TextLayout::leave() {
  if (unmarked_ > 0) {
    --unmarked_;
    return;
  }
  if (marks_.empty()) return;
  marks_.pop_back();
  common_marks_ = std::min(common_marks_, marks_.size());
  if (marker_place_ == marks_.size()) marker_.clear();
}

View TextLayout::text_since(std::size_t place) const { return trimmed(View(out_).substr(place)); }

void TextLayout::annotate(View url) { out_.append(" <").append(url).append(">"); }

void TextLayout::start_word() {
  if (!in_line()) {
    start_line();
  } else if (cell_) {
    out_ += '\t';
  } else if (space_) {
    out_ += ' ';
  }
  out_.append(hard_spaces_, ' ');
  space_ = cell_ = false;
  hard_spaces_ = 0;
}

void TextLayout::start_line() {
  std::string marks;
  for (std::size_t i = 0; i < common_marks_; ++i) marks += marks_[i];
  while (marks.ends_with(' ')) marks.pop_back();
  for (std::size_t i = 0; i < breaks_; ++i) {
    out_ += '\n';
    if (i + 1 < breaks_) out_ += marks;
  }
  breaks_ = 0;
  for (std::size_t i = 0; i < marks_.size(); ++i) {
    out_ += !marker_.empty() && i == marker_place_ ? marker_ : marks_[i];
  }
  marker_.clear();
  common_marks_ = marks_.size();
}

}  // namespace posthorn::mime
