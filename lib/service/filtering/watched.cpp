#include "service/filtering/watched.h"

#include <string>
#include <utility>
#include <vector>

namespace posthorn::filtering {

namespace {

constexpr std::uint8_t kSeen = static_cast<std::uint8_t>(imap::SystemFlag::seen);

void tell_of_new(Watcher& watcher, View mailbox, View cause, std::span<const imap::Uid> uids) {
  const std::unique_ptr<Listener> listener = uids.empty() ? nullptr : watcher.listener(mailbox);
  if (listener == nullptr) return;
  std::vector<Touched> touched;
  for (const imap::Uid uid : uids) touched.push_back({.uid = uid, .flags_were = std::nullopt});
  listener->happened(cause, touched);
}

class WatchedAppend final : public imap::Append {
 public:
  WatchedAppend(std::unique_ptr<imap::Append> append, Watcher& watcher, View target)
      : append_(std::move(append)), watcher_(watcher), target_(target) {}

  Result<void> begin(const imap::Flags& flags, std::optional<WallTime> internal_date) override {
    return append_->begin(flags, internal_date);
  }
  Result<void> announce(std::uint64_t octets) override { return append_->announce(octets); }
  Result<void> write(View octets) override { return append_->write(octets); }
  Result<imap::AppendOutcome> finish() override {
    Result<imap::AppendOutcome> outcome = append_->finish();
    if (outcome) tell_of_new(watcher_, target_, "APPEND", outcome->uids);
    return outcome;
  }

 private:
  const std::unique_ptr<imap::Append> append_;
  Watcher& watcher_;
  const std::string target_;
};

class WatchedMailbox final : public imap::SelectedMailbox {
 public:
  using Moved = std::pair<imap::CopyOutcome, std::vector<imap::Change>>;

  WatchedMailbox(std::unique_ptr<imap::SelectedMailbox> selected, Watcher& watcher, View name)
      : selected_(std::move(selected)), watcher_(watcher), name_(name) {}

  bool read_only() const override { return selected_->read_only(); }
  imap::Rights rights() const override { return selected_->rights(); }
  std::uint32_t exists() const override { return selected_->exists(); }
  imap::MailboxStatus status() const override { return selected_->status(); }
  std::vector<std::string> keywords() const override { return selected_->keywords(); }
  imap::Uid uid_at(imap::SeqNum number) const override { return selected_->uid_at(number); }
  std::optional<imap::SeqNum> number_of(imap::Uid uid) const override { return selected_->number_of(uid); }
  imap::SeqNum lower_bound(imap::Uid uid) const override { return selected_->lower_bound(uid); }
  const imap::MessageFacts& facts(imap::SeqNum number) const override { return selected_->facts(number); }
  Result<std::string> read(imap::SeqNum number, std::uint64_t offset, std::uint64_t count) override {
    return selected_->read(number, offset, count);
  }
  Result<std::string> summary(imap::SeqNum number) override { return selected_->summary(number); }
  bool may_hold(imap::SeqNum number, View folded) override { return selected_->may_hold(number, folded); }
  Result<std::vector<imap::Change>> poll(bool expunges) override { return selected_->poll(expunges); }
  Result<std::vector<imap::Range>> vanished_since(imap::ModSeq since) override {
    return selected_->vanished_since(since);
  }
  bool changed() const override { return selected_->changed(); }
  Result<std::vector<imap::Change>> expunge(const std::vector<imap::Uid>* only) override {
    return selected_->expunge(only);
  }

  Result<std::vector<imap::Uid>> store_flags(std::span<const imap::SeqNum> messages, imap::FlagChange change,
                                             const imap::Flags& flags,
                                             std::optional<imap::ModSeq> unchanged_since) override;
  Result<imap::CopyOutcome> copy(std::span<const imap::SeqNum> messages, View target) override {
    Result<imap::CopyOutcome> outcome = selected_->copy(messages, target);
    if (outcome) tell_of_new(watcher_, target, "COPY", outcome->target);
    return outcome;
  }
  // RFC 6785 is older than MOVE: to the target it is a copy.
  Result<Moved> move(std::span<const imap::SeqNum> messages, View target) override {
    Result<Moved> outcome = selected_->move(messages, target);
    if (outcome) tell_of_new(watcher_, target, "COPY", outcome->first.target);
    return outcome;
  }
  Result<std::unique_ptr<imap::Append>> replace(imap::SeqNum number, View target) override {
    return map(selected_->replace(number, target), [&](auto append) -> std::unique_ptr<imap::Append> {
      return std::make_unique<WatchedAppend>(std::move(append), watcher_, target);
    });
  }

 private:
  const std::unique_ptr<imap::SelectedMailbox> selected_;
  Watcher& watcher_;
  const std::string name_;
};

Result<std::vector<imap::Uid>> WatchedMailbox::store_flags(std::span<const imap::SeqNum> messages,
                                                           imap::FlagChange change, const imap::Flags& flags,
                                                           std::optional<imap::ModSeq> unchanged_since) {
  const std::unique_ptr<Listener> listener = watcher_.listener(name_);
  if (listener == nullptr) return selected_->store_flags(messages, change, flags, unchanged_since);
  std::vector<Touched> touched;
  for (const imap::SeqNum number : messages) {
    const imap::MessageFacts& facts = selected_->facts(number);
    touched.push_back({.uid = facts.uid, .flags_were = facts.flags});
  }
  Result<std::vector<imap::Uid>> left_alone = selected_->store_flags(messages, change, flags, unchanged_since);
  if (!left_alone) return left_alone;
  // Only what has other flags than before has changed.
  const auto shared = [own = listener->shares_seen() ? 0U : kSeen](imap::Flags all) {
    all.system &= static_cast<std::uint8_t>(~own);
    return all;
  };
  std::erase_if(touched, [&](const Touched& message) {
    const std::optional<imap::SeqNum> number = selected_->number_of(message.uid);
    return !number || shared(selected_->facts(*number).flags) == shared(*message.flags_were);
  });
  if (!touched.empty()) listener->happened("FLAG", touched);
  return left_alone;
}

class WatchedMailboxes final : public imap::Mailboxes {
 public:
  WatchedMailboxes(std::unique_ptr<imap::Mailboxes> mailboxes, std::unique_ptr<Watcher> watcher)
      : mailboxes_(std::move(mailboxes)), watcher_(std::move(watcher)) {}

  Result<std::vector<imap::MailboxInfo>> list() override { return mailboxes_->list(); }
  Result<imap::MailboxStatus> status(View name) override { return mailboxes_->status(name); }
  Result<void> create(View name, imap::SpecialUse use) override { return mailboxes_->create(name, use); }
  Result<void> remove(View name) override { return mailboxes_->remove(name); }
  Result<void> rename(View from, View to) override { return mailboxes_->rename(from, to); }
  Result<void> subscribe(View name) override { return mailboxes_->subscribe(name); }
  Result<void> unsubscribe(View name) override { return mailboxes_->unsubscribe(name); }
  imap::Namespaces namespaces() const override { return mailboxes_->namespaces(); }
  std::optional<std::uint64_t> append_limit() const override { return mailboxes_->append_limit(); }
  Result<std::vector<imap::AclEntry>> acl(View name) override { return mailboxes_->acl(name); }
  Result<void> set_acl(View name, View identifier, imap::RightsChange change, imap::Rights rights) override {
    return mailboxes_->set_acl(name, identifier, change, rights);
  }
  Result<imap::GrantableRights> grantable(View name, View identifier) override {
    return mailboxes_->grantable(name, identifier);
  }
  Result<imap::Rights> my_rights(View name) override { return mailboxes_->my_rights(name); }
  Result<std::vector<imap::QuotaRoot>> quota_roots(View name) override { return mailboxes_->quota_roots(name); }
  Result<imap::QuotaRoot> quota(View root) override { return mailboxes_->quota(root); }
  Result<imap::QuotaRoot> set_quota(View root, std::span<const imap::QuotaUse> limits) override {
    return mailboxes_->set_quota(root, limits);
  }
  Result<std::vector<imap::MetadataEntry>> metadata(View name) override { return mailboxes_->metadata(name); }
  Result<void> set_metadata(View name, std::span<const imap::MetadataEntry> entries) override {
    return mailboxes_->set_metadata(name, entries);
  }
  std::uint64_t metadata_limit() const override { return mailboxes_->metadata_limit(); }
  std::uint64_t generation() const override { return mailboxes_->generation(); }
  void set_watch(std::function<void()> changed) override { mailboxes_->set_watch(std::move(changed)); }

  Result<std::unique_ptr<imap::SelectedMailbox>> select(View name, bool read_only) override {
    return map(mailboxes_->select(name, read_only), [&](auto selected) -> std::unique_ptr<imap::SelectedMailbox> {
      return std::make_unique<WatchedMailbox>(std::move(selected), *watcher_, name);
    });
  }
  Result<std::unique_ptr<imap::Append>> append(View name) override {
    return map(mailboxes_->append(name), [&](auto append) -> std::unique_ptr<imap::Append> {
      return std::make_unique<WatchedAppend>(std::move(append), *watcher_, name);
    });
  }

 private:
  const std::unique_ptr<imap::Mailboxes> mailboxes_;
  const std::unique_ptr<Watcher> watcher_;  // may look at mailboxes_, so it goes first
};

}  // namespace

std::unique_ptr<imap::Mailboxes> watched(std::unique_ptr<imap::Mailboxes> mailboxes, std::unique_ptr<Watcher> watcher) {
  return std::make_unique<WatchedMailboxes>(std::move(mailboxes), std::move(watcher));
}

}  // namespace posthorn::filtering
