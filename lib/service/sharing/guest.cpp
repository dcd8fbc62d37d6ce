#include "service/sharing/guest.h"

#include <algorithm>

namespace posthorn::sharing {

Result<void> Guest::read_groups() const {
  const std::uint64_t now = sharing_.stamp();
  if (groups_at_ == now) return {};
  auto groups = sharing_.groups_of(account_);
  if (!groups) return fail(std::move(groups.error()));
  groups_ = std::move(*groups);
  groups_at_ = now;
  return {};
}

Result<bool> Guest::is(View identifier) const {
  if (identifier == "anyone" || identifier == "authenticated" || identifier == user_) return true;
  constexpr View kGroup = "group=";
  constexpr View kOverride = "group-override=";
  const bool plain = identifier.starts_with(kGroup);
  if (!plain && !identifier.starts_with(kOverride)) return false;
  if (Result<void> read = read_groups(); !read) return fail(std::move(read.error()));
  return std::ranges::binary_search(groups_, identifier.substr(plain ? kGroup.size() : kOverride.size()));
}

Result<std::vector<std::string>> Guest::identifiers() const {
  if (Result<void> read = read_groups(); !read) return fail(std::move(read.error()));
  std::vector<std::string> all{"anyone", "authenticated", user_};
  for (const std::string& group : groups_) {
    all.push_back("group=" + group);
    all.push_back("group-override=" + group);
  }
  return all;
}

}  // namespace posthorn::sharing
