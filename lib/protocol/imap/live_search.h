// One search whose results are kept up to date.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "posthorn/protocol/imap/state.h"

#include "protocol/imap/search_key.h"
#include "protocol/imap/search_return.h"
#include "protocol/imap/sort_order.h"

namespace posthorn::imap::search {

struct LiveSearch {
  std::string tag;
  Key root;  ///< sets of it are UIDs
  Comparator comparator = Comparator::unicode_casemap;
  std::vector<Criterion> order;        ///< of SORT; empty: mailbox order
  std::vector<std::uint32_t> uids;     ///< the results, in order
  std::uint32_t highest_seen = 0;      ///< uid of the newest message that was asked
  std::vector<std::uint32_t> pending;  ///< uids to be asked again
  std::vector<std::uint32_t> gone;     ///< uids that are no results any more
};

/// Whether a search can be kept up to date: not by numbers (RFC 5267 section 4.3.1 sends the client to UID SEARCH), and
/// not where the answer changes with time alone.
[[nodiscard]] bool can_live(const State& state, const Key& root);

/// Keeps a search that was answered alive; where that cannot be, tells so with NOUPDATE.
/// @param numbers  the results, in order
void keep_alive(State& state, Key root, std::vector<Criterion> order, std::span<const std::uint32_t> numbers,
                Responder& responder);

}  // namespace posthorn::imap::search
