#include "protocol/imap/commands/fetch_set.h"

#include <algorithm>
#include <utility>

namespace posthorn::imap::commands::fetch {

namespace {
/// Most ranges in one VANISHED response.
constexpr std::size_t kRangesInLine = 500;

/// The messages whose places among those of `ranges` are in the window.
std::vector<Range> windowed(const std::vector<Range>& ranges, const Window& window) {
  std::uint64_t count = 0;
  for (const Range& r : ranges) count += std::uint64_t{r.last} - r.first + 1;
  std::uint64_t first = window.first;
  std::uint64_t last = std::min<std::uint64_t>(window.last, count);
  if (first > last) return {};
  if (window.from_end) {
    first = count - last + 1;
    last = count - window.first + 1;
  }
  std::vector<Range> out;
  std::uint64_t place = 1;  // of the first message of r
  for (const Range& r : ranges) {
    const std::uint64_t size = std::uint64_t{r.last} - r.first + 1;
    const std::uint64_t begin = std::max(first, place);
    const std::uint64_t end = std::min(last, place + size - 1);
    if (begin <= end) {
      out.push_back(
          {static_cast<std::uint32_t>(r.first + (begin - place)), static_cast<std::uint32_t>(r.first + (end - place))});
    }
    place += size;
  }
  return out;
}

std::vector<Range> changed(const std::vector<Range>& ranges, std::uint64_t since, const SelectedMailbox& mailbox) {
  std::vector<Range> out;
  for (const Range& r : ranges) {
    for (std::uint64_t n = r.first; n <= r.last; ++n) {
      const auto number = static_cast<std::uint32_t>(n);
      if (mailbox.facts(SeqNum(number)).modseq.value() <= since) continue;
      if (!out.empty() && out.back().last + 1 == number) {
        out.back().last = number;
      } else {
        out.push_back({number, number});
      }
    }
  }
  return out;
}
}  // namespace

MessageWalk::MessageWalk(std::vector<Range> ranges) : ranges_(std::move(ranges)) {
  if (!ranges_.empty()) number_ = SeqNum(ranges_.front().first);
}

void MessageWalk::advance() {
  if (number_.value() < ranges_[range_].last) {
    number_ = number_.next();
  } else if (++range_ < ranges_.size()) {
    number_ = SeqNum(ranges_[range_].first);
  }
}

std::vector<Range> selected_by(const Modifiers& modifiers, std::vector<Range> ranges, const SelectedMailbox& mailbox) {
  if (modifiers.changed_since) ranges = changed(ranges, *modifiers.changed_since, mailbox);
  if (modifiers.partial) ranges = windowed(ranges, *modifiers.partial);
  return ranges;
}

Result<void> tell_vanished(Responder& out, SelectedMailbox& mailbox, const SequenceSet& set, ModSeq since) {
  const auto gone = mailbox.vanished_since(since);
  if (!gone) return fail(gone.error());
  const std::uint32_t next = mailbox.status().uid_next.value();
  const std::vector<Range> told = common(set.resolve(next > 1 ? next - 1 : 1), *gone);
  for (std::size_t i = 0; i < told.size(); ++i) {
    out.raw(i % kRangesInLine == 0 ? "* VANISHED (EARLIER) " : ",").number(told[i].first);
    if (told[i].last != told[i].first) out.raw(":").number(told[i].last);
    if ((i + 1) % kRangesInLine == 0 || i + 1 == told.size()) out.end();
  }
  return {};
}

}  // namespace posthorn::imap::commands::fetch
