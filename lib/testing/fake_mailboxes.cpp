#include "posthorn/testing/fake_mailboxes.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <utility>

#include "posthorn/grammar/char_set.h"

#include "protocol/imap/mailbox_names.h"
#include "testing/fake_access.h"

namespace posthorn::testing {

namespace {

using namespace imap;
using Box = FakeAccount::Box;
using Message = FakeAccount::Message;

std::string normal(View name) { return same_word(name, "INBOX") ? "INBOX" : own(name); }

Error missing() { return peer_error(Code::not_found); }

MailboxStatus status_of(const Box& box) {
  MailboxStatus status;
  status.highest_modseq = ModSeq(box.expunged_at);
  for (const Message& m : box.messages) {
    ++status.messages;
    status.unseen += m.facts.flags.has(SystemFlag::seen) ? 0 : 1;
    if (m.facts.flags.has(SystemFlag::deleted)) {
      ++status.deleted;
      status.deleted_octets += m.octets.size();
    }
    status.octets += m.octets.size();
    status.highest_modseq = std::max(status.highest_modseq, m.facts.modseq);
  }
  status.uid_validity = box.validity;
  status.uid_next = box.next;
  status.mailbox_id = "m" + std::to_string(box.validity.value());
  return status;
}

Flags changed_flags(const Flags& old, FlagChange change, const Flags& flags) {
  if (change == FlagChange::replace) return flags;
  Flags out = old;
  const bool add = change == FlagChange::add;
  out.system = static_cast<std::uint8_t>(add ? old.system | flags.system : old.system & ~flags.system);
  for (const std::string& k : flags.keywords) {
    std::erase_if(out.keywords, [&](const std::string& have) { return same_word(have, k); });
    if (add) out.keywords.push_back(k);
  }
  std::sort(out.keywords.begin(), out.keywords.end());
  return out;
}

class FakeSelected final : public SelectedMailbox {
 public:
  FakeSelected(FakeAccount& account, std::shared_ptr<Box> box, bool read_only)
      : account_(account), box_(std::move(box)), read_only_(read_only), seen_(box_->revision) {
    for (const Message& m : box_->messages) view_.push_back(m.facts);
  }

  bool read_only() const override { return read_only_; }
  std::uint32_t exists() const override { return static_cast<std::uint32_t>(view_.size()); }
  MailboxStatus status() const override { return status_of(*box_); }
  std::vector<std::string> keywords() const override {
    std::set<std::string> all;
    for (const Message& m : box_->messages) all.insert(m.facts.flags.keywords.begin(), m.facts.flags.keywords.end());
    return {all.begin(), all.end()};
  }
  Uid uid_at(SeqNum number) const override { return view_.at(number.value() - 1).uid; }
  std::optional<SeqNum> number_of(Uid uid) const override {
    const SeqNum at = lower_bound(uid);
    if (at.value() > view_.size() || uid_at(at) != uid) return std::nullopt;
    return at;
  }
  SeqNum lower_bound(Uid uid) const override {
    const auto at = std::find_if(view_.begin(), view_.end(), [&](const MessageFacts& f) { return f.uid >= uid; });
    return SeqNum(static_cast<std::uint32_t>(at - view_.begin()) + 1);
  }
  const MessageFacts& facts(SeqNum number) const override { return view_.at(number.value() - 1); }

  Result<std::string> read(SeqNum number, std::uint64_t offset, std::uint64_t count) override {
    if (account_.failure != Code::misuse) return fail(environment_error(account_.failure));
    const Message* message = find(uid_at(number));
    if (message == nullptr) return fail(missing());
    const auto unopened = account_.unopened.find(uid_at(number).value());
    if (unopened != account_.unopened.end()) return fail(environment_error(unopened->second));
    if (offset >= message->octets.size()) return std::string();
    std::string octets = message->octets.substr(offset, count);
    if (offset + octets.size() > account_.damaged_from) return fail(environment_error(Code::corrupt));
    return octets;
  }

  Result<std::vector<Change>> poll(bool expunges) override {
    if (account_.failure != Code::misuse) return fail(environment_error(account_.failure));
    if (box_->gone) return fail(missing());
    std::vector<Change> changes;
    bool kept = false;
    for (std::size_t i = 0; i < view_.size();) {
      const SeqNum number(static_cast<std::uint32_t>(i + 1));
      const Message* message = find(view_[i].uid);
      if (message == nullptr && expunges) {
        changes.push_back({Change::Kind::expunged, number, view_[i].uid});
        view_.erase(view_.begin() + static_cast<std::ptrdiff_t>(i));
        continue;
      }
      if (message == nullptr) {
        kept = true;
      } else if (message->facts.flags != view_[i].flags) {
        view_[i] = message->facts;
        changes.push_back({Change::Kind::flags, number, view_[i].uid});
      }
      ++i;
    }
    const std::size_t before = view_.size();
    for (const Message& m : box_->messages) {
      if (view_.empty() || m.facts.uid > view_.back().uid) view_.push_back(m.facts);
    }
    if (view_.size() != before) changes.push_back({Change::Kind::exists, SeqNum(exists()), Uid()});
    seen_ = kept ? 0 : box_->revision;
    return changes;
  }
  bool changed() const override { return seen_ != box_->revision || box_->gone; }

  Result<std::vector<Uid>> store_flags(std::span<const SeqNum> messages, FlagChange change, const Flags& flags,
                                       std::optional<ModSeq> unchanged_since) override {
    if (account_.failure != Code::misuse) return fail(environment_error(account_.failure));
    std::vector<Uid> left_alone;
    for (SeqNum number : messages) {
      Message* message = find(uid_at(number));
      if (message == nullptr) continue;
      if (unchanged_since && message->facts.modseq > *unchanged_since) {
        left_alone.push_back(message->facts.uid);
        continue;
      }
      message->facts.flags = changed_flags(message->facts.flags, change, flags);
      message->facts.modseq = ModSeq(++account_.modseq);
      view_[number.value() - 1] = message->facts;
    }
    bump();
    return left_alone;
  }

  Result<std::vector<Change>> expunge(const std::vector<Uid>* only) override {
    if (account_.failure != Code::misuse) return fail(environment_error(account_.failure));
    std::vector<Uid> gone;
    for (const Message& m : box_->messages) {
      const bool meant = only == nullptr || std::find(only->begin(), only->end(), m.facts.uid) != only->end();
      if (meant && m.facts.flags.has(SystemFlag::deleted)) gone.push_back(m.facts.uid);
    }
    return remove(gone);
  }

  Result<CopyOutcome> copy(std::span<const SeqNum> messages, View target) override {
    if (account_.failure != Code::misuse) return fail(environment_error(account_.failure));
    const auto to = account_.find(target);
    if (to == nullptr) return fail(missing());
    CopyOutcome outcome{to->validity, {}, {}};
    for (SeqNum number : messages) {
      const Message* message = find(uid_at(number));
      if (message == nullptr) continue;
      const Message copied = *message;
      outcome.source.push_back(copied.facts.uid);
      outcome.target.push_back(
          account_.add(normal(target), copied.octets, copied.facts.flags, copied.facts.internal_date));
    }
    return outcome;
  }

  Result<std::pair<CopyOutcome, std::vector<Change>>> move(std::span<const SeqNum> messages, View target) override {
    auto copied = copy(messages, target);
    if (!copied) return fail(copied.error());
    auto changes = remove(copied->source);
    return std::pair(std::move(*copied), std::move(changes));
  }

  Result<std::unique_ptr<Append>> replace(SeqNum number, View target) override;

 private:
  Message* find(Uid uid) {
    const auto at = std::find_if(box_->messages.begin(), box_->messages.end(),
                                 [&](const Message& m) { return m.facts.uid == uid; });
    return at == box_->messages.end() ? nullptr : &*at;
  }
  // Own changes are no news, unless there was other news before.
  void bump() {
    const bool current = seen_ == box_->revision;
    ++box_->revision;
    if (current) seen_ = box_->revision;
  }
  std::vector<Change> remove(const std::vector<Uid>& uids) {
    std::vector<Change> changes;
    if (!uids.empty()) box_->expunged_at = ++account_.modseq;
    for (Uid uid : uids) {
      std::erase_if(box_->messages, [&](const Message& m) { return m.facts.uid == uid; });
      const auto number = number_of(uid);
      if (!number) continue;
      changes.push_back({Change::Kind::expunged, *number, uid});
      view_.erase(view_.begin() + static_cast<std::ptrdiff_t>(number->value() - 1));
    }
    bump();
    return changes;
  }

  FakeAccount& account_;
  std::shared_ptr<Box> box_;
  bool read_only_;
  std::uint64_t seen_;
  std::vector<MessageFacts> view_;
};

class FakeAppend final : public Append {
 public:
  /// @param report  of a replacement: takes the old message away
  FakeAppend(FakeAccount& account, std::string name, std::uint64_t freed = 0,
             std::function<std::vector<Change>()> report = {})
      : account_(account), name_(std::move(name)), freed_(freed), report_(std::move(report)) {}
  Result<void> begin(const Flags& flags, std::optional<WallTime> internal_date) override {
    if (account_.failure != Code::misuse) return fail(environment_error(account_.failure));
    Message& message = messages_.emplace_back();
    message.facts.flags = flags;
    message.facts.internal_date = internal_date.value_or(WallTime());
    return {};
  }
  Result<void> announce(std::uint64_t octets) override {
    if (account_.failure != Code::misuse) return fail(environment_error(account_.failure));
    std::uint64_t used = octets;
    for (const Message& m : messages_) used += m.octets.size();
    for (const auto& entry : account_.boxes) used += status_of(*entry.second).octets;
    if (account_.quota != 0 && used > account_.quota + freed_) return fail(environment_error(Code::over_quota));
    return {};
  }
  Result<void> write(View octets) override {
    if (account_.failure != Code::misuse) return fail(environment_error(account_.failure));
    messages_.back().octets += octets;
    return {};
  }
  Result<AppendOutcome> finish() override {
    if (account_.failure != Code::misuse) return fail(environment_error(account_.failure));
    const auto box = account_.find(name_);
    if (box == nullptr) return fail(missing());
    AppendOutcome outcome{box->validity, {}, {}};
    for (const Message& m : messages_) {
      outcome.uids.push_back(account_.add(name_, m.octets, m.facts.flags, m.facts.internal_date));
    }
    if (report_) outcome.changes = report_();
    return outcome;
  }

 private:
  FakeAccount& account_;
  std::string name_;
  std::uint64_t freed_;
  std::function<std::vector<Change>()> report_;
  std::vector<Message> messages_;
};

Result<std::unique_ptr<Append>> FakeSelected::replace(SeqNum number, View target) {
  if (account_.failure != Code::misuse) return fail(environment_error(account_.failure));
  if (account_.find(target) == nullptr) return fail(missing());
  const Uid uid = uid_at(number);
  return std::make_unique<FakeAppend>(account_, normal(target), view_.at(number.value() - 1).octets, [this, uid] {
    std::vector<Change> changes = poll(false).value_or(std::vector<Change>());
    const std::vector<Change> gone = remove({uid});
    changes.insert(changes.end(), gone.begin(), gone.end());
    return changes;
  });
}

class FakeMailboxes final : public Mailboxes {
 public:
  FakeMailboxes(FakeAccount& account, std::string login) : account_(account), access_(account, std::move(login)) {}

  Result<std::vector<MailboxInfo>> list() override {
    if (account_.failure != Code::misuse) return fail(environment_error(account_.failure));
    std::map<std::string, MailboxInfo> all;
    for (const auto& [name, box] : account_.boxes) {
      const Rights rights = access_.rights(name, *box);
      if (!rights.has(Right::lookup)) continue;
      all[name].use = box->use;
      all[name].rights = rights;
    }
    for (const std::string& name : account_.subscriptions) {
      MailboxInfo& info = all[name];
      info.subscribed = true;
      info.exists = info.selectable = access_.reach(name).has_value();
    }
    std::vector<MailboxInfo> out;
    for (auto& [name, info] : all) {
      info.name = name;
      const auto below = [&](const auto& entry) { return entry.second.exists && is_below(entry.first, name); };
      info.has_children = std::any_of(all.begin(), all.end(), below);
      out.push_back(info);
    }
    return out;
  }
  Result<MailboxStatus> status(View name) override {
    const auto box = access_.reach(name, Right::read);
    if (!box) return fail(box.error());
    return status_of(**box);
  }
  Result<void> create(View name, SpecialUse use) override {
    if (account_.failure != Code::misuse) return fail(environment_error(account_.failure));
    if (account_.find(name) != nullptr) return fail(peer_error(Code::exists));
    if (const auto may = access_.may_make(name); !may) return fail(may.error());
    for (std::size_t at = name.find(kDelimiter); at != View::npos; at = name.find(kDelimiter, at + 1)) {
      if (account_.find(name.substr(0, at)) == nullptr) account_.make(normal(name.substr(0, at)));
    }
    const auto box = account_.make(normal(name), use);
    // A new mailbox has the ACL of the one above it.
    const auto parent = account_.find(name.substr(0, std::min(name.rfind(kDelimiter), name.size())));
    if (parent != nullptr) box->acl = parent->acl;
    return {};
  }
  Result<void> remove(View name) override {
    const auto reached = access_.reach(name, Right::remove);
    if (!reached) return fail(reached.error());
    const auto box = *reached;
    if (normal(name) == "INBOX") return fail(peer_error(Code::denied));
    for (const auto& entry : account_.boxes) {
      if (is_below(entry.first, name)) return fail(peer_error(Code::conflict));
    }
    box->gone = true;
    account_.boxes.erase(normal(name));
    return {};
  }
  Result<void> rename(View from, View to) override {
    if (const auto box = access_.reach(from, Right::remove); !box) return fail(box.error());
    if (account_.find(to) != nullptr) return fail(peer_error(Code::exists));
    if (const auto may = access_.may_make(to); !may) return fail(may.error());
    if (normal(from) == "INBOX") {
      const auto target = account_.make(own(to));
      for (Message& m : std::exchange(account_.find(from)->messages, {})) {
        account_.add(own(to), m.octets, m.facts.flags, m.facts.internal_date);
      }
      ++account_.find(from)->revision;
      return {};
    }
    std::map<std::string, std::shared_ptr<Box>> moved;
    for (const auto& [name, box] : account_.boxes) {
      const bool meant = name == normal(from) || is_below(name, from);
      moved[meant ? own(to) + name.substr(from.size()) : name] = box;
    }
    account_.boxes = std::move(moved);
    return {};
  }
  Result<void> subscribe(View name) override {
    account_.subscriptions.insert(normal(name));
    return {};
  }
  Result<void> unsubscribe(View name) override {
    account_.subscriptions.erase(normal(name));
    return {};
  }
  Result<std::unique_ptr<SelectedMailbox>> select(View name, bool read_only) override {
    auto box = access_.reach(name, Right::read);
    if (!box) return fail(box.error());
    return std::make_unique<FakeSelected>(account_, std::move(*box), read_only);
  }
  Result<std::unique_ptr<Append>> append(View name) override {
    if (const auto box = access_.reach(name, Right::insert); !box) return fail(box.error());
    return std::make_unique<FakeAppend>(account_, normal(name));
  }
  void set_watch(std::function<void()>) override {}

  Namespaces namespaces() const override { return account_.host.namespaces; }
  std::optional<std::uint64_t> append_limit() const override { return account_.host.append_limit; }
  Result<std::vector<AclEntry>> acl(View name) override { return access_.acl(name); }
  Result<void> set_acl(View name, View identifier, RightsChange change, Rights rights) override {
    return access_.set_acl(name, identifier, change, rights);
  }
  Result<GrantableRights> grantable(View name, View identifier) override { return access_.grantable(name, identifier); }
  Result<Rights> my_rights(View name) override {
    const auto box = access_.reach(name);
    if (!box) return fail(box.error());
    return access_.rights(name, **box);
  }
  Result<std::vector<QuotaRoot>> quota_roots(View name) override {
    if (const auto box = access_.reach(name, Right::read); !box) return fail(box.error());
    return access_.roots();
  }
  Result<QuotaRoot> quota(View root) override {
    for (const QuotaRoot& known : access_.roots()) {
      if (known.name == root) return known;
    }
    return fail(missing());
  }
  Result<QuotaRoot> set_quota(View root, std::span<const QuotaUse> limits) override {
    return access_.set_quota(root, limits);
  }
  Result<std::vector<MetadataEntry>> metadata(View name) override { return access_.metadata(name); }
  Result<void> set_metadata(View name, std::span<const MetadataEntry> entries) override {
    return access_.set_metadata(name, entries);
  }

 private:
  FakeAccount& account_;
  FakeAccess access_;
};

}  // namespace

FakeAccount::FakeAccount() { make("INBOX"); }

std::unique_ptr<imap::Mailboxes> FakeAccount::session(std::string login) {
  return std::make_unique<FakeMailboxes>(*this, std::move(login));
}

std::shared_ptr<FakeAccount::Box> FakeAccount::make(const std::string& name, imap::SpecialUse use) {
  auto box = std::make_shared<Box>();
  box->validity = UidValidity(++validity);
  box->use = use;
  boxes[name] = box;
  return box;
}

imap::Uid FakeAccount::add(const std::string& name, View octets, imap::Flags flags, WallTime date) {
  Box& box = *boxes.at(name);
  const Uid uid = std::exchange(box.next, box.next.next());
  imap::MessageFacts facts;
  facts.uid = uid;
  facts.flags = std::move(flags);
  facts.internal_date = date;
  facts.octets = octets.size();
  facts.modseq = ModSeq(++modseq);
  box.messages.push_back({std::move(facts), own(octets)});
  ++box.revision;
  return uid;
}

std::shared_ptr<FakeAccount::Box> FakeAccount::find(View name) const {
  const auto at = boxes.find(normal(name));
  return at == boxes.end() ? nullptr : at->second;
}

}  // namespace posthorn::testing
