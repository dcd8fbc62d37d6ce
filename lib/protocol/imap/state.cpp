#include "posthorn/protocol/imap/state.h"

#include <algorithm>

namespace posthorn::imap {

Result<std::vector<Range>> State::messages(const SequenceSet& set) {
  auto ranges = messages_of(set, *selected, by_uid, saved);
  if (!ranges || limits == nullptr || limits->messages == 0) return ranges;
  std::uint32_t left = limits->messages;
  for (auto range = ranges->rbegin(); range != ranges->rend(); ++range) {
    const std::uint32_t count = range->last - range->first + 1;
    if (count <= left) {
      left -= count;
      continue;
    }
    if (left > 0) {
      range->first = range->last - left + 1;
      ++range;
    }
    ranges->erase(ranges->begin(), range == ranges->rend() ? ranges->begin() : range.base());
    cut_at = selected->uid_at(SeqNum(ranges->front().first));
    break;
  }
  return ranges;
}

}  // namespace posthorn::imap
