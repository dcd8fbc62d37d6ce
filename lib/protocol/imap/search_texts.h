// The texts of a message that SEARCH compares with: the one place that says which these are and how they read. SEARCH
// looks into them, and the search digest is made from them.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "posthorn/bytes/view.h"
#include "posthorn/grammar/mime/parser.h"

namespace posthorn::imap::search {

/// Octets of the header of a message that are searched.
inline constexpr std::size_t kMaxHeader = 1U << 20U;

/// Collects the header of a message that comes in pieces: to its empty line, at most kMaxHeader octets.
class HeaderCollector {
 public:
  /// Takes what comes next. @returns whether the header may go on
  bool feed(View octets);
  /// What a mime::FieldReader reads.
  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] std::string take_text() { return std::move(text_); }
  /// Makes it ready for another message.
  void clear();

 private:
  std::string text_;
  bool over_ = false;
};

/// The same of a message that is at hand as a whole.
[[nodiscard]] View header_of(View message);

/// What HEADER, SUBJECT and their kin compare with when it is collated: the value decoded and unfolded.
[[nodiscard]] std::string value_of(const mime::Field& field);
/// What TEXT compares with, and BODY in the parts inside: "name: value".
[[nodiscard]] std::string line_of(const mime::Field& field);

/// Takes texts one after the other, each in pieces. A text that is looked for must not go over the end of one.
class TextSink {
 public:
  /// @param text  well-formed UTF-8 with its case; characters are whole
  virtual void text(View text) = 0;
  virtual void text_ends() = 0;

 protected:
  ~TextSink() = default;
};

/// Finds the contents that BODY and TEXT look into: the text parts, decoded, and the fields of the parts inside the
/// message. The fields of the message itself are not among them. Memory does not grow with the message.
class ContentWalker {
 public:
  /// @lifetime `sink` outlives this
  explicit ContentWalker(TextSink& sink);
  ~ContentWalker();
  ContentWalker(const ContentWalker&) = delete;
  ContentWalker& operator=(const ContentWalker&) = delete;

  /// Any chunking gives the same texts.
  void feed(View chunk);
  /// The message is over.
  void finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace posthorn::imap::search
