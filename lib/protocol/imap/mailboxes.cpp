#include "posthorn/protocol/imap/mailboxes.h"

#include <limits>

namespace posthorn::imap {

std::vector<Range> SelectedMailbox::everything_missing() const {
  std::vector<Range> missing;
  std::uint32_t next = 1;
  for (std::uint32_t n = 1; n <= exists(); ++n) {
    const std::uint32_t uid = uid_at(SeqNum(n)).value();
    if (uid > next) missing.push_back({next, uid - 1});
    next = uid + 1;
  }
  const std::uint32_t uid_next = status().uid_next.value();
  if (uid_next > next) missing.push_back({next, uid_next - 1});
  return missing;
}

Result<std::unique_ptr<Append>> SelectedMailbox::replace(SeqNum /*number*/, View /*target*/) {
  return fail(peer_error(Code::unsupported, "REPLACE"));
}

Result<std::vector<AclEntry>> Mailboxes::acl(View /*name*/) { return fail(peer_error(Code::unsupported, "ACL")); }

Result<void> Mailboxes::set_acl(View /*name*/, View /*identifier*/, RightsChange /*change*/, Rights /*rights*/) {
  return fail(peer_error(Code::unsupported, "ACL"));
}

Result<GrantableRights> Mailboxes::grantable(View /*name*/, View /*identifier*/) {
  return fail(peer_error(Code::unsupported, "ACL"));
}

Result<Rights> Mailboxes::my_rights(View name) {
  const auto known = status(name);
  if (!known) return fail(known.error());
  return Rights::all();
}

Result<std::vector<QuotaRoot>> Mailboxes::quota_roots(View name) {
  const auto known = status(name);
  if (!known) return fail(known.error());
  return std::vector<QuotaRoot>();
}

Result<QuotaRoot> Mailboxes::quota(View /*root*/) { return fail(peer_error(Code::not_found, "quota root")); }

Result<QuotaRoot> Mailboxes::set_quota(View /*root*/, std::span<const QuotaUse> /*limits*/) {
  return fail(peer_error(Code::denied, "quota"));
}

Result<std::vector<MetadataEntry>> Mailboxes::metadata(View /*name*/) {
  return fail(peer_error(Code::unsupported, "annotations"));
}

Result<void> Mailboxes::set_metadata(View /*name*/, std::span<const MetadataEntry> /*entries*/) {
  return fail(peer_error(Code::unsupported, "annotations"));
}

}  // namespace posthorn::imap
