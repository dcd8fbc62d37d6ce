#include "posthorn/service/sharing/namespaces.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "posthorn/grammar/char_set.h"

#include "service/sharing/guest.h"
#include "service/sharing/identifiers.h"

namespace posthorn::sharing {

namespace {

using imap::kDelimiter;
using mailbox::AccountId;

Error no_mailbox() { return peer_error(Code::not_found, "mailbox"); }

/// "INBOX" in any case, and names below it: how clients may write them.
bool is_personal(View name) { return !name.starts_with('#'); }

/// Whether a change of an owner's entry, or of the one that takes rights from him, leaves him all rights.
bool leaves_all(bool takes, imap::RightsChange change, imap::Rights rights) {
  if (takes) return rights.empty() || change == imap::RightsChange::remove;
  if (change == imap::RightsChange::replace) return rights == imap::Rights::all();
  return rights.empty() || change == imap::RightsChange::add;
}

/// A part of the tree that one account has.
struct Branch {
  AccountId id;
  std::string prefix;  ///< "#Shared/bob@example.org/"
  std::string owner;   ///< his login; empty: nobody's
  mailbox::Quota quota;
};

class Router : public imap::Mailboxes, public Owners, private mailbox::Elsewhere {
 public:
  Router(const Places& places, User user, const NamespaceOptions& options)
      : places_(places),
        sharing_(*places.directory.sharing()),
        user_(std::move(user)),
        options_(options),
        guest_(std::make_shared<Guest>(sharing_, user_.account.id, options.own_seen)) {
    own_ = user_.mail->sharer()->enter({.keys = user_.keys, .visitor = {}, .elsewhere = this});
  }
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;
  ~Router() override = default;

  Result<std::vector<imap::MailboxInfo>> list() override;
  Result<imap::MailboxStatus> status(View name) override;
  Result<void> create(View name, imap::SpecialUse use) override;
  Result<void> remove(View name) override;
  Result<void> rename(View from, View to) override;
  Result<void> subscribe(View name) override;
  Result<void> unsubscribe(View name) override { return own_->unsubscribe(name); }
  Result<std::unique_ptr<imap::SelectedMailbox>> select(View name, bool read_only) override;
  Result<std::unique_ptr<imap::Append>> append(View name) override;
  imap::Namespaces namespaces() const override;
  Result<std::vector<imap::AclEntry>> acl(View name) override;
  Result<void> set_acl(View name, View identifier, imap::RightsChange change, imap::Rights rights) override;
  Result<imap::GrantableRights> grantable(View name, View identifier) override;
  Result<imap::Rights> my_rights(View name) override;
  Result<std::vector<imap::QuotaRoot>> quota_roots(View name) override;
  Result<imap::QuotaRoot> quota(View root) override;
  Result<imap::QuotaRoot> set_quota(View root, std::span<const imap::QuotaUse> limits) override;
  Result<std::vector<imap::MetadataEntry>> metadata(View name) override;
  Result<void> set_metadata(View name, std::span<const imap::MetadataEntry> entries) override;
  std::uint64_t generation() const override;
  void set_watch(std::function<void()> changed) override;
  Result<Owned> owned(View name) override;

 private:
  struct Opened {
    std::shared_ptr<mailbox::Account> account;
    std::unique_ptr<imap::Mailboxes> session;
  };
  struct Place {
    Opened* opened = nullptr;
    imap::Mailboxes* session = nullptr;
    std::string name;  ///< inside the account
    AccountId id;
    std::string owner;  ///< login; empty: nobody's
  };

  std::optional<std::string> inside(AccountId here, View name) override;
  Result<std::unique_ptr<mailbox::Import>> import_into(View name) override;

  /// Where a name lies. @errors not_found: nowhere that this user could know
  Result<Place> locate(View name);
  Result<Branch> branch_of(View name) const;
  Result<Branch> shared_branch(View login) const;
  Result<std::vector<Branch>> branches();
  Result<std::vector<Branch>> public_branches() const;
  Result<std::vector<Branch>> shared_branches() const;
  Result<Opened*> open(const Branch& branch);
  Result<void> list_branch(const Branch& branch, std::map<std::string, imap::MailboxInfo>& into);
  [[nodiscard]] bool offers(View space) const;
  /// What ACLs call somebody in a mailbox of `owner`. @errors not_found, conflict (rights that the owner always has)
  Result<Identifier> identifier_for(const Place& place, View written) const;

  const Places places_;
  directory::Sharing& sharing_;
  const User user_;
  const NamespaceOptions options_;
  const std::shared_ptr<const Guest> guest_;
  std::function<void()> watch_;
  std::unique_ptr<imap::Mailboxes> own_;
  std::map<AccountId, Opened> opened_;
  std::vector<Branch> branches_;
  std::optional<std::uint64_t> branches_at_;  // stamp of the directory
};

// --- where names lie

bool Router::offers(View space) const {
  if (options_.publics.empty()) return true;
  return std::ranges::any_of(options_.publics, [&](const std::string& name) { return same_word(name, space); });
}

Result<Branch> Router::shared_branch(View component) const {
  const std::optional<std::string> login = from_component(component);
  if (!login) return fail(no_mailbox());
  const auto owner = places_.directory.account(*login);
  if (!owner && owner.error().lasting == Lasting::transient) return fail(owner.error());
  // Whoever does not exist and whoever shares nothing look the same.
  if (!owner || owner->address != *login || owner->id == user_.account.id) return fail(no_mailbox());
  return Branch{owner->id,
                options_.shared_prefix + kDelimiter + own(component) + kDelimiter,
                owner->address,
                {owner->quota_octets, owner->quota_messages}};
}

Result<Branch> Router::branch_of(View name) const {
  const std::size_t end = name.find(kDelimiter);
  if (end == View::npos) return fail(no_mailbox());
  const View first = name.substr(0, end);
  if (!options_.shared_prefix.empty() && first == options_.shared_prefix) {
    const View rest = name.substr(end + 1);
    const std::size_t login = rest.find(kDelimiter);
    if (login == View::npos) return fail(no_mailbox());
    return shared_branch(rest.substr(0, login));
  }
  const auto publics = public_branches();
  if (!publics) return fail(publics.error());
  for (const Branch& branch : *publics) {
    if (View(branch.prefix) == name.substr(0, end + 1)) return branch;
  }
  return fail(no_mailbox());
}

Result<std::vector<Branch>> Router::public_branches() const {
  const auto spaces = sharing_.publics();
  if (!spaces) return fail(spaces.error());
  std::vector<Branch> found;
  for (const directory::PublicSpace& space : *spaces) {
    const std::string prefix = "#" + space.name;
    // The host chose the other users' prefix later than the name: that one wins.
    if (!offers(space.name) || prefix == options_.shared_prefix) continue;
    found.push_back({space.id, prefix + kDelimiter, {}, {space.quota_octets, space.quota_messages}});
  }
  return found;
}

Result<std::vector<Branch>> Router::shared_branches() const {
  std::vector<Branch> found;
  if (options_.shared_prefix.empty()) return found;
  const auto identifiers = guest_->identifiers();
  if (!identifiers) return fail(identifiers.error());
  std::set<AccountId> owners;
  for (const std::string& identifier : *identifiers) {
    const auto sharers = sharing_.sharers(identifier);
    if (!sharers) return fail(sharers.error());
    owners.insert(sharers->begin(), sharers->end());
  }
  owners.erase(user_.account.id);
  for (const AccountId id : owners) {
    const auto owner = places_.directory.account(id);
    if (!owner && owner.error().code == Code::not_found) continue;
    if (!owner) return fail(owner.error());
    found.push_back({id,
                     options_.shared_prefix + kDelimiter + to_component(owner->address) + kDelimiter,
                     owner->address,
                     {owner->quota_octets, owner->quota_messages}});
  }
  return found;
}

Result<std::vector<Branch>> Router::branches() {
  const std::uint64_t now = sharing_.stamp();
  if (branches_at_ == now) return branches_;
  auto found = public_branches();
  if (!found) return found;
  auto shared = shared_branches();
  if (!shared) return shared;
  found->insert(found->end(), std::make_move_iterator(shared->begin()), std::make_move_iterator(shared->end()));
  branches_ = *found;
  branches_at_ = now;
  return found;
}

Result<Router::Opened*> Router::open(const Branch& branch) {
  Opened& opened = opened_[branch.id];
  if (opened.session != nullptr) return &opened;
  auto account = places_.accounts.open(branch.id, branch.quota);
  if (!account) return fail(std::move(account.error()));
  if ((*account)->sharer() == nullptr) return fail(no_mailbox());
  opened.account = std::move(*account);
  opened.session = opened.account->sharer()->enter({.keys = {}, .visitor = guest_, .elsewhere = this});
  if (watch_) opened.session->set_watch(watch_);
  return &opened;
}

Result<Router::Place> Router::locate(View name) {
  if (is_personal(name)) return Place{nullptr, own_.get(), own(name), user_.account.id, user_.account.address};
  const auto branch = branch_of(name);
  if (!branch) return fail(branch.error());
  const View rest = name.substr(branch->prefix.size());
  if (rest.empty()) return fail(no_mailbox());
  const auto opened = open(*branch);
  if (!opened) return fail(opened.error());
  return Place{*opened, (*opened)->session.get(), own(rest), branch->id, branch->owner};
}

std::optional<std::string> Router::inside(AccountId here, View name) {
  if (is_personal(name)) return here == user_.account.id ? std::optional(own(name)) : std::nullopt;
  const auto branch = branch_of(name);
  if (!branch || branch->id != here) return std::nullopt;
  return own(name.substr(branch->prefix.size()));
}

Result<std::unique_ptr<mailbox::Import>> Router::import_into(View name) {
  const auto place = locate(name);
  if (!place) return fail(place.error());
  mailbox::Account& account = place->opened == nullptr ? *user_.mail : *place->opened->account;
  return account.sharer()->import_into(place->name, place->opened == nullptr ? nullptr : guest_);
}

Result<Owned> Router::owned(View name) {
  return map(locate(name), [this](const Place& place) {
    const bool is_ours = place.opened == nullptr;
    return Owned{place.owner, place.name, is_ours ? user_.mail : place.opened->account,
                 !is_ours && guest_->has_own_seen()};
  });
}

// --- the tree

imap::Namespaces Router::namespaces() const {
  imap::Namespaces all;
  if (!options_.shared_prefix.empty()) all.other_users.push_back(options_.shared_prefix + kDelimiter);
  if (const auto publics = public_branches()) {
    for (const Branch& branch : *publics) all.shared.push_back(branch.prefix);
  }
  return all;
}

Result<void> Router::list_branch(const Branch& branch, std::map<std::string, imap::MailboxInfo>& into) {
  const auto opened = open(branch);
  if (!opened) return fail(opened.error());
  auto found = (*opened)->session->list();
  if (!found) return fail(std::move(found.error()));
  for (imap::MailboxInfo& info : *found) {
    info.name.insert(0, branch.prefix);
    imap::MailboxInfo& place = into[info.name];  // it may be there as a subscription
    const bool subscribed = !place.name.empty() && place.subscribed;
    place = std::move(info);
    place.subscribed = subscribed;
    if (!place.exists) continue;
    for (std::size_t at = 0; (at = branch.prefix.find(kDelimiter, at)) != std::string::npos; ++at) {
      imap::MailboxInfo& above = into[branch.prefix.substr(0, at)];
      if (above.name.empty()) {
        above = {.name = branch.prefix.substr(0, at), .selectable = false, .exists = false, .rights = {}};
      }
      above.has_children = true;
    }
  }
  return {};
}

Result<std::vector<imap::MailboxInfo>> Router::list() {
  auto found = own_->list();
  if (!found) return found;
  const auto others = branches();
  if (!others) return fail(others.error());
  if (others->empty()) return found;
  std::map<std::string, imap::MailboxInfo> infos;
  for (imap::MailboxInfo& info : *found) {
    std::string name = info.name;
    infos.insert_or_assign(std::move(name), std::move(info));
  }
  for (const Branch& branch : *others) {
    if (Result<void> listed = list_branch(branch, infos); !listed) return fail(std::move(listed.error()));
  }
  found->clear();
  for (auto& [name, info] : infos) found->push_back(std::move(info));
  return found;
}

Result<imap::MailboxStatus> Router::status(View name) {
  const auto place = locate(name);
  if (!place) return fail(place.error());
  return place->session->status(place->name);
}

Result<void> Router::create(View name, imap::SpecialUse use) {
  const auto place = locate(name);
  // Names that start with "#" are for namespaces (RFC 9051 section 5.1.2.1).
  if (!place && place.error().code == Code::not_found) return fail(peer_error(Code::unsupported, "reserved name"));
  if (!place) return fail(place.error());
  return place->session->create(place->name, use);
}

Result<void> Router::remove(View name) {
  const auto place = locate(name);
  if (!place) return fail(place.error());
  return place->session->remove(place->name);
}

Result<void> Router::rename(View from, View to) {
  const auto source = locate(from);
  if (!source) return fail(source.error());
  const auto target = locate(to);
  if (!target && target.error().code == Code::not_found) return fail(peer_error(Code::unsupported, "reserved name"));
  if (!target) return fail(target.error());
  if (source->id == target->id) return source->session->rename(source->name, target->name);
  // Whoever may not see it does not learn that it is there.
  const auto known = source->session->my_rights(source->name);
  if (!known) return fail(known.error());
  return fail(peer_error(Code::unsupported, "rename into another account"));
}

Result<void> Router::subscribe(View name) {
  if (is_personal(name)) return own_->subscribe(name);
  const auto place = locate(name);
  if (!place) return fail(place.error());
  const auto visible = place->session->my_rights(place->name);
  if (!visible) return fail(visible.error());
  return own_->subscribe(name);
}

Result<std::unique_ptr<imap::SelectedMailbox>> Router::select(View name, bool read_only) {
  const auto place = locate(name);
  if (!place) return fail(place.error());
  return place->session->select(place->name, read_only);
}

Result<std::unique_ptr<imap::Append>> Router::append(View name) {
  const auto place = locate(name);
  if (!place) return fail(place.error());
  return place->session->append(place->name);
}

/// Each of its parts only grows.
std::uint64_t Router::generation() const {
  std::uint64_t sum = own_->generation() + sharing_.stamp() + opened_.size();
  for (const auto& [id, opened] : opened_) {
    if (opened.session) sum += opened.session->generation();
  }
  return sum;
}

void Router::set_watch(std::function<void()> changed) {
  watch_ = std::move(changed);
  own_->set_watch(watch_);
  for (auto& [id, opened] : opened_) {
    if (opened.session) opened.session->set_watch(watch_);
  }
}

// --- who may do what

Result<Identifier> Router::identifier_for(const Place& place, View written) const {
  auto identifier = read_identifier(places_.directory, written);
  if (!identifier) return identifier;
  if (identifier->owner && place.owner.empty()) return fail(peer_error(Code::not_found, "identifier"));
  identifier->owner = identifier->owner || (identifier->user == place.id && !place.owner.empty());
  return identifier;
}

Result<std::vector<imap::AclEntry>> Router::acl(View name) {
  const auto place = locate(name);
  if (!place) return fail(place.error());
  auto entries = place->session->acl(place->name);
  if (!entries) return entries;
  std::vector<imap::AclEntry> written;
  if (!place->owner.empty()) written.push_back({place->owner, imap::Rights::all()});
  for (const imap::AclEntry& entry : *entries) {
    auto identifier = write_identifier(places_.directory, entry.identifier);
    if (!identifier) return fail(std::move(identifier.error()));
    if (*identifier) written.push_back({std::move(**identifier), entry.rights});
  }
  return written;
}

Result<void> Router::set_acl(View name, View identifier, imap::RightsChange change, imap::Rights rights) {
  const auto place = locate(name);
  if (!place) return fail(place.error());
  // Before anything is said of the identifier: only who administers the mailbox may ask.
  const auto grantable = place->session->grantable(place->name, {});
  if (!grantable) return fail(grantable.error());
  const auto known = identifier_for(*place, identifier);
  if (!known) return fail(known.error());
  if (known->owner) {
    if (leaves_all(known->takes, change, rights)) return {};
    return fail(peer_error(Code::conflict, "the owner has all rights"));
  }
  const bool gives = change != imap::RightsChange::remove && !known->takes && !rights.empty();
  if (gives && !place->owner.empty()) {
    // First, so that the LIST of whoever gets the rights has the mailbox as soon as he has them.
    if (Result<void> told = sharing_.announce(place->id, known->kept); !told) return told;
  }
  return place->session->set_acl(place->name, known->kept, change, rights);
}

Result<imap::GrantableRights> Router::grantable(View name, View identifier) {
  const auto place = locate(name);
  if (!place) return fail(place.error());
  auto grantable = place->session->grantable(place->name, identifier);
  if (!grantable) return grantable;
  const auto known = identifier_for(*place, identifier);
  if (!known) return fail(known.error());
  if (known->owner) return imap::GrantableRights{known->takes ? imap::Rights() : imap::Rights::all(), {}};
  return grantable;
}

Result<imap::Rights> Router::my_rights(View name) {
  const auto place = locate(name);
  if (!place) return fail(place.error());
  return place->session->my_rights(place->name);
}

// --- quotas and annotations

Result<std::vector<imap::QuotaRoot>> Router::quota_roots(View name) {
  const auto place = locate(name);
  if (!place) return fail(place.error());
  auto roots = place->session->quota_roots(place->name);
  if (!roots || place->opened == nullptr || !place->owner.empty()) return roots;
  const View root = name.substr(0, name.find(kDelimiter));
  return map(quota(root), [](imap::QuotaRoot found) { return std::vector<imap::QuotaRoot>{std::move(found)}; });
}

// A public namespace has a root of its own, which everybody may ask for.
Result<imap::QuotaRoot> Router::quota(View root) {
  if (root.empty()) return own_->quota(root);
  const auto publics = public_branches();
  if (!publics) return fail(publics.error());
  for (const Branch& branch : *publics) {
    if (branch.prefix != own(root) + kDelimiter) continue;
    const auto account = places_.accounts.open(branch.id, branch.quota);
    if (!account) return fail(account.error());
    return map((*account)->session()->quota({}), [&](imap::QuotaRoot found) {
      found.name = own(root);
      return found;
    });
  }
  return fail(peer_error(Code::not_found, "quota root"));
}

Result<imap::QuotaRoot> Router::set_quota(View root, std::span<const imap::QuotaUse> /*limits*/) {
  const auto known = quota(root);
  return fail(known ? peer_error(Code::denied, "quota") : known.error());
}

Result<std::vector<imap::MetadataEntry>> Router::metadata(View name) {
  if (name.empty()) return own_->metadata(name);
  const auto place = locate(name);
  if (!place) return fail(place.error());
  auto entries = place->session->metadata(place->name);
  if (!entries || place->opened == nullptr) return entries;
  const auto status = place->session->status(place->name);
  if (!status) return fail(status.error());
  auto notes = user_.mail->sharer()->notes_on(status->mailbox_id);
  if (!notes) return notes;
  entries->insert(entries->begin(), std::make_move_iterator(notes->begin()), std::make_move_iterator(notes->end()));
  return entries;
}

Result<void> Router::set_metadata(View name, std::span<const imap::MetadataEntry> entries) {
  if (name.empty()) return own_->set_metadata(name, entries);
  const auto place = locate(name);
  if (!place) return fail(place.error());
  if (place->opened == nullptr) return place->session->set_metadata(place->name, entries);
  std::vector<imap::MetadataEntry> notes;
  std::vector<imap::MetadataEntry> shared;
  for (const imap::MetadataEntry& entry : entries) {
    (entry.name.starts_with("/private/") ? notes : shared).push_back(entry);
  }
  const auto status = place->session->status(place->name);
  if (!status) return fail(status.error());
  // The part that may be refused goes first.
  if (Result<void> written = place->session->set_metadata(place->name, shared); !written) return written;
  if (notes.empty()) return {};
  return user_.mail->sharer()->set_notes_on(status->mailbox_id, notes);
}

}  // namespace

Tree open_namespaces(const Places& places, User user, const NamespaceOptions& options) {
  if (places.directory.sharing() == nullptr || user.mail->sharer() == nullptr)
    return {.mailboxes = user.mail->session(user.keys)};
  auto router = std::make_unique<Router>(places, std::move(user), options);
  Owners* owners = router.get();
  return {.mailboxes = std::move(router), .owners = owners};
}

}  // namespace posthorn::sharing
