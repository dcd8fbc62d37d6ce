// How the fields of signatures are written.
#pragma once

#include <cstddef>
#include <string>

#include "posthorn/bytes/view.h"

namespace posthorn::dkim {

/// A field that is folded where it may be.
class FoldedField {
 public:
  /// @param columns  of a line (RFC 5322 section 2.1.1)
  explicit FoldedField(View name, std::size_t columns = 78) : text_(name), columns_(columns) {}
  /// A piece that stays whole; a new line begins before it when this one is full.
  void put(View piece) {
    if (column() + piece.size() > columns_) text_ += "\r\n\t";
    text_ += piece;
  }
  /// A tag, after the space that separates it from the one before.
  void tag(View piece) {
    if (column() + 1 + piece.size() > columns_) {
      text_ += "\r\n\t";
    } else {
      text_ += ' ';
    }
    text_ += piece;
  }
  /// Letters that may be cut anywhere.
  void letters(View run) {
    while (!run.empty()) {
      if (column() >= columns_) text_ += "\r\n\t";
      const View part = run.substr(0, columns_ - column());
      text_ += part;
      run.remove_prefix(part.size());
    }
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  [[nodiscard]] std::size_t column() const {
    const std::size_t line = text_.rfind('\n');
    return line == std::string::npos ? text_.size() : text_.size() - line - 1;
  }
  std::string text_;
  std::size_t columns_;
};

}  // namespace posthorn::dkim
