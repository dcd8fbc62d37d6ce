#include "service/directory/backups.h"

#include <algorithm>
#include <utility>

#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/ip_address.h"
#include "posthorn/grammar/mail/domain.h"

#include "service/directory/lookup.h"
#include "service/directory/names.h"
#include "service/directory/rows.h"

namespace posthorn::directory {

namespace {

using store::Batch;

constexpr CharSet kPolicy = chars::kVisible + CharSet(" ");

std::string known_prefix(View name) { return own(rows::kKnown).append(name).append("@"); }

Error no_backup(View name) { return caller_error(Code::not_found, "no backup domain: " + own(name)); }

Result<void> check_time(std::chrono::seconds time) {
  if (time >= kMinRetention && time <= kMaxRetention) return {};
  return fail(caller_error(Code::syntax, "retention is from one hour to 366 days"));
}

// A host name, "[192.0.2.1]" or "[IPv6:2001:db8::1]" (RFC 5321 section 4.1.3).
Result<std::string> checked_hop(View hop) {
  if (!hop.starts_with('[')) return mail::ascii_domain(hop);
  if (!hop.ends_with(']')) return fail(caller_error(Code::syntax, "address literal without ]"));
  View inside = hop.substr(1, hop.size() - 2);
  const bool v6 = same_word(inside.substr(0, 5), "IPv6:");
  if (v6) inside.remove_prefix(5);
  const auto address = IpAddress::parse(inside);
  if (!address) return fail(caller_error(Code::syntax, "no address: " + own(hop)));
  return address->literal();
}

}  // namespace

Result<Backup> checked(Backup backup) {
  if (!backup.on) return Backup{};
  if (const auto fine = check_time(backup.retention); !fine) return fail(fine.error());
  if (backup.extension) {
    if (const auto fine = check_time(backup.extension->retention); !fine) return fail(fine.error());
    const auto until = backup.extension->until.time_since_epoch().count();
    if (until <= 0 || until > 0xFFFF'FFFFLL) return fail(caller_error(Code::syntax, "end of an extension"));
  }
  if (!backup.next_hop.empty()) {
    auto hop = checked_hop(backup.next_hop);
    if (!hop) return fail(hop.error());
    backup.next_hop = std::move(*hop);
  }
  if (backup.port == 0) return fail(caller_error(Code::syntax, "port 0"));
  const bool plain = std::ranges::all_of(backup.tls, [](char c) { return kPolicy[c]; });
  if (!plain || backup.tls.size() > kMaxTlsPolicy) return fail(caller_error(Code::syntax, "TLS policy"));
  if (!backup.contact.empty()) {
    const auto contact = remote_address(backup.contact);
    if (!contact) return fail(contact.error());
    backup.contact = contact->text();
  }
  return backup;
}

Result<void> StoredBackups::set_backup(View domain, const Backup& backup) {
  auto settings = checked(backup);
  if (!settings) return fail(settings.error());
  return changes_.change_domain(domain, [&](Domain& row) -> Result<void> {
    if (settings->on && !row.backup.on) {
      const auto used = has_entries(rows_, row.name);
      if (!used) return fail(used.error());
      if (*used || !row.alias_of.empty()) {
        return fail(caller_error(Code::conflict, "the domain has mailboxes, aliases or alias domains, or is one"));
      }
    }
    row.backup = *settings;
    return {};
  });
}

Result<Backup> StoredBackups::backup(View domain) {
  const auto name = mail::ascii_domain(domain);
  if (!name) return fail(no_backup(domain));
  auto found = find_domain(rows_, *name);
  if (!found) return fail(found.error());
  if (!*found || !(*found)->row.backup.on) return fail(no_backup(*name));
  return std::move((*found)->row.backup);
}

Result<void> StoredBackups::add_known_recipients(const std::vector<std::string>& addresses) {
  if (addresses.size() > kMaxKnownAtOnce) return fail(caller_error(Code::too_many, "recipients at once"));
  std::vector<mail::Mailbox> normal;
  for (const std::string& text : addresses) {
    auto address = normal_address(text);
    if (!address) return fail(address.error());
    if (!normal.empty() && address->domain != normal.front().domain) {
      return fail(caller_error(Code::syntax, "recipients of two domains at once"));
    }
    normal.push_back(std::move(*address));
  }
  if (normal.empty()) return {};
  return changes_.change([&]() -> Result<Batch> {
    Batch batch;
    const auto domain = hold_domain(rows_, batch, normal.front().domain);
    if (!domain) return fail(domain.error());
    if (!domain->backup.on) return fail(no_backup(domain->name));
    for (const mail::Mailbox& address : normal) {
      batch.put(rows::address_key(rows::kKnown, address), rows::format_member());
    }
    return batch;
  });
}

Result<void> StoredBackups::remove_known_recipient(View address) {
  const auto normal = normal_address(address);
  if (!normal) return fail(normal.error());
  return changes_.change([&]() -> Result<Batch> {
    const std::string key = rows::address_key(rows::kKnown, *normal);
    const auto present = rows_.get(key);
    if (!present) return fail(present.error());
    if (!*present) return fail(caller_error(Code::not_found, "recipient " + own(address)));
    Batch batch;
    batch.expect(key, (*present)->written).erase(key);
    return batch;
  });
}

Result<std::vector<std::string>> StoredBackups::known_recipients(View domain) {
  if (const auto known = backup(domain); !known) return fail(known.error());
  const auto name = mail::ascii_domain(domain);
  if (!name) return fail(name.error());
  const std::string prefix = known_prefix(*name);
  std::vector<std::string> found;
  const auto seen = rows_.scan(prefix, store::after_prefix(prefix), [&](View key, View, store::Revision) {
    found.push_back(rows::address_of_key(key));
    return true;
  });
  if (!seen) return fail(seen.error());
  return found;
}

// In steps, because a domain may have more recipients than fit into a batch. Each expects that the domain is still
// gone.
Result<void> StoredBackups::forget(const std::string& name) {
  const std::string prefix = known_prefix(name);
  for (bool more = true; more;) {
    std::vector<std::string> keys;
    const auto seen = rows_.scan(prefix, store::after_prefix(prefix), [&](View key, View, store::Revision) {
      keys.push_back(own(key));
      return keys.size() < kMaxKnownAtOnce;
    });
    if (!seen) return seen;
    if (keys.empty()) return {};
    more = keys.size() == kMaxKnownAtOnce;
    Batch batch;
    batch.expect(rows::domain_key(name), std::nullopt);
    for (const std::string& key : keys) batch.erase(key);
    if (const auto done = rows_.commit(batch); !done) {
      // Somebody made the domain again meanwhile: what he adds is his.
      if (done.error().code == Code::conflict) return {};
      return fail(done.error());
    }
  }
  return {};
}

}  // namespace posthorn::directory
