#include "service/directory/lookup.h"

#include <algorithm>
#include <utility>

#include "service/directory/names.h"

namespace posthorn::directory {

namespace {

template <class T, class Parse>
Result<std::optional<Found<T>>> find(const store::Partition& partition, const std::string& key, Parse parse) {
  auto entry = partition.get(key);
  if (!entry) return fail(entry.error());
  if (!*entry) return std::nullopt;
  auto row = parse(key, (*entry)->value);
  if (!row) return fail(row.error());
  return Found<T>{std::move(*row), (*entry)->written};
}

}  // namespace

Result<std::optional<Found<Domain>>> find_domain(const store::Partition& rows, View name) {
  return find<Domain>(rows, rows::domain_key(name), rows::parse_domain);
}
Result<std::optional<Found<rows::MailboxRow>>> find_mailbox(const store::Partition& rows,
                                                            const mail::Mailbox& address) {
  return find<rows::MailboxRow>(rows, rows::address_key(rows::kMailboxes, address), rows::parse_mailbox);
}
Result<std::optional<Found<Alias>>> find_alias(const store::Partition& rows, const mail::Mailbox& address) {
  return find<Alias>(rows, rows::address_key(rows::kAliases, address), rows::parse_alias);
}

Result<bool> has_entries(const store::Partition& rows, View name) {
  bool found = false;
  for (const View kind : {rows::kMailboxes, rows::kAliases}) {
    const std::string prefix = own(kind) + own(name) + "@";
    const auto seen = rows.scan(prefix, store::after_prefix(prefix), [&](View, View, store::Revision) {
      found = true;
      return false;
    });
    if (!seen) return fail(seen.error());
  }
  if (found) return true;
  const auto all = list_rows(rows, own(rows::kDomains), &rows::parse_domain);
  if (!all) return fail(all.error());
  return std::ranges::any_of(*all, [&](const Domain& d) { return d.alias_of == name; });
}

Result<Domain> hold_domain(const store::Partition& rows, store::Batch& batch, View name) {
  const auto found = find_domain(rows, name);
  if (!found) return fail(found.error());
  if (!*found) return fail(caller_error(Code::unsupported, "no domain of ours: " + own(name)));
  const std::string key = rows::domain_key(name);
  batch.expect(key, (*found)->written).put(key, rows::format((*found)->row));
  return (*found)->row;
}

// A recipient of the list has its subaddresses too, as he would have them at the primary.
Result<bool> may_relay(const store::Partition& rows, const Domain& domain, const mail::Mailbox& address) {
  if (domain.backup.recipients != RecipientCheck::list) return true;
  const auto is_listed = [&](const std::string& local_part) {
    return map(rows.get(rows::address_key(rows::kKnown, {local_part, address.domain})),
               [](const auto& entry) { return entry.has_value(); });
  };
  auto listed = is_listed(address.local_part);
  if (!listed || *listed || domain.separator == '\0') return listed;
  const std::size_t cut = address.local_part.find(domain.separator, 1);
  return cut == View::npos ? listed : is_listed(address.local_part.substr(0, cut));
}

Result<Resolution> Expansion::resolve(const mail::Mailbox& address) {
  const auto domain = find_domain(rows_, address.domain);
  if (!domain) return fail(domain.error());
  if (!*domain) return fail(peer_error(Code::unsupported, "not our domain"));
  if (!(*domain)->row.active) return fail(peer_error(Code::denied, "domain is switched off"));
  if ((*domain)->row.backup.on) {
    const auto relayed = may_relay(rows_, (*domain)->row, address);
    if (!relayed) return fail(relayed.error());
    if (!*relayed) return fail(peer_error(Code::not_found, "no such recipient at the primary"));
    Resolution found{.targets = {}, .remote = {}, .relayed = true};
    const Backup& backup = (*domain)->row.backup;
    if (backup.recipients == RecipientCheck::call_ahead) found.call_ahead = {{{}, backup.when_unknown}};
    return found;
  }
  found_.enforcement = (*domain)->row.enforcement;
  pending_.push_back({address, {}, 0, {}});
  while (!pending_.empty()) {
    const Pending next = std::move(pending_.front());
    pending_.pop_front();
    const auto done = this->address(next);
    if (!done) return fail(done.error());
  }
  if (!found_.targets.empty() || !found_.remote.empty()) return std::move(found_);
  if (inactive_) return fail(peer_error(Code::denied, "mailbox is switched off"));
  return fail(peer_error(Code::not_found, "no such mailbox"));
}

Result<bool> Expansion::is_known(const mail::Mailbox& address) {
  const auto domain = find_domain(rows_, address.domain);
  if (!domain) return fail(domain.error());
  if (!*domain) return false;
  if ((*domain)->row.backup.on) return may_relay(rows_, (*domain)->row, address);
  dry_ = true;
  return rules(address, (*domain)->row, {}, 0);
}

// One address with all rules of its domain; what has no domain here is an address of another host.
Result<void> Expansion::address(const Pending& next) {
  if (next.depth > kMaxAliasDepth) return {};
  const auto domain = find_domain(rows_, next.address.domain);
  if (!domain) return fail(domain.error());
  if (!*domain) {
    add_remote(next.given);
    return {};
  }
  if (!(*domain)->row.active) {
    inactive_ = true;
    return {};
  }
  if ((*domain)->row.backup.on) {
    const auto relayed = may_relay(rows_, (*domain)->row, next.address);
    if (!relayed) return fail(relayed.error());
    const Backup& backup = (*domain)->row.backup;
    if (*relayed && add_remote(next.given) && backup.recipients == RecipientCheck::call_ahead)
      found_.call_ahead.push_back({next.given, backup.when_unknown});
    return {};
  }
  const auto known = rules(next.address, (*domain)->row, next.detail, next.depth);
  if (!known) return fail(known.error());
  return {};
}

// The first that applies: the address itself, the address without detail, the alias domain, the catch-all.
Result<bool> Expansion::rules(const mail::Mailbox& address, const Domain& domain, const std::string& detail,
                              int depth) {
  auto known = entry(address, detail, depth);
  if (!known || *known) return known;
  const std::size_t cut = domain.separator == '\0' ? View::npos : address.local_part.find(domain.separator, 1);
  if (cut != View::npos) {
    known = entry({address.local_part.substr(0, cut), address.domain}, address.local_part.substr(cut + 1), depth);
    if (!known || *known) return known;
  }
  if (!domain.alias_of.empty()) {
    const auto target = find_domain(rows_, domain.alias_of);
    if (!target) return fail(target.error());
    if (!*target || !(*target)->row.alias_of.empty()) return false;
    if (!(*target)->row.active) {
      inactive_ = true;
      return true;
    }
    return rules({address.local_part, domain.alias_of}, (*target)->row, detail, depth);
  }
  return entry({{}, address.domain}, detail, depth);
}

Result<bool> Expansion::entry(const mail::Mailbox& address, const std::string& detail, int depth) {
  const auto alias = find_alias(rows_, address);
  if (!alias) return fail(alias.error());
  if (*alias) {
    if (dry_) return true;
    // An alias that comes up again is a loop, or names itself to keep a copy in the mailbox of the same name.
    if (visited_.insert((*alias)->row.address).second) {
      const auto done = follow((*alias)->row, detail, depth);
      if (!done) return fail(done.error());
      return true;
    }
  }
  const auto mailbox = find_mailbox(rows_, address);
  if (!mailbox) return fail(mailbox.error());
  if (!*mailbox) return alias->has_value();
  if (!dry_) add((*mailbox)->row.account, detail);
  return true;
}

Result<void> Expansion::follow(const Alias& alias, const std::string& detail, int depth) {
  for (const std::string& target : alias.targets) {
    auto next = normal_address(target);
    if (!next) return fail(environment_error(Code::corrupt, "target of alias " + alias.address));
    pending_.push_back({std::move(*next), detail, depth + 1, target});
  }
  return {};
}

bool Expansion::add_remote(const std::string& given) {
  const bool known = std::find(found_.remote.begin(), found_.remote.end(), given) != found_.remote.end();
  if (!known) found_.remote.push_back(given);
  return !known;
}

void Expansion::add(const Account& account, const std::string& detail) {
  if (!account.active) {
    inactive_ = true;
    return;
  }
  const bool known = std::ranges::any_of(found_.targets, [&](const auto& t) { return t.account.id == account.id; });
  if (!known) found_.targets.push_back({account, detail});
}

}  // namespace posthorn::directory
