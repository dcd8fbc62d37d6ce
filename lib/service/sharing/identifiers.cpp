#include "service/sharing/identifiers.h"

#include <charconv>

#include "posthorn/service/directory/sharing.h"

namespace posthorn::sharing {

namespace {

constexpr View kUser = "user=";
constexpr View kGroup = "group=";
constexpr View kOverride = "group-override=";
constexpr View kEscaped = "/%*=\"\\";
constexpr View kDigits = "0123456789ABCDEF";

bool stays(char c) {
  const auto octet = static_cast<unsigned char>(c);
  return octet >= 0x20 && octet != 0x7F && kEscaped.find(c) == View::npos;
}

Result<std::string> read_group(directory::Directory& directory, View name) {
  directory::Sharing* sharing = directory.sharing();
  const auto known = sharing == nullptr ? Result<bool>(false) : sharing->has_group(name);
  if (!known) return fail(known.error());
  if (!*known) return fail(peer_error(Code::not_found, "group"));
  std::string folded = own(name);
  for (char& c : folded) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return folded;
}

}  // namespace

Result<Identifier> read_identifier(directory::Directory& directory, View written) {
  Identifier identifier;
  if (written.starts_with('-')) {
    identifier.takes = true;
    written.remove_prefix(1);
  }
  const std::string sign = identifier.takes ? "-" : "";
  if (written == "anyone" || written == "authenticated") {
    identifier.kept = sign + own(written);
    return identifier;
  }
  if (written == "owner") {
    identifier.owner = true;
    return identifier;
  }
  if (written.starts_with('$') || written.starts_with("!$")) {
    const bool overrides = written.starts_with('!');
    // What is taken away is taken away last in any case: there is nothing to override.
    if (overrides && identifier.takes) return fail(peer_error(Code::syntax, "identifier"));
    const Result<std::string> group = read_group(directory, written.substr(overrides ? 2 : 1));
    if (!group) return fail(group.error());
    identifier.kept = sign + own(overrides ? kOverride : kGroup) + *group;
    return identifier;
  }
  const auto account = directory.account(written);
  if (!account) {
    const Code code = account.error().code;
    if (code == Code::syntax || code == Code::unsupported) return fail(peer_error(Code::not_found, "identifier"));
    return fail(account.error());
  }
  identifier.user = account->id;
  identifier.kept = sign + directory::user_identifier(account->id);
  return identifier;
}

Result<std::optional<std::string>> write_identifier(directory::Directory& directory, View kept) {
  const std::string sign = kept.starts_with('-') ? "-" : "";
  kept.remove_prefix(sign.size());
  if (kept.starts_with(kOverride)) return std::optional("!$" + own(kept.substr(kOverride.size())));
  if (kept.starts_with(kGroup)) return std::optional(sign + "$" + own(kept.substr(kGroup.size())));
  if (!kept.starts_with(kUser)) return std::optional(sign + own(kept));
  std::uint64_t id = 0;
  kept.remove_prefix(kUser.size());
  std::from_chars(kept.data(), kept.data() + kept.size(), id, 16);
  const auto account = directory.account(directory::AccountId(id));
  if (account) return std::optional(sign + account->address);
  if (account.error().code == Code::not_found) return std::optional<std::string>();
  return fail(account.error());
}

std::string to_component(View login) {
  std::string out;
  for (const char c : login) {
    if (stays(c)) {
      out.push_back(c);
      continue;
    }
    const auto octet = static_cast<unsigned char>(c);
    out.append("=").push_back(kDigits[octet >> 4U]);
    out.push_back(kDigits[octet & 15U]);
  }
  return out;
}

std::optional<std::string> from_component(View component) {
  std::string out;
  for (std::size_t i = 0; i < component.size(); ++i) {
    if (component[i] != '=') {
      out.push_back(component[i]);
      continue;
    }
    if (i + 2 >= component.size()) return std::nullopt;
    const std::size_t high = kDigits.find(component[i + 1]);
    const std::size_t low = kDigits.find(component[i + 2]);
    if (high == View::npos || low == View::npos) return std::nullopt;
    out.push_back(static_cast<char>(16 * high + low));
    i += 2;
  }
  // One spelling only: clients compare names octet by octet.
  if (to_component(out) != component) return std::nullopt;
  return out;
}

}  // namespace posthorn::sharing
