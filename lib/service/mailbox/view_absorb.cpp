// How a view learns what changed since it looked last.
#include <optional>
#include <set>

#include "service/mailbox/view.h"

namespace posthorn::mailbox {

/// What a look at the store found. It comes into the view when nothing can fail any more: what is in the view before
/// its client is told of it would never be told of.
struct MailboxView::News {
  std::vector<UidRow> changed;
  std::vector<std::size_t> gone;
  std::vector<UidRow> added;
};

Result<void> MailboxView::read_all(const MailboxRow& now) {
  Result<void> scanned =
      scan_rows(account_->partition(), id_, Uid{1}, now.uid_next,
                [this](Uid uid, const MessageRow& row) { records_.append(uid, row, reader_.keys()); });
  if (!scanned) return scanned;
  row_.uid_next = now.uid_next;
  return {};
}

Result<void> MailboxView::read_flags(const std::vector<UidRange>& ranges, News& news) const {
  std::set<Uid> uids;
  for (const UidRange& range : ranges) {
    for (std::size_t i = records_.lower_bound(range.first); i < records_.size() && records_.at(i).uid <= range.last;
         ++i) {
      uids.insert(records_.at(i).uid);
    }
  }
  Result<std::vector<UidRow>> rows = read_rows(account_->partition(), id_, {uids.begin(), uids.end()});
  if (!rows) return fail(std::move(rows.error()));
  news.changed = std::move(*rows);
  return {};
}

Result<void> MailboxView::read_log(const MailboxRow& now, News& news) const {
  std::vector<UidRange> flags;
  std::vector<UidRange> expunged;
  std::optional<Error> broken;
  Result<void> scanned = account_->partition().scan(
      keys::log(id_, row_.modseq + 1), keys::log(id_, now.modseq + 1), [&](View, View value, store::Revision) {
        const Result<LogRow> row = decode_log(value);
        if (!row) {
          broken = row.error();
          return false;
        }
        flags.insert(flags.end(), row->flags.begin(), row->flags.end());
        expunged.insert(expunged.end(), row->expunged.begin(), row->expunged.end());
        return true;
      });
  if (!scanned) return scanned;
  if (broken) return fail(std::move(*broken));
  for (const UidRange& range : expunged) {
    for (std::size_t i = records_.lower_bound(range.first); i < records_.size() && records_.at(i).uid <= range.last;
         ++i)
      news.gone.push_back(i);
  }
  return read_flags(flags, news);
}

Result<void> MailboxView::read_everything(News& news) const {
  std::vector<bool> found(records_.size());
  Result<void> scanned = scan_rows(account_->partition(), id_, Uid{1}, row_.uid_next, [&](Uid uid, MessageRow row) {
    const std::size_t index = records_.find(uid);
    if (index == records_.size()) return;
    found[index] = true;
    if (records_.at(index).modseq != row.modseq) news.changed.push_back({uid, std::move(row)});
  });
  if (!scanned) return scanned;
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (!found[i]) news.gone.push_back(i);
  }
  return {};
}

Result<void> MailboxView::read_changes(const MailboxRow& now, News& news) const {
  if (row_.modseq >= now.log_floor) {
    if (Result<void> read = read_log(now, news); !read) return read;
    // Another process may have shortened the log while we read it.
    const Result<MailboxRow> after = account_->mailbox(id_);
    if (!after) return fail(after.error());
    if (row_.modseq >= after->log_floor) return {};
  }
  news = {};
  return read_everything(news);
}

void MailboxView::take_in(const News& news) {
  for (const std::size_t index : news.gone) records_.set_gone(index);
  untold_ = untold_ || !news.gone.empty();
  for (const UidRow& found : news.changed) {
    const std::size_t index = records_.find(found.uid);
    if (index == records_.size() || records_.at(index).modseq == found.row.modseq) continue;
    records_.change(index, found.row, reader_.keys());
    records_.set_untold(index, true);
    untold_ = true;
  }
  for (const UidRow& message : news.added) records_.append(message.uid, message.row, reader_.keys());
}

Result<void> MailboxView::absorb(Take take) {
  const std::uint64_t heard = account_->bell().count();
  const std::uint64_t heard_stamp = user_.access.stamp();
  const Result<imap::Rights> has = user_.access.rights(id_);
  if (!has) return fail(has.error());
  // Whoever may no longer read it has no such mailbox any more.
  if (!has->has_all(imap::Right::lookup | imap::Right::read)) return fail(peer_error(Code::not_found, "mailbox"));
  Result<MailboxRow> now = account_->mailbox(id_);
  if (!now) return fail(std::move(now.error()));
  News news;
  const bool changed = now->modseq != row_.modseq;
  if (changed) {
    ahead_.clear();
    if (Result<void> read = read_changes(*now, news); !read) return read;
  }
  const bool with_new = take == Take::changes_and_new;
  if (!with_new) now->uid_next = row_.uid_next;
  if (now->uid_next != row_.uid_next) {
    Result<void> read = scan_rows(account_->partition(), id_, Uid{row_.uid_next}, now->uid_next,
                                  [&](Uid uid, MessageRow row) { news.added.push_back({uid, std::move(row)}); });
    if (!read) return read;
  }
  if (changed) {
    if (Result<void> read = load_keywords(); !read) return read;
    if (Result<void> read = load_seen(); !read) return read;
  }
  take_in(news);
  row_ = *now;
  if (with_new) heard_ = heard;
  if (with_new) user_.heard_stamp = heard_stamp;
  return {};
}

}  // namespace posthorn::mailbox
