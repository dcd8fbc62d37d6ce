// What SEARCH may find in a message, in little room: made when the message comes, asked before it is read.
//
// A digest is a filter over the trigrams of all texts that any key of SEARCH compares with: the fields of the header,
// the text parts, the fields of the parts inside. It never denies what is there; it sometimes says "perhaps" to what is
// not. It tells much about the message to who may read it, so a sealed message wants a sealed digest. Nothing here
// fails. The octets are described in docs/formats/search-digest.md.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "posthorn/bytes/view.h"

namespace posthorn::imap {

/// The longest digest that is made, in octets.
inline constexpr std::size_t kMaxSearchDigest = 65'544;

/// Makes digests, of one message after the other. Keeping it is cheaper than making a new one: it keeps its memory.
class SearchDigestBuilder {
 public:
  SearchDigestBuilder();
  ~SearchDigestBuilder();
  SearchDigestBuilder(SearchDigestBuilder&&) noexcept;
  SearchDigestBuilder& operator=(SearchDigestBuilder&&) noexcept;

  /// Takes what comes next of the message, header first; any chunking gives the same digest.
  void feed(View octets);
  /// The message is over. @returns its digest, at most kMaxSearchDigest octets; what is fed next is another message
  [[nodiscard]] std::string finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// False only when none of the texts of the message holds this text.
/// @param digest  of the message; one that is empty, damaged, or of a version that is not known here denies nothing
/// @param folded  as SEARCH compares: UTF-8, case folded (codec::fold_case); one of fewer than 3 octets is never denied
[[nodiscard]] bool may_hold(View digest, View folded);

}  // namespace posthorn::imap
