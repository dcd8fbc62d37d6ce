// What a view tells a client that comes back: which messages went since it looked last.
#include <optional>
#include <utility>

#include "posthorn/protocol/imap/resync.h"

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
  // The client counts them still: it hears of them when its numbers may change.
  imap::UidSet untold;
  for (std::size_t i = 0; i < records_.size(); ++i) {
    if (records_.at(i).gone) untold.add(records_.at(i).uid);
  }
  return imap::UidSet(std::move(gone)).without(untold).ranges();
}

}  // namespace posthorn::mailbox
