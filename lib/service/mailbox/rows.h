// The rows of an account's partition: keys, values, version octets. The layout is documented in
// docs/formats/mailbox.md.
//
// The only code that knows the octets of keys and values. Each value starts with kVersion; numbers are big-endian.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/strong.h"
#include "posthorn/protocol/imap/mailboxes.h"
#include "posthorn/service/store/store.h"

#include "service/mailbox/flag_block.h"

namespace posthorn::mailbox {

using store::BlobId;
/// Names a mailbox through RENAME; never used twice in an account.
using MailboxId = Strong<std::uint32_t, struct MailboxIdTag>;

inline constexpr std::uint8_t kVersion = 1;
/// Of rows of mailboxes that count the octets of deleted messages.
inline constexpr std::uint8_t kMailboxVersion = 2;
/// Of rows of messages: what is written; version 1 and, of sealed messages, 2 are read.
inline constexpr std::uint8_t kMessageVersion = 3;
inline constexpr std::uint8_t kSealedVersion = 2;

/// One per account; every commit writes it, so that expecting it guards everything.
struct AccountRow {
  std::uint32_t next_mailbox = 1;
  std::uint32_t last_validity = 0;  ///< the UIDVALIDITY given last
  std::uint64_t modseq = 0;         ///< of the last commit
  std::uint64_t octets = 0;
  std::uint64_t messages = 0;
  bool operator==(const AccountRow&) const = default;
};

struct MailboxRow {
  std::uint32_t uid_validity = 0;
  std::uint32_t uid_next = 1;
  std::uint32_t messages = 0;
  std::uint32_t unseen = 0;
  std::uint32_t deleted = 0;
  std::uint64_t octets = 0;
  std::uint64_t modseq = 0;     ///< of the last change in it
  std::uint64_t log_floor = 0;  ///< the log is complete for changes after this modseq
  std::uint32_t log_rows = 0;
  /// Of messages with \Deleted; nullopt: nobody counted them when they got it (rows of version 1).
  std::optional<std::uint64_t> deleted_octets = 0;
  bool operator==(const MailboxRow&) const = default;
};

struct NameRow {
  MailboxId mailbox;
  imap::SpecialUse use = imap::SpecialUse::none;
  bool operator==(const NameRow&) const = default;
};

/// Its flags are those that the message came with; later ones are in a FlagBlock, which goes before the row.
struct MessageRow : FlagState {
  BlobId blob;
  std::uint64_t octets = 0;
  WallTime internal_date;
  std::string capsule;                ///< the key of a sealed message; empty: it is plain
  std::uint32_t digest = 0;           ///< octets of the sealed search digest behind the content
  std::optional<WallTime> save_date;  ///< when it came into this mailbox; rows of versions 1 and 2 do not tell
  std::uint64_t email = 0;            ///< names the message in all its forms; 0: the number of its body does
  /// The number that stays the same however the message is copied and stored (RFC 8474 section 5.1).
  [[nodiscard]] std::uint64_t email_number() const { return email == 0 ? blob.value() : email; }
  bool operator==(const MessageRow&) const = default;
};

struct UidRange {
  Uid first;
  Uid last;
  bool operator==(const UidRange&) const = default;
};

/// What one commit changed in one mailbox; new messages are not in it (their uids tell).
struct LogRow {
  std::vector<UidRange> flags;
  std::vector<UidRange> expunged;
  bool operator==(const LogRow&) const = default;
};

/// Who may do what in a mailbox; ascending by identifier, none without rights.
using AclRow = std::vector<imap::AclEntry>;

/// Appends a uid to ranges; uids come in ascending order.
void append_uid(std::vector<UidRange>& ranges, Uid uid);

[[nodiscard]] std::string encode(const AccountRow& row);
[[nodiscard]] std::string encode(const MailboxRow& row);
[[nodiscard]] std::string encode(const NameRow& row);
[[nodiscard]] std::string encode(const MessageRow& row);
[[nodiscard]] std::string encode(const LogRow& row);
[[nodiscard]] std::string encode(const FlagBlock& block);
[[nodiscard]] std::string encode_keywords(const std::vector<std::string>& words);
[[nodiscard]] std::string encode_references(std::uint32_t count);
[[nodiscard]] std::string encode_subscription();
[[nodiscard]] std::string encode_acl(const AclRow& row);
[[nodiscard]] std::string encode_seen(const std::vector<UidRange>& ranges);
[[nodiscard]] std::string encode_annotation(View value);
/// @param summary  as it lies in the store
[[nodiscard]] std::string encode_summary(View summary);

/// The reverse of encode(). @errors corrupt
[[nodiscard]] Result<AccountRow> decode_account(View value);
[[nodiscard]] Result<MailboxRow> decode_mailbox(View value);
[[nodiscard]] Result<NameRow> decode_name(View value);
[[nodiscard]] Result<MessageRow> decode_message(View value);
[[nodiscard]] Result<LogRow> decode_log(View value);
[[nodiscard]] Result<FlagBlock> decode_flags(View value);
[[nodiscard]] Result<std::vector<std::string>> decode_keywords(View value);
[[nodiscard]] Result<std::uint32_t> decode_references(View value);
[[nodiscard]] Result<AclRow> decode_acl(View value);
[[nodiscard]] Result<std::vector<UidRange>> decode_seen(View value);
[[nodiscard]] Result<std::string> decode_annotation(View value);
/// @lifetime that of `value`
[[nodiscard]] Result<View> decode_summary(View value);

namespace keys {

// The first four tables are small and adjacent: one scan from kAccount to kWritersEnd loads all that writers keep.
inline constexpr View kAccount = "m/a";
inline constexpr View kMailboxes = "m/b/";
inline constexpr View kKeywords = "m/c/";
inline constexpr View kNames = "m/d/";
inline constexpr View kWritersEnd = "m/d0";
inline constexpr View kSubscriptions = "m/e/";
inline constexpr View kFlags = "m/f/";
inline constexpr View kLog = "m/l/";
inline constexpr View kMessages = "m/m/";
inline constexpr View kAnnotations = "m/n/";
inline constexpr View kNotes = "m/o/";
inline constexpr View kAcls = "m/p/";
inline constexpr View kReferences = "m/r/";
inline constexpr View kSeen = "m/v/";
inline constexpr View kFirst = "m/";
inline constexpr View kEnd = "m0";
inline constexpr View kSummaries = "o/";

[[nodiscard]] std::string mailbox(MailboxId id);
[[nodiscard]] std::string keywords(MailboxId id);
[[nodiscard]] std::string name(View name);
[[nodiscard]] std::string subscription(View name);
[[nodiscard]] std::string log_prefix(MailboxId id);
[[nodiscard]] std::string log(MailboxId id, std::uint64_t modseq);
[[nodiscard]] std::string flags_prefix(MailboxId id);
/// @param block  FlagBlock::number()
[[nodiscard]] std::string flags(MailboxId id, std::uint32_t block);
[[nodiscard]] std::string message_prefix(MailboxId id);
[[nodiscard]] std::string message(MailboxId id, Uid uid);
[[nodiscard]] std::string reference(BlobId blob);
[[nodiscard]] std::string acl(MailboxId id);
[[nodiscard]] std::string seen_prefix(MailboxId id);
/// The messages that a visitor has seen.
[[nodiscard]] std::string seen(MailboxId id, store::AccountId visitor);
/// Of all annotations of a mailbox; mailbox 0 is the server.
[[nodiscard]] std::string annotation_prefix(MailboxId id);
/// Of all annotations on a mailbox of another account.
[[nodiscard]] std::string note_prefix(View mailbox_id);
[[nodiscard]] std::string summary(BlobId blob);

/// The number in hexadecimal digits at `at`; `digits` is 8 or 16. @errors corrupt
[[nodiscard]] Result<std::uint64_t> number(View key, std::size_t at, std::size_t digits);
[[nodiscard]] Result<MailboxId> mailbox_of(View key);    ///< of mailbox, keywords, flags, log and message rows
[[nodiscard]] Result<Uid> uid_of(View key);              ///< of a message row
[[nodiscard]] Result<std::uint32_t> block_of(View key);  ///< of a flags row
[[nodiscard]] Result<BlobId> blob_of_summary(View key);

}  // namespace keys

/// The objectid of a mailbox, which no other mailbox of any account has (RFC 8474 section 4).
[[nodiscard]] std::string object_id(store::AccountId account, MailboxId id);

}  // namespace posthorn::mailbox
