#include "protocol/imap/search_scan.h"

#include <algorithm>
#include <utility>

namespace posthorn::imap::search {

Scan::Scan(Key root, SelectedMailbox& view, const Surroundings& around, Ends ends, std::uint32_t lowest_number)
    : matcher_(std::move(root), view, around), ends_(ends) {
  for (Range range : matcher_.candidates()) {
    range.first = std::max(range.first, lowest_number);
    if (range.first > range.last) continue;
    ranges_.push_back(range);
    offsets_.push_back(count_);
    count_ += range.last - range.first + 1;
  }
  high_ = count_;
}

std::uint32_t Scan::number_at(std::uint64_t index) const {
  const auto after = std::upper_bound(offsets_.begin(), offsets_.end(), index);
  const auto range = static_cast<std::size_t>(after - offsets_.begin()) - 1;
  return ranges_[range].first + static_cast<std::uint32_t>(index - offsets_[range]);
}

Result<bool> Scan::ask(std::uint64_t index) {
  const std::uint32_t number = number_at(index);
  const auto matches = matcher_.matches(SeqNum(number));
  if (matches && *matches) (index < high_ ? found_ : found_from_top_).push_back(number);
  return matches;
}

Result<bool> Scan::step() {
  const std::uint64_t budget = matcher_.octets_read() + kOctetsPerStep;
  const bool only_ends = ends_.lowest || ends_.highest;
  for (std::uint32_t asked = 0; low_ < high_; ++asked) {
    if (asked == kMessagesPerStep || matcher_.octets_read() > budget) return false;
    const bool upwards = !only_ends || (ends_.lowest && found_.empty());
    if (!upwards && (!ends_.highest || !found_from_top_.empty())) break;
    if (!upwards) --high_;
    const auto matches = ask(upwards ? low_ : high_);
    if (!matches) return fail(matches.error());
    if (upwards) ++low_;
  }
  return true;
}

std::vector<std::uint32_t> Scan::take_found() {
  found_.insert(found_.end(), found_from_top_.rbegin(), found_from_top_.rend());
  return std::move(found_);
}

ModSeq highest_modseq(const SelectedMailbox& view, const std::vector<std::uint32_t>& numbers) {
  ModSeq highest;
  for (const std::uint32_t n : numbers) highest = std::max(highest, view.facts(SeqNum(n)).modseq);
  return highest;
}

}  // namespace posthorn::imap::search
