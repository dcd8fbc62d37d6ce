// Looks for texts in the decoded contents of a message that comes in pieces; memory does not grow with the message.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "posthorn/bytes/view.h"
#include "posthorn/protocol/imap/comparator.h"

#include "protocol/imap/raw_screen.h"

namespace posthorn::imap::search {

/// A text that is looked for. @lifetime all borrow from its owner
struct Needle {
  View folded;       ///< by codec::fold_case()
  View text;         ///< by the comparator
  RawScreen screen;  ///< of `folded`
};

/// One pass over one message for all texts at once: its text parts, decoded, and the fields of the parts inside it.
/// The fields of the message itself are not looked at.
class ContentSearch {
 public:
  /// @lifetime `needles` outlives this
  explicit ContentSearch(const std::vector<Needle>& needles, Comparator comparator = Comparator::unicode_casemap);
  ~ContentSearch();
  ContentSearch(const ContentSearch&) = delete;
  ContentSearch& operator=(const ContentSearch&) = delete;

  void feed(View chunk);
  /// Nothing that comes can change an answer.
  [[nodiscard]] bool all_found() const;
  /// The message is over. @returns an answer per needle
  [[nodiscard]] std::vector<bool> finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace posthorn::imap::search
