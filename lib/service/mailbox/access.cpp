#include "service/mailbox/access.h"

#include <algorithm>
#include <optional>

namespace posthorn::mailbox {

namespace {
constexpr View kOverride = "group-override=";
}  // namespace

Result<imap::Rights> rights_by(const AclRow& acl, const Visitor& visitor) {
  imap::Rights given;
  imap::Rights taken;
  std::optional<imap::Rights> overriding;
  for (const imap::AclEntry& entry : acl) {
    View identifier = entry.identifier;
    const bool takes = identifier.starts_with('-');
    if (takes) identifier.remove_prefix(1);
    const Result<bool> means = visitor.is(identifier);
    if (!means) return fail(means.error());
    if (!*means) continue;
    if (takes) {
      taken = taken | entry.rights;
    } else if (identifier.starts_with(kOverride)) {
      overriding = overriding.value_or(imap::Rights()) | entry.rights;
    } else {
      given = given | entry.rights;
    }
  }
  return overriding.value_or(given) - taken;
}

Result<AclRow> read_acl(const store::Partition& partition, MailboxId id) {
  const Result<std::optional<store::Entry>> row = partition.get(keys::acl(id));
  if (!row) return fail(row.error());
  if (!*row) return AclRow();
  return decode_acl((*row)->value);
}

Result<void> change_entry(AclRow& acl, View identifier, imap::RightsChange change, imap::Rights rights,
                          const Limits& limits) {
  if (identifier.empty() || identifier.find('\0') != View::npos) return fail(peer_error(Code::syntax, "identifier"));
  if (identifier.size() > std::min<std::size_t>(limits.identifier_octets, 0xFFFF))
    return fail(peer_error(Code::too_long, "identifier"));
  const auto place = std::lower_bound(acl.begin(), acl.end(), identifier, [](const imap::AclEntry& entry, View wanted) {
    return View(entry.identifier) < wanted;
  });
  const bool is_there = place != acl.end() && place->identifier == identifier;
  const imap::Rights before = is_there ? place->rights : imap::Rights();
  if (change == imap::RightsChange::add) rights = before | rights;
  if (change == imap::RightsChange::remove) rights = before - rights;
  if (rights.empty()) {
    if (is_there) acl.erase(place);
  } else if (is_there) {
    place->rights = rights;
  } else if (acl.size() >= std::min<std::uint32_t>(limits.acl_entries, 0xFFFF)) {
    return fail(peer_error(Code::too_many, "identifiers"));
  } else {
    acl.insert(place, {own(identifier), rights});
  }
  return {};
}

Result<imap::Rights> Access::rights(MailboxId id) const {
  if (visitor_ == nullptr) return imap::Rights::all();
  const std::pair now(partition_.stamp(), visitor_->stamp());
  if (now != known_at_) known_.clear();
  known_at_ = now;
  if (const auto known = known_.find(id); known != known_.end()) return known->second;
  const Result<AclRow> acl = read_acl(partition_, id);
  if (!acl) return fail(acl.error());
  Result<imap::Rights> rights = rights_by(*acl, *visitor_);
  if (rights) known_.insert_or_assign(id, *rights);
  return rights;
}

Result<void> Access::require(MailboxId id, imap::Rights needed) const {
  const Result<imap::Rights> has = rights(id);
  if (!has) return fail(has.error());
  if (!has->has(imap::Right::lookup)) return fail(peer_error(Code::not_found, "mailbox"));
  if (!has->has_all(needed)) return fail(peer_error(Code::denied, "rights"));
  return {};
}

}  // namespace posthorn::mailbox
