// The directory over a store: opening, reading and changing. Each change is one batch under expectations.
#include "posthorn/service/directory/directory.h"

#include <algorithm>
#include <functional>
#include <span>
#include <utility>

#include "posthorn/grammar/mail/domain.h"

#include "service/directory/backups.h"
#include "service/directory/cache.h"
#include "service/directory/changes.h"
#include "service/directory/credentials.h"
#include "service/directory/logins.h"
#include "service/directory/lookup.h"
#include "service/directory/names.h"
#include "service/directory/rows.h"
#include "service/directory/shares.h"
#include "service/directory/vaults.h"

namespace posthorn::directory {

namespace {

using store::Batch;
using store::Entry;

constexpr std::size_t kMaxAliasTargets = 1000;  // each costs reads at every mail

class StoredDirectory : public Directory {
 public:
  StoredDirectory(store::Store& store, std::unique_ptr<store::Partition> rows, Random& random, const Options& options)
      : store_(store),
        rows_(std::move(rows)),
        random_(random),
        options_(options),
        credentials_(random, options_),
        cache_(store, *rows_),
        changes_(*rows_, cache_),
        backups_(*rows_, changes_),
        shares_(*rows_, changes_, [this] { return finish_removals(); }),
        vaults_(*rows_, changes_, credentials_, random, options_),
        logins_(*rows_, credentials_, vaults_, random, options_) {}

  /// Makes the fixed rows of a new directory and finishes what a crash left.
  Result<void> prepare();

  Result<Resolution> resolve(View address) override;
  Result<bool> is_local_domain(View domain) override;
  Result<Account> account(View address) override;
  Result<Account> account(AccountId id) override;

  Result<void> add_domain(const Domain& domain) override;
  Result<void> set_enforcement(View domain, Enforcement enforcement) override;
  Result<void> remove_domain(View name) override;
  Result<Domain> domain(View name) override;
  Result<std::vector<Domain>> domains() override;
  Result<Account> add_mailbox(View address, const Secret& password) override;
  Result<void> remove_mailbox(View address) override;
  Result<void> set_password(View address, const Secret& password) override;
  Result<void> set_active(View address, bool active) override;
  Result<void> set_quota(View address, std::uint64_t octets, std::uint32_t messages) override;
  Result<std::vector<Account>> mailboxes(View domain) override;
  Result<void> add_alias(const Alias& alias) override;
  Result<void> remove_alias(View address) override;
  Result<std::vector<Alias>> aliases(View domain) override;

  Result<Admission> log_in(View authorize, View login, const Secret& password) override {
    return logins_.log_in(authorize, login, password);
  }
  Result<sasl::ScramKeys> scram_keys(View login) override { return logins_.scram_keys(login); }
  Result<Admission> admit(View authorize, View login, const Secret& client_key) override {
    return logins_.admit(authorize, login, client_key);
  }
  Result<Admission> recognise(View authorize, View login) override { return logins_.recognise(authorize, login); }
  void sweep() override { logins_.sweep(); }
  Sealing& sealing() override { return vaults_; }
  Sharing* sharing() override { return &shares_; }
  Backups* backups() override { return &backups_; }

 private:
  Result<void> change(const std::function<Result<Batch>()>& build) { return changes_.change(build); }
  /// Changes one mailbox row.
  Result<void> edit(View address, const std::function<void(rows::MailboxRow&)>& edit);
  /// As hold_domain(), for what only a hosted domain has. @errors unsupported (it is a backup domain)
  Result<Domain> hold_hosted(Batch& batch, View name) const;
  Result<void> finish_removals();
  Result<Batch> build_alias(const mail::Mailbox& address, const Alias& alias) const;
  Result<mail::Mailbox> alias_address(View address) const;
  /// The target as the row has it. @errors not_found, syntax
  Result<std::string> checked_target(const std::string& target, const mail::Mailbox& alias) const;

  store::Store& store_;
  std::unique_ptr<store::Partition> rows_;
  Random& random_;
  const Options options_;
  Credentials credentials_;
  Cache cache_;
  Changes changes_;
  StoredBackups backups_;
  Shares shares_;
  Vaults vaults_;
  Logins logins_;
};

// --- opening

Result<void> StoredDirectory::prepare() {
  auto made = change([&]() -> Result<Batch> {
    Batch batch;
    const auto format = rows_->get(rows::kFormat);
    if (!format) return fail(format.error());
    if (*format) {
      if ((*format)->value == rows::kVersion) return batch;
      return fail(environment_error(Code::unsupported, "directory format " + (*format)->value));
    }
    std::string seed(32, '\0');
    random_.fill(std::as_writable_bytes(std::span(seed)));
    batch.expect(rows::kFormat, std::nullopt).put(rows::kFormat, rows::kVersion);
    batch.put(rows::kSeed, seed).put(rows::kNextId, "1");
    return batch;
  });
  if (!made) return made;
  made = logins_.prepare();
  if (!made) return made;
  return finish_removals();
}

Result<void> StoredDirectory::finish_removals() {
  std::vector<std::string> keys;
  const auto seen =
      rows_->scan(rows::kRemovals, store::after_prefix(rows::kRemovals), [&](View key, View, store::Revision) {
        keys.push_back(own(key));
        return true;
      });
  if (!seen) return seen;
  for (const std::string& key : keys) {
    const auto id = rows::id_of_key(key);
    if (!id) return fail(id.error());
    if (auto erased = store_.erase(*id); !erased) return erased;
    Batch batch;
    batch.erase(key);
    if (auto done = rows_->commit(batch); !done) return fail(done.error());
  }
  return {};
}

// --- reading

Result<Resolution> StoredDirectory::resolve(View address) {
  const auto normal = normal_address(address);
  if (!normal) return fail(normal.error());
  const std::string key = normal->text();
  if (auto known = cache_.find(key)) return std::move(*known);
  const std::uint64_t generation = cache_.generation();
  auto answer = Expansion(*rows_).resolve(*normal);
  // Of a backup domain any address may be asked for, so they would push out all others.
  if (answer && !answer->relayed) cache_.insert(key, *answer, generation);
  return answer;
}

Result<bool> StoredDirectory::is_local_domain(View domain) {
  const auto name = mail::ascii_domain(domain);
  if (!name) return false;
  const auto found = find_domain(*rows_, *name);
  if (!found) return fail(found.error());
  return found->has_value();
}

Result<Account> StoredDirectory::account(View address) {
  const auto normal = normal_address(address);
  if (!normal) return fail(normal.error());
  auto found = find_mailbox(*rows_, *normal);
  if (!found) return fail(found.error());
  if (!*found) return fail(peer_error(Code::not_found, "no such mailbox"));
  return std::move((*found)->row.account);
}

Result<Account> StoredDirectory::account(AccountId id) {
  const auto entry = rows_->get(rows::id_key(rows::kIds, id));
  if (!entry) return fail(entry.error());
  if (!*entry) return fail(peer_error(Code::not_found, "no such account"));
  auto found = account(View((*entry)->value));
  // Between the two reads the mailbox may have gone and come again under a new number.
  if (found && found->id != id) return fail(peer_error(Code::not_found, "no such account"));
  return found;
}

Result<Domain> StoredDirectory::domain(View name) {
  const auto normal = mail::ascii_domain(name);
  if (!normal) return fail(normal.error());
  auto found = find_domain(*rows_, *normal);
  if (!found) return fail(found.error());
  if (!*found) return fail(peer_error(Code::not_found, "no such domain"));
  return std::move((*found)->row);
}

Result<std::vector<Domain>> StoredDirectory::domains() {
  return list_rows(*rows_, own(rows::kDomains), &rows::parse_domain);
}

Result<std::vector<Account>> StoredDirectory::mailboxes(View domain) {
  std::string prefix(rows::kMailboxes);
  if (!domain.empty()) {
    const auto name = mail::ascii_domain(domain);
    if (!name) return fail(name.error());
    prefix += *name + "@";
  }
  auto found = list_rows(*rows_, prefix, &rows::parse_mailbox);
  if (!found) return fail(found.error());
  std::vector<Account> accounts;
  for (rows::MailboxRow& row : *found) accounts.push_back(std::move(row.account));
  return accounts;
}

Result<std::vector<Alias>> StoredDirectory::aliases(View domain) {
  std::string prefix(rows::kAliases);
  if (!domain.empty()) {
    const auto name = mail::ascii_domain(domain);
    if (!name) return fail(name.error());
    prefix += *name + "@";
  }
  return list_rows(*rows_, prefix, &rows::parse_alias);
}

// --- changing

Result<Domain> StoredDirectory::hold_hosted(Batch& batch, View name) const {
  auto domain = hold_domain(*rows_, batch, name);
  if (domain && domain->backup.on) {
    return fail(caller_error(Code::unsupported, domain->name + " is a backup domain: its mail goes on to the primary"));
  }
  return domain;
}

Result<void> StoredDirectory::add_domain(const Domain& domain) {
  Domain row = domain;
  auto name = mail::ascii_domain(domain.name);
  if (!name) return fail(name.error());
  row.name = *name;
  if (!domain.alias_of.empty()) {
    auto target = mail::ascii_domain(domain.alias_of);
    if (!target) return fail(target.error());
    row.alias_of = *target;
  }
  constexpr View kSeparators = "+-_.=#!~";
  if (row.separator != '\0' && kSeparators.find(row.separator) == View::npos) {
    return fail(caller_error(Code::syntax, "separator of subaddresses is one of + - _ . = # ! ~"));
  }
  auto backup = checked(domain.backup);
  if (!backup) return fail(backup.error());
  row.backup = std::move(*backup);
  if (row.backup.on && !row.alias_of.empty()) {
    return fail(caller_error(Code::unsupported, "an alias domain is no backup domain"));
  }
  // What a removal that was cut off has left must not come back.
  if (auto clean = backups_.forget(row.name); !clean) return clean;
  return change([&]() -> Result<Batch> {
    Batch batch;
    const auto present = find_domain(*rows_, row.name);
    if (!present) return fail(present.error());
    if (*present) return fail(caller_error(Code::exists, "domain " + row.name));
    if (!row.alias_of.empty()) {
      const auto target = hold_hosted(batch, row.alias_of);
      if (!target) return fail(target.error());
      if (!target->alias_of.empty()) return fail(caller_error(Code::unsupported, "alias domain of an alias domain"));
    }
    const std::string key = rows::domain_key(row.name);
    batch.expect(key, std::nullopt).put(key, rows::format(row));
    return batch;
  });
}

Result<void> StoredDirectory::set_enforcement(View domain, Enforcement enforcement) {
  return changes_.change_domain(domain, [&](Domain& row) -> Result<void> {
    row.enforcement = enforcement;
    return {};
  });
}

Result<void> StoredDirectory::remove_domain(View name) {
  const auto normal = mail::ascii_domain(name);
  if (!normal) return fail(normal.error());
  const auto done = change([&]() -> Result<Batch> {
    const auto found = find_domain(*rows_, *normal);
    if (!found) return fail(found.error());
    if (!*found) return fail(caller_error(Code::not_found, "domain " + *normal));
    const auto used = has_entries(*rows_, *normal);
    if (!used) return fail(used.error());
    if (*used) return fail(caller_error(Code::conflict, "the domain has mailboxes, aliases or alias domains"));
    const std::string key = rows::domain_key(*normal);
    Batch batch;
    batch.expect(key, (*found)->written).erase(key);
    return batch;
  });
  return done ? backups_.forget(*normal) : done;
}

Result<Account> StoredDirectory::add_mailbox(View address, const Secret& password) {
  const auto normal = normal_address(address);
  if (!normal) return fail(normal.error());
  rows::MailboxRow row;
  row.account.address = normal->text();
  const auto made = credentials_.set(row, password, false);
  if (!made) return fail(made.error());
  const auto done = change([&]() -> Result<Batch> {
    Batch batch;
    if (const auto domain = hold_hosted(batch, normal->domain); !domain) return fail(domain.error());
    const std::string key = rows::address_key(rows::kMailboxes, *normal);
    const std::string alias_key = rows::address_key(rows::kAliases, *normal);
    for (const std::string& taken : {key, alias_key}) {
      const auto present = rows_->get(taken);
      if (!present) return fail(present.error());
      if (*present) return fail(caller_error(Code::exists, row.account.address));
      batch.expect(taken, std::nullopt);
    }
    const auto id = take_account_number(*rows_, batch);
    if (!id) return fail(id.error());
    row.account.id = *id;
    batch.put(key, rows::format(row)).put(rows::id_key(rows::kIds, row.account.id), row.account.address);
    vaults_.put_first_keys(row.account.id, *made, batch);
    return batch;
  });
  if (!done) return fail(done.error());
  return row.account;
}

// The login goes in the first step, the mail in the second; the row between them lets open() finish after a crash.
Result<void> StoredDirectory::remove_mailbox(View address) {
  const auto normal = normal_address(address);
  if (!normal) return fail(normal.error());
  const auto done = change([&]() -> Result<Batch> {
    const auto found = find_mailbox(*rows_, *normal);
    if (!found) return fail(found.error());
    if (!*found) return fail(caller_error(Code::not_found, "mailbox " + normal->text()));
    const std::string key = rows::address_key(rows::kMailboxes, *normal);
    const AccountId id = (*found)->row.account.id;
    Batch batch;
    batch.expect(key, (*found)->written).erase(key).erase(rows::id_key(rows::kIds, id));
    batch.put(rows::id_key(rows::kRemovals, id), normal->text());
    if (const auto erased = Keyring::erase(*rows_, id, batch); !erased) return fail(erased.error());
    if (const auto left = shares_.forget(id, batch); !left) return fail(left.error());
    return batch;
  });
  // A caller who tries again after a failure in the second step finds no mailbox, but has the rest finished.
  const auto finished = finish_removals();
  return done ? finished : done;
}

Result<void> StoredDirectory::edit(View address, const std::function<void(rows::MailboxRow&)>& edit) {
  const auto normal = normal_address(address);
  if (!normal) return fail(normal.error());
  return change([&]() -> Result<Batch> {
    auto found = find_mailbox(*rows_, *normal);
    if (!found) return fail(found.error());
    if (!*found) return fail(caller_error(Code::not_found, "mailbox " + normal->text()));
    edit((*found)->row);
    const std::string key = rows::address_key(rows::kMailboxes, *normal);
    Batch batch;
    batch.expect(key, (*found)->written).put(key, rows::format((*found)->row));
    return batch;
  });
}

Result<void> StoredDirectory::set_password(View address, const Secret& password) {
  return vaults_.reset_password(address, password, false);
}

Result<void> StoredDirectory::set_active(View address, bool active) {
  return edit(address, [&](rows::MailboxRow& row) { row.account.active = active; });
}

Result<void> StoredDirectory::set_quota(View address, std::uint64_t octets, std::uint32_t messages) {
  return edit(address, [&](rows::MailboxRow& row) {
    row.account.quota_octets = octets;
    row.account.quota_messages = messages;
  });
}

// "@domain" is the catch-all: an address without local part.
Result<mail::Mailbox> StoredDirectory::alias_address(View address) const {
  if (!address.starts_with('@')) return normal_address(address);
  auto domain = mail::ascii_domain(address.substr(1));
  if (!domain) return fail(domain.error());
  return mail::Mailbox{{}, std::move(*domain)};
}

Result<std::string> StoredDirectory::checked_target(const std::string& target, const mail::Mailbox& alias) const {
  const auto normal = normal_address(target);
  if (!normal) return fail(normal.error());
  const auto given = remote_address(target);
  if (!given) return fail(given.error());
  const auto domain = find_domain(*rows_, normal->domain);
  if (!domain) return fail(domain.error());
  if (!*domain) return given->text();
  const auto known = *normal == alias ? map(find_mailbox(*rows_, alias), [](auto&& m) { return m.has_value(); })
                                      : Expansion(*rows_).is_known(*normal);
  if (!known) return fail(known.error());
  if (!*known) return fail(caller_error(Code::not_found, "target " + target + ": no such mailbox or alias"));
  return (*domain)->row.backup.on ? given->text() : normal->text();
}

Result<Batch> StoredDirectory::build_alias(const mail::Mailbox& address, const Alias& alias) const {
  Batch batch;
  const auto domain = hold_hosted(batch, address.domain);
  if (!domain) return fail(domain.error());
  if (address.local_part.empty() && !domain->alias_of.empty()) {
    return fail(caller_error(Code::unsupported, "an alias domain has the catch-all of its domain"));
  }
  const std::string key = rows::address_key(rows::kAliases, address);
  const std::string mailbox_key = rows::address_key(rows::kMailboxes, address);
  const auto present = rows_->get(key);
  if (!present) return fail(present.error());
  if (*present) return fail(caller_error(Code::exists, "alias " + alias.address));
  const auto mailbox = rows_->get(mailbox_key);
  if (!mailbox) return fail(mailbox.error());
  bool keeps_copy = false;
  Alias row;
  for (const std::string& text : alias.targets) {
    auto target = checked_target(text, address);
    if (!target) return fail(target.error());
    keeps_copy = keeps_copy || *target == address.text();
    row.targets.push_back(std::move(*target));
  }
  // Beside a mailbox an alias must name it, or its mail would go elsewhere without anybody noticing.
  if (*mailbox && !keeps_copy) return fail(caller_error(Code::exists, "a mailbox; name it as a target to keep a copy"));
  batch.expect(mailbox_key, *mailbox ? std::optional((*mailbox)->written) : std::nullopt);
  batch.expect(key, std::nullopt).put(key, rows::format(row));
  return batch;
}

Result<void> StoredDirectory::add_alias(const Alias& alias) {
  const auto address = alias_address(alias.address);
  if (!address) return fail(address.error());
  if (alias.targets.empty()) return fail(caller_error(Code::syntax, "an alias needs a target"));
  if (alias.targets.size() > kMaxAliasTargets) return fail(caller_error(Code::too_many, "targets of an alias"));
  return change([&] { return build_alias(*address, alias); });
}

Result<void> StoredDirectory::remove_alias(View address) {
  const auto normal = alias_address(address);
  if (!normal) return fail(normal.error());
  return change([&]() -> Result<Batch> {
    const std::string key = rows::address_key(rows::kAliases, *normal);
    const auto present = rows_->get(key);
    if (!present) return fail(present.error());
    if (!*present) return fail(caller_error(Code::not_found, "alias " + own(address)));
    Batch batch;
    batch.expect(key, (*present)->written).erase(key);
    return batch;
  });
}

}  // namespace

Result<std::unique_ptr<Directory>> Directory::open(store::Store& store, Random& random, Options options) {
  auto partition = store.open(store::kDirectoryAccount);
  if (!partition) return fail(partition.error());
  auto directory = std::make_unique<StoredDirectory>(store, std::move(*partition), random, options);
  if (const auto ready = directory->prepare(); !ready) return fail(ready.error());
  return directory;
}

}  // namespace posthorn::directory
