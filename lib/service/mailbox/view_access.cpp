// What a view lets its user do, and what is his own in it.
#include "service/mailbox/import.h"
#include "service/mailbox/view.h"

namespace posthorn::mailbox {

namespace {
constexpr std::uint8_t kSeen = static_cast<std::uint8_t>(imap::SystemFlag::seen);
constexpr std::uint8_t kDeleted = static_cast<std::uint8_t>(imap::SystemFlag::deleted);
}  // namespace

Result<void> MailboxView::load_seen() {
  if (!user_.access.has_own_seen()) return {};
  Result<SeenSet> seen = read_seen(account_->partition(), id_, user_.access.visitor()->account());
  if (!seen) return fail(std::move(seen.error()));
  user_.seen = std::move(*seen);
  return {};
}

std::uint8_t MailboxView::shown(const Records::Record& record) const {
  if (!user_.access.has_own_seen()) return record.system;
  const std::uint8_t seen = user_.seen.contains(record.uid) ? kSeen : 0;
  return static_cast<std::uint8_t>((record.system & ~kSeen) | seen);
}

bool MailboxView::may_change(imap::Rights rights) {
  using imap::Right;
  return !(rights & (Right::seen | Right::write | Right::insert | Right::set_deleted | Right::expunge)).empty();
}

Result<FlagRequest> MailboxView::allowed_part(FlagRequest request) const {
  if (Result<void> may = user_.access.require(id_, {}); !may) return fail(std::move(may.error()));
  const imap::Rights has = rights();
  request.system_mask = 0;
  if (has.has(imap::Right::write)) request.system_mask = static_cast<std::uint8_t>(~(kSeen | kDeleted));
  if (has.has(imap::Right::set_deleted)) request.system_mask |= kDeleted;
  if (has.has(imap::Right::seen)) request.system_mask |= kSeen;
  request.keywords = has.has(imap::Right::write);
  // RFC 4314 section 4: not refused as long as one of the flags may be changed.
  const bool replaces = request.change == imap::FlagChange::replace;
  const bool some = replaces ? request.system_mask != 0
                             : (request.flags.system & request.system_mask) != 0 ||
                                   (request.keywords && !request.flags.keywords.empty());
  const bool none_named = !replaces && request.flags.system == 0 && request.flags.keywords.empty();
  if (!some && !none_named) return fail(peer_error(Code::denied, "rights"));
  if (!user_.access.has_own_seen()) return request;
  if ((request.system_mask & kSeen) != 0) request.seen_of = user_.access.visitor()->account();
  request.system_mask &= static_cast<std::uint8_t>(~kSeen);
  return request;
}

Result<imap::CopyOutcome> MailboxView::carry_to(const std::vector<Uid>& uids, View target, Transfer kind) {
  Result<std::unique_ptr<Import>> import = user_.elsewhere != nullptr
                                               ? user_.elsewhere->import_into(target)
                                               : make_import(account_, target, user_.access.shared_visitor());
  if (!import) return fail(std::move(import.error()));
  Result<imap::CopyOutcome> outcome = carry(*this, uids, **import);
  if (!outcome || kind == Transfer::copy) return outcome;
  // The copies are durable: whatever happens now, each message is in one of the two mailboxes at least.
  const Result<std::vector<Uid>> removed = mailbox::expunge(account_->ledger(), id_, outcome->source, false);
  account_->bell().strike();
  if (!removed) return fail(removed.error());
  return outcome;
}

}  // namespace posthorn::mailbox
