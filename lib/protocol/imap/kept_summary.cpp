#include "protocol/imap/kept_summary.h"

#include <utility>

namespace posthorn::imap {

void KeptSummary::look_up(SelectedMailbox& mailbox, SeqNum number, std::uint64_t octets) {
  forget();
  auto found = mailbox.summary(number);
  if (!found || found->empty()) return;
  octets_ = std::move(*found);
  summary_ = Summary::parse(octets_);
  if (summary_ && summary_->header_octets() > octets) forget();
}

std::optional<View> KeptSummary::fields_with(View name) const {
  if (!summary_ || !summary_->tells(name)) return std::nullopt;
  return summary_->fields();
}

}  // namespace posthorn::imap
