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

Result<Resolution> Expansion::resolve(const mail::Mailbox& address) {
  const auto domain = find_domain(rows_, address.domain);
  if (!domain) return fail(domain.error());
  if (!*domain) return fail(peer_error(Code::unsupported, "not our domain"));
  if (!(*domain)->row.active) return fail(peer_error(Code::denied, "domain is switched off"));
  pending_.push_back({address, {}, 0});
  while (!pending_.empty()) {
    const Pending next = std::move(pending_.front());
    pending_.pop_front();
    const auto done = this->address(next.address, next.detail, next.depth);
    if (!done) return fail(done.error());
  }
  if (!found_.targets.empty()) return std::move(found_);
  if (inactive_) return fail(peer_error(Code::denied, "mailbox is switched off"));
  return fail(peer_error(Code::not_found, "no such mailbox"));
}

Result<bool> Expansion::is_known(const mail::Mailbox& address) {
  const auto domain = find_domain(rows_, address.domain);
  if (!domain) return fail(domain.error());
  if (!*domain) return false;
  dry_ = true;
  return rules(address, (*domain)->row, {}, 0);
}

// One address with all rules of its domain.
Result<void> Expansion::address(const mail::Mailbox& address, const std::string& detail, int depth) {
  if (depth > kMaxAliasDepth) return {};
  const auto domain = find_domain(rows_, address.domain);
  if (!domain) return fail(domain.error());
  if (!*domain) return {};
  if (!(*domain)->row.active) {
    inactive_ = true;
    return {};
  }
  const auto known = rules(address, (*domain)->row, detail, depth);
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
    pending_.push_back({std::move(*next), detail, depth + 1});
  }
  return {};
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
