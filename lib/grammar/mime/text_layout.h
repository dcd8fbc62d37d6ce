// Lays text out in lines: paragraphs, quotes, lists, cells, with white space collapsed.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "posthorn/bytes/view.h"

namespace posthorn::mime {

class TextLayout {
 public:
  explicit TextLayout(std::size_t max_indent) : max_indent_(max_indent) {}

  /// Running text: white space is one space, and none at either end of a line.
  void text(View text);
  /// Text with its line ends and spaces.
  void preformatted(View text);
  /// A line end that is meant, "<br>": where a line is empty already it makes an empty line.
  void line_break() { owe(breaks_ + 1); }
  /// What follows begins a line of its own...
  void begin_line() { owe(std::max<std::size_t>(breaks_, 1)); }
  /// ...after an empty one.
  void begin_paragraph() { owe(std::max<std::size_t>(breaks_, 2)); }
  /// A tab, if text stands before and after it in the line.
  void cell() {
    cell_ = in_line();
    space_ = false;
    hard_spaces_ = 0;
  }

  /// The lines up to leave() begin with `mark`.
  void enter(View mark);
  /// The next line has `marker` in place of the innermost mark.
  void marker(std::string marker);
  void leave();

  /// Where the text that comes now will be; for text_since().
  [[nodiscard]] std::size_t place() const { return out_.size(); }
  /// What was written since place() said so, without white space around it.
  [[nodiscard]] View text_since(std::size_t place) const;
  /// Puts " <url>" behind what was written last.
  void annotate(View url);

  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  [[nodiscard]] bool in_line() const { return breaks_ == 0 && !out_.empty(); }
  void owe(std::size_t breaks);
  void owe_hard_space();
  void start_word();
  void start_line();

  std::size_t max_indent_;
  std::string out_;
  std::vector<std::string> marks_;
  std::size_t unmarked_ = 0;      // entered, but over the limit
  std::size_t common_marks_ = 0;  // that stood around all that came since the last text: empty lines have them
  std::string marker_;
  std::size_t marker_place_ = 0;  // in marks_
  std::size_t breaks_ = 0;        // line ends owed before the next text
  std::size_t hard_spaces_ = 0;   // no-break spaces owed
  bool space_ = false;
  bool cell_ = false;
};

}  // namespace posthorn::mime
