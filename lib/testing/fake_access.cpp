#include "testing/fake_access.h"

#include <algorithm>
#include <utility>

#include "protocol/imap/mailbox_names.h"

namespace posthorn::testing {

using namespace imap;
using Box = FakeAccount::Box;

Rights FakeAccess::rights(View name, const Box& box) const {
  if (is_own(name)) return Rights::all();
  Rights given;
  Rights taken;
  for (const auto& [identifier, rights] : box.acl) {
    if (identifier == login_ || identifier == "anyone") given = given | rights;
    if (identifier == "-" + login_ || identifier == "-anyone") taken = taken | rights;
  }
  return given - taken;
}

Result<std::shared_ptr<Box>> FakeAccess::reach(View name, Rights needed) const {
  if (account_.failure != Code::misuse) return fail(environment_error(account_.failure));
  auto box = account_.find(name);
  if (box == nullptr) return fail(peer_error(Code::not_found));
  const Rights have = rights(name, *box);
  if (!have.has(Right::lookup)) return fail(peer_error(Code::not_found));
  if (!have.has_all(needed)) return fail(peer_error(Code::denied));
  return box;
}

Result<void> FakeAccess::may_make(View name) const {
  if (name.empty() || name.front() == kDelimiter) return fail(peer_error(Code::syntax));
  if (is_own(name)) return {};
  const auto parent = account_.find(name.substr(0, name.rfind(kDelimiter)));
  if (parent == nullptr || !rights(name, *parent).has(Right::create)) return fail(peer_error(Code::denied));
  return {};
}

Result<std::vector<AclEntry>> FakeAccess::acl(View name) const {
  const auto box = reach(name, Right::administer);
  if (!box) return fail(box.error());
  std::vector<AclEntry> entries;
  if (is_own(name)) entries.push_back({login_, Rights::all()});
  for (const auto& [identifier, rights] : (*box)->acl) entries.push_back({identifier, rights});
  return entries;
}

Result<void> FakeAccess::set_acl(View name, View identifier, RightsChange change, Rights rights) const {
  const auto box = reach(name, Right::administer);
  if (!box) return fail(box.error());
  if (is_own(name) && identifier == login_) return fail(peer_error(Code::conflict));
  Rights& entry = (*box)->acl[own(identifier)];
  switch (change) {
    case RightsChange::replace: entry = rights; break;
    case RightsChange::add: entry = entry | rights; break;
    case RightsChange::remove: entry = entry - rights; break;
  }
  if (entry.empty()) (*box)->acl.erase(own(identifier));
  return {};
}

Result<GrantableRights> FakeAccess::grantable(View name, View identifier) const {
  const auto box = reach(name, Right::administer);
  if (!box) return fail(box.error());
  GrantableRights out;
  if (is_own(name) && identifier == login_) {
    out.always = Rights::all();
    return out;
  }
  for (std::uint16_t bit = 1; bit < Rights::all().bits(); bit = static_cast<std::uint16_t>(bit << 1U)) {
    out.optional.push_back(Rights::from_bits(bit));
  }
  return out;
}

std::vector<QuotaRoot> FakeAccess::roots() const {
  std::vector<QuotaRoot> out = account_.host.roots;
  if (account_.quota == 0) return out;
  QuotaUse use{QuotaResource::storage, 0, account_.quota};
  for (const auto& entry : account_.boxes) {
    for (const FakeAccount::Message& m : entry.second->messages) use.used += m.octets.size();
  }
  out.insert(out.begin(), QuotaRoot{"", {use}});
  return out;
}

Result<QuotaRoot> FakeAccess::set_quota(View root, std::span<const QuotaUse> limits) const {
  if (account_.failure != Code::misuse) return fail(environment_error(account_.failure));
  const auto at = std::find_if(account_.host.roots.begin(), account_.host.roots.end(),
                               [&](const QuotaRoot& known) { return known.name == root; });
  if (at == account_.host.roots.end()) return fail(peer_error(root.empty() ? Code::denied : Code::not_found));
  const std::vector<QuotaUse> before = std::exchange(at->resources, {limits.begin(), limits.end()});
  for (QuotaUse& use : at->resources) {
    for (const QuotaUse& old : before) {
      if (old.resource == use.resource) use.used = old.used;
    }
  }
  return *at;
}

Result<std::vector<MetadataEntry>> FakeAccess::metadata(View name) const {
  const auto* entries = &account_.host.annotations;
  std::shared_ptr<Box> kept;
  if (!name.empty()) {
    const auto box = reach(name, Right::read);
    if (!box) return fail(box.error());
    kept = *box;
    entries = &kept->annotations;
  }
  std::vector<MetadataEntry> out;
  for (const auto& [entry, value] : *entries) out.push_back({entry, value});
  return out;
}

Result<void> FakeAccess::set_metadata(View name, std::span<const MetadataEntry> entries) const {
  auto* present = &account_.host.annotations;
  std::shared_ptr<Box> kept;
  if (!name.empty()) {
    const auto box = reach(name, Right::write);
    if (!box) return fail(box.error());
    kept = *box;
    present = &kept->annotations;
  }
  auto changed = *present;
  for (const MetadataEntry& entry : entries) {
    if (entry.name.starts_with("/private/") && !account_.host.private_annotations) {
      return fail(peer_error(Code::unsupported));
    }
    changed.erase(entry.name);
    if (entry.value) changed[entry.name] = *entry.value;
  }
  if (changed.size() > account_.host.most_annotations) return fail(peer_error(Code::too_many));
  *present = std::move(changed);
  return {};
}

}  // namespace posthorn::testing
