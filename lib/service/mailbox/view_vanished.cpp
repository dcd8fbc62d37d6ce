// What a view tells a client that comes back: which messages went since it looked last.
#include <algorithm>
#include <optional>

#include "service/mailbox/view.h"

namespace posthorn::mailbox {

Result<std::vector<imap::Range>> MailboxView::vanished_since(imap::ModSeq since) {
  if (since.value() >= row_.modseq) return std::vector<imap::Range>();
  std::vector<imap::Range> gone;
  std::optional<Error> broken;
  Result<void> scanned = account_->partition().scan(keys::log(id_, since.value() + 1), keys::log(id_, row_.modseq + 1),
                                                    [&](View, View value, store::Revision) {
                                                      const Result<LogRow> row = decode_log(value);
                                                      if (!row) {
                                                        broken = row.error();
                                                        return false;
                                                      }
                                                      for (const UidRange& range : row->expunged)
                                                        gone.push_back({range.first.value(), range.last.value()});
                                                      return true;
                                                    });
  if (!scanned) return fail(std::move(scanned.error()));
  if (broken) return fail(std::move(*broken));
  // Looked at last: the log may have been shortened while it was read.
  const Result<MailboxRow> now = account_->mailbox(id_);
  if (!now) return fail(now.error());
  if (since.value() < now->log_floor) return everything_missing();
  std::sort(gone.begin(), gone.end(), [](const imap::Range& a, const imap::Range& b) { return a.first < b.first; });
  std::vector<imap::Range> merged;
  for (const imap::Range& range : gone) {
    if (!merged.empty() && range.first <= merged.back().last + 1) {
      merged.back().last = std::max(merged.back().last, range.last);
    } else {
      merged.push_back(range);
    }
  }
  return merged;
}

}  // namespace posthorn::mailbox
