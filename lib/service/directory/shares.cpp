#include "service/directory/shares.h"

#include <algorithm>

#include "posthorn/grammar/char_set.h"

#include "service/directory/lookup.h"
#include "service/directory/names.h"

namespace posthorn::directory {

namespace {

using store::Batch;

std::string folded(View text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), to_lower);
  return out;
}

Result<void> check_name(View name) {
  constexpr View kOctets = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  const bool inside = name.find_first_not_of(kOctets) == View::npos;
  if (inside && !name.empty() && name.front() != '-' && name.size() <= kMaxShareName) return {};
  return fail(caller_error(Code::syntax, "name '" + own(name) + "': letters, digits, '.', '_' and '-', 64 at most"));
}

Error no_group(View name) { return caller_error(Code::not_found, "group " + own(name)); }

}  // namespace

std::string user_identifier(AccountId id) { return rows::id_key("user=", id); }

Result<AccountId> take_account_number(const store::Partition& rows, Batch& batch) {
  const auto next = rows.get(rows::kNextId);
  if (!next) return fail(next.error());
  const auto id = rows::parse_number(*next ? View((*next)->value) : View{});
  if (!id) return fail(id.error());
  batch.expect(rows::kNextId, (*next)->written).put(rows::kNextId, std::to_string(*id + 1));
  return AccountId(*id);
}

// --- groups

Result<std::optional<Shares::FoundGroup>> Shares::find_group(View name) const {
  const std::string key = rows::group_key(name);
  const auto row = rows_.get(key);
  if (!row) return fail(row.error());
  if (!*row) return std::optional<FoundGroup>();
  auto members = rows::parse_group(key, (*row)->value);
  if (!members) return fail(members.error());
  return std::optional(FoundGroup{std::move(*members), (*row)->written});
}

Result<void> Shares::add_group(View name) {
  if (auto good = check_name(name); !good) return good;
  const std::string key = rows::group_key(folded(name));
  return changes_.change([&]() -> Result<Batch> {
    const auto present = rows_.get(key);
    if (!present) return fail(present.error());
    if (*present) return fail(caller_error(Code::exists, "group " + own(name)));
    Batch batch;
    batch.expect(key, std::nullopt).put(key, rows::format_group({}));
    return batch;
  });
}

Result<void> Shares::remove_group(View name) {
  const std::string group = folded(name);
  return changes_.change([&]() -> Result<Batch> {
    const auto found = find_group(group);
    if (!found) return fail(found.error());
    if (!*found) return fail(no_group(name));
    Batch batch;
    batch.expect(rows::group_key(group), (*found)->written).erase(rows::group_key(group));
    for (const AccountId member : (*found)->members) batch.erase(rows::member_key(member, group));
    return batch;
  });
}

Result<std::vector<Group>> Shares::groups() {
  std::vector<std::pair<std::string, std::vector<AccountId>>> found;
  std::optional<Error> broken;
  const auto seen =
      rows_.scan(rows::kGroups, store::after_prefix(rows::kGroups), [&](View key, View value, store::Revision) {
        auto members = rows::parse_group(key, value);
        if (!members) broken = members.error();
        if (members) found.emplace_back(key.substr(rows::kGroups.size()), std::move(*members));
        return !broken;
      });
  if (!seen) return fail(seen.error());
  if (broken) return fail(*broken);
  std::vector<Group> groups;
  for (const auto& [name, members] : found) {
    Group& group = groups.emplace_back(Group{name, {}});
    for (const AccountId member : members) {
      const auto address = rows_.get(rows::id_key(rows::kIds, member));
      if (!address) return fail(address.error());
      if (*address) group.members.push_back((*address)->value);
    }
    std::ranges::sort(group.members);
  }
  return groups;
}

Result<bool> Shares::has_group(View name) {
  return map(find_group(folded(name)), [](const auto& found) { return found.has_value(); });
}

Result<void> Shares::edit_members(View group, View address, bool joins) {
  const auto normal = normal_address(address);
  if (!normal) return fail(normal.error());
  const std::string name = folded(group);
  return changes_.change([&]() -> Result<Batch> {
    auto found = find_group(name);
    if (!found) return fail(found.error());
    if (!*found) return fail(no_group(group));
    const auto mailbox = find_mailbox(rows_, *normal);
    if (!mailbox) return fail(mailbox.error());
    if (!*mailbox) return fail(caller_error(Code::not_found, "mailbox " + normal->text()));
    const AccountId id = (*mailbox)->row.account.id;
    std::vector<AccountId>& members = (*found)->members;
    const auto place = std::ranges::lower_bound(members, id);
    const bool is_member = place != members.end() && *place == id;
    Batch batch;
    if (joins && is_member) return batch;
    if (!joins && !is_member) return fail(caller_error(Code::not_found, normal->text() + " in group " + name));
    if (joins && members.size() >= kMaxGroupMembers) return fail(caller_error(Code::too_many, "members of a group"));
    const std::string row = rows::member_key(id, name);
    if (joins) {
      members.insert(place, id);
      // Whoever is removed at the same time must not stay in the group.
      batch.expect(rows::address_key(rows::kMailboxes, *normal), (*mailbox)->written).put(row, rows::format_member());
    } else {
      members.erase(place);
      batch.erase(row);
    }
    batch.expect(rows::group_key(name), (*found)->written).put(rows::group_key(name), rows::format_group(members));
    return batch;
  });
}

Result<void> Shares::add_member(View group, View address) { return edit_members(group, address, true); }
Result<void> Shares::remove_member(View group, View address) { return edit_members(group, address, false); }

Result<std::vector<std::string>> Shares::groups_of(AccountId member) {
  std::vector<std::string> groups;
  const std::string prefix = rows::member_key(member, {});
  const auto seen = rows_.scan(prefix, store::after_prefix(prefix), [&](View key, View, store::Revision) {
    groups.push_back(own(key.substr(prefix.size())));
    return true;
  });
  if (!seen) return fail(seen.error());
  return groups;
}

// --- public namespaces

Result<std::vector<PublicSpace>> Shares::publics() {
  std::vector<PublicSpace> found;
  std::optional<Error> broken;
  const auto seen =
      rows_.scan(rows::kPublics, store::after_prefix(rows::kPublics), [&](View key, View value, store::Revision) {
        auto row = rows::parse_public(key, value);
        if (!row) broken = row.error();
        if (row) found.push_back(std::move(*row));
        return !broken;
      });
  if (!seen) return fail(seen.error());
  if (broken) return fail(*broken);
  return found;
}

Result<PublicSpace> Shares::find_public(View name) const {
  const std::string key = rows::public_key(folded(name));
  const auto row = rows_.get(key);
  if (!row) return fail(row.error());
  if (!*row) return fail(caller_error(Code::not_found, "public namespace " + own(name)));
  return rows::parse_public(key, (*row)->value);
}

Result<PublicSpace> Shares::add_public(View name) {
  if (auto good = check_name(name); !good) return fail(good.error());
  PublicSpace space{.name = own(name)};
  const std::string key = rows::public_key(folded(name));
  const auto done = changes_.change([&]() -> Result<Batch> {
    const auto present = rows_.get(key);
    if (!present) return fail(present.error());
    if (*present) return fail(caller_error(Code::exists, "public namespace " + own(name)));
    Batch batch;
    const auto id = take_account_number(rows_, batch);
    if (!id) return fail(id.error());
    space.id = *id;
    batch.expect(key, std::nullopt).put(key, rows::format(space));
    // Mail there is stored plain, and what has no setting stores nothing.
    batch.put(rows::id_key(rows::kSettings, space.id), rows::format(rows::SettingRow()));
    return batch;
  });
  if (!done) return fail(done.error());
  return space;
}

Result<void> Shares::remove_public(View name) {
  const std::string key = rows::public_key(folded(name));
  const auto done = changes_.change([&]() -> Result<Batch> {
    const auto found = find_public(name);
    if (!found) return fail(found.error());
    Batch batch;
    batch.erase(key).put(rows::id_key(rows::kRemovals, found->id), "#" + found->name);
    batch.erase(rows::id_key(rows::kSettings, found->id));
    if (const auto left = forget(found->id, batch); !left) return fail(left.error());
    return batch;
  });
  const auto finished = finish_();
  return done ? finished : done;
}

Result<void> Shares::set_public_quota(View name, std::uint64_t octets, std::uint32_t messages) {
  const std::string key = rows::public_key(folded(name));
  return changes_.change([&]() -> Result<Batch> {
    const auto row = rows_.get(key);
    if (!row) return fail(row.error());
    auto found = find_public(name);
    if (!found) return fail(found.error());
    found->quota_octets = octets;
    found->quota_messages = messages;
    Batch batch;
    batch.expect(key, *row ? std::optional((*row)->written) : std::nullopt).put(key, rows::format(*found));
    return batch;
  });
}

// --- the index of shares

Result<void> Shares::announce(AccountId owner, View identifier) {
  const std::string key = rows::share_key(identifier, owner);
  const auto present = rows_.get(key);
  if (!present) return fail(present.error());
  if (*present) return {};
  return changes_.change([&]() -> Result<Batch> {
    Batch batch;
    batch.put(key, rows::format_member());
    return batch;
  });
}

Result<std::vector<AccountId>> Shares::sharers(View identifier) {
  std::vector<AccountId> owners;
  const std::string prefix = own(rows::kShares).append(identifier).append(":");
  const auto seen = rows_.scan(prefix, store::after_prefix(prefix), [&](View key, View, store::Revision) {
    const auto owner = rows::owner_of_share(key);
    if (owner && key.size() == rows::share_key(identifier, *owner).size()) owners.push_back(*owner);
    return true;
  });
  if (!seen) return fail(seen.error());
  return owners;
}

Result<void> Shares::forget(AccountId id, Batch& batch) const {
  const std::string own_share = rows::share_key(user_identifier(id), id);
  const View named = View(own_share).substr(0, own_share.size() - 16);  // "h:user=NUMBER:"
  const auto seen = rows_.scan(rows::kShares, store::after_prefix(rows::kShares), [&](View key, View, store::Revision) {
    const auto owner = rows::owner_of_share(key);
    if (key.starts_with(named) || (owner && *owner == id)) batch.erase(key);
    return true;
  });
  if (!seen) return seen;
  std::vector<std::string> groups;
  const std::string prefix = rows::member_key(id, {});
  const auto listed = rows_.scan(prefix, store::after_prefix(prefix), [&](View key, View, store::Revision) {
    groups.push_back(own(key.substr(prefix.size())));
    return true;
  });
  if (!listed) return listed;
  for (const std::string& group : groups) {
    auto found = find_group(group);
    if (!found) return fail(found.error());
    batch.erase(rows::member_key(id, group));
    if (!*found) continue;
    std::erase((*found)->members, id);
    const std::string key = rows::group_key(group);
    batch.expect(key, (*found)->written).put(key, rows::format_group((*found)->members));
  }
  return {};
}

}  // namespace posthorn::directory
