// Tells from the octets of a message as they stand that a text cannot be in it, before anything is decoded.
#pragma once

#include <cstddef>
#include <optional>

#include "posthorn/bytes/view.h"

namespace posthorn::imap::search {

/// Finds a word of ASCII in octets; the case of letters does not count.
class WordFinder {
 public:
  /// @param word  not empty, ASCII in lower case. @lifetime borrowed
  explicit constexpr WordFinder(View word) : word_(word) {}
  /// The first place at or behind `from`; View::npos when there is none.
  [[nodiscard]] std::size_t find(View octets, std::size_t from = 0) const;
  [[nodiscard]] std::size_t size() const { return word_.size(); }

 private:
  [[nodiscard]] bool is_at(const char* at) const;
  View word_;
};

/// Whether the texts of a message are written in its octets as they are: no transfer encodings, no encoded words, only
/// charsets in which ASCII is ASCII. A word without blanks and colons that is in none of the octets is then in no text
/// of the message; line folding takes out no more than line ends before blanks.
/// @param message  a whole message
[[nodiscard]] bool is_transparent(View message);

/// The same of a header, or of one field of it: whether it reads as it stands, but for line folding.
[[nodiscard]] bool is_transparent_header(View fields);

/// For one text that is looked for.
class RawScreen {
 public:
  /// @param folded  as SEARCH compares (codec::fold_case). @lifetime borrowed
  explicit RawScreen(View folded);
  /// False only when the octets hold nothing that the text needs, whatever its case; then, in a message that
  /// is_transparent(), no text holds it. True for a text that has no word of ASCII.
  [[nodiscard]] bool may_hold(View octets) const { return !finder_ || finder_->find(octets) != View::npos; }
  /// False only when the fields hold it neither as they stand nor decoded.
  [[nodiscard]] bool may_be_in_header(View fields) const { return may_hold(fields) || !is_transparent_header(fields); }

 private:
  std::optional<WordFinder> finder_;  // of the longest word in the text
};

}  // namespace posthorn::imap::search
