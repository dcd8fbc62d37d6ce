// Searches whose results the client keeps up to date (RFC 5267 section 4.3): ESEARCH responses with ADDTO and
// REMOVEFROM.
//
// Results are kept as UIDs, 4 octets a message; updates are told as UIDs, so it does not matter whether they come
// before or after EXPUNGE.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "posthorn/bytes/view.h"
#include "posthorn/protocol/imap/mailboxes.h"

namespace posthorn::imap {

class Responder;
namespace search {
struct LiveSearch;
}

/// The live searches of one session, all of the selected mailbox.
class SearchContexts {
 public:
  /// Most of them (section 4.3.1 wants more than one).
  static constexpr std::size_t kMost = 8;

  SearchContexts();
  ~SearchContexts();
  SearchContexts(SearchContexts&&) noexcept;
  SearchContexts& operator=(SearchContexts&&) noexcept;

  [[nodiscard]] bool empty() const;
  [[nodiscard]] bool full() const;
  [[nodiscard]] bool has(View tag) const;
  void add(std::unique_ptr<search::LiveSearch> search);
  /// Whether there was one with this tag.
  bool cancel(View tag);
  /// The mailbox is not selected any more.
  void clear();

  /// Notes what poll(), expunge(), move() or store_flags() of the selected mailbox changed.
  void take(std::span<const Change> changes);
  /// Tells what follows from what was taken; reads messages where keys look into them.
  /// @returns whether all is told; if not, call it again when the peer has read
  bool tell(SelectedMailbox& view, Responder& responder);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace posthorn::imap
