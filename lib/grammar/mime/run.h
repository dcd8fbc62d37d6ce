// Octets that lie side by side in what was fed: passed on as one view, copied only when they have to outlive a chunk.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "posthorn/grammar/mime/parser.h"

namespace posthorn::mime {

/// The lines of one header field, up to a limit.
class FieldRun {
 public:
  explicit FieldRun(std::size_t limit) : limit_(limit) {}
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] Offset at() const { return at_; }
  [[nodiscard]] View text() const { return owned_.empty() ? view_ : View(owned_); }

  /// False when the line does not fit any more; what fits is kept.
  bool add(View line, Offset at) {
    if (empty()) at_ = at;
    const View fits = line.substr(0, std::min(line.size(), limit_ - std::min(limit_, size_)));
    size_ += fits.size();
    if (owned_.empty() && (view_.empty() || view_.data() + view_.size() == fits.data())) {
      view_ = View(view_.empty() ? fits.data() : view_.data(), view_.size() + fits.size());
    } else {
      settle();
      owned_ += fits;
    }
    return fits.size() == line.size();
  }
  /// Copies what is only borrowed.
  void settle() {
    if (view_.empty()) return;
    owned_ += view_;
    view_ = {};
  }
  void clear() {
    view_ = {};
    owned_.clear();
    size_ = 0;
  }

 private:
  std::size_t limit_;
  View view_;
  std::string owned_;
  std::size_t size_ = 0;
  Offset at_ = 0;
};

/// Where octets that are no header stand.
enum class Place : std::uint8_t { body, preamble, epilogue };

/// The octets of one place; the last line end is held back, because it may belong to a delimiter.
class BodyRun {
 public:
  void add(Visitor& visitor, PartId part, Place place, View text, std::size_t line_end) {
    place_ = place;
    if (!view_.empty() && view_.data() + view_.size() == text.data()) {
      view_ = View(view_.data(), view_.size() + text.size());
    } else {
      settle(visitor, part);
      view_ = text;
    }
    line_end_ = line_end;
  }
  /// Passes everything on but the last line end, which is copied.
  void settle(Visitor& visitor, PartId part) {
    if (view_.empty()) return;
    const View text = view_.substr(0, view_.size() - line_end_);
    pass(visitor, part, held_);
    pass(visitor, part, text);
    held_ = view_.substr(text.size());
    view_ = {};
  }
  void end(Visitor& visitor, PartId part, bool with_line_end) {
    settle(visitor, part);
    if (with_line_end) pass(visitor, part, held_);
    held_.clear();
  }

 private:
  void pass(Visitor& visitor, PartId part, View text) const {
    if (text.empty()) return;
    switch (place_) {
      case Place::body: visitor.body(part, text); break;
      case Place::preamble: visitor.preamble(part, text); break;
      case Place::epilogue: visitor.epilogue(part, text); break;
    }
  }

  Place place_ = Place::body;
  View view_;
  std::string held_;
  std::size_t line_end_ = 0;
};

}  // namespace posthorn::mime
