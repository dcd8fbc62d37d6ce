// Keys and values of the directory partition: docs/formats/directory.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"
#include "posthorn/grammar/mail/address.h"
#include "posthorn/protocol/sasl/mechanism.h"
#include "posthorn/service/directory/directory.h"
#include "posthorn/service/directory/sealing.h"
#include "posthorn/service/directory/sharing.h"
#include "posthorn/service/vault/setting.h"
#include "posthorn/service/vault/slot.h"

namespace posthorn::directory::rows {

inline constexpr View kFormat = "format";  ///< "1"
inline constexpr View kSeed = "seed";      ///< secret for decoy SCRAM keys
inline constexpr View kDecoy = "decoy";    ///< password hash that no password matches
inline constexpr View kNextId = "next";    ///< next account number
inline constexpr View kVersion = "1";

inline constexpr View kDomains = "d:";
inline constexpr View kMailboxes = "m:";
inline constexpr View kAliases = "a:";
inline constexpr View kIds = "i:";
inline constexpr View kRemovals = "r:";
inline constexpr View kSettings = "s:";
inline constexpr View kKeys = "k:";
inline constexpr View kAudit = "u:";
inline constexpr View kGroups = "g:";
inline constexpr View kMembers = "j:";
inline constexpr View kPublics = "n:";
inline constexpr View kShares = "h:";
inline constexpr View kKnown = "v:";

/// A mailbox as it is stored.
struct MailboxRow {
  Account account;
  std::string password;  ///< a text of crypto/password.h
  std::optional<sasl::ScramKeys> scram;
};

/// How a mailbox stores its new mail; absent: plain, and there is no key.
struct SettingRow {
  vault::State state = vault::State::off;
  std::uint32_t generation = 0;  ///< the present one; 0: none
  std::string public_key;        ///< of the present generation
  bool used = false;             ///< something may be sealed to the present generation
  bool reprocess = false;
  bool operator==(const SettingRow&) const = default;
};

[[nodiscard]] std::string domain_key(View name);
/// "<kind><domain>@<local part>": sorted by domain; the catch-all has no local part.
[[nodiscard]] std::string address_key(View kind, const mail::Mailbox& address);
[[nodiscard]] std::string id_key(View kind, AccountId id);
/// "k:<account>:<generation>", both in hexadecimal digits.
[[nodiscard]] std::string generation_key(AccountId id, std::uint32_t generation);
[[nodiscard]] inline std::string group_key(View name) { return own(kGroups).append(name); }
[[nodiscard]] inline std::string public_key(View folded_name) { return own(kPublics).append(folded_name); }
/// "j:<account>:<group>": that it is a member.
[[nodiscard]] std::string member_key(AccountId member, View group);
/// "h:<identifier>:<account>": that an ACL of the account may name it.
[[nodiscard]] std::string share_key(View identifier, AccountId owner);
/// The account at the end of a share_key(). @errors corrupt
[[nodiscard]] Result<AccountId> owner_of_share(View key);
/// The account number of an id_key(). @errors corrupt
[[nodiscard]] Result<AccountId> id_of_key(View key);
/// The address of an address_key(); "@domain" for the catch-all.
[[nodiscard]] std::string address_of_key(View key);

[[nodiscard]] std::string format(const Domain& domain);
[[nodiscard]] std::string format(const MailboxRow& row);
[[nodiscard]] std::string format(const Alias& alias);
[[nodiscard]] std::string format(const SettingRow& row);
[[nodiscard]] std::string format(const vault::Generation& generation);
[[nodiscard]] std::string format(const AuditEntry& entry);
[[nodiscard]] std::string format(const PublicSpace& space);
[[nodiscard]] std::string format_group(const std::vector<AccountId>& members);
/// Of a row that only has to be there.
[[nodiscard]] std::string format_member();

/// @errors corrupt, unsupported (a newer version of the format)
[[nodiscard]] Result<Domain> parse_domain(View key, View value);
[[nodiscard]] Result<MailboxRow> parse_mailbox(View key, View value);
[[nodiscard]] Result<Alias> parse_alias(View key, View value);
[[nodiscard]] Result<SettingRow> parse_setting(View key, View value);
/// @param id  of the account: no row says it
[[nodiscard]] Result<vault::Generation> parse_generation(AccountId id, View key, View value);
[[nodiscard]] Result<AuditEntry> parse_audit(View key, View value);
[[nodiscard]] Result<PublicSpace> parse_public(View key, View value);
[[nodiscard]] Result<std::vector<AccountId>> parse_group(View key, View value);  ///< ascending
[[nodiscard]] Result<std::uint64_t> parse_number(View text);

}  // namespace posthorn::directory::rows
