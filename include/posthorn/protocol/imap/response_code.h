// Response codes of IMAP as a client reads them: the bracket of a status response (RFC 9051 section 7.1 and
// extensions).
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "posthorn/bytes/view.h"
#include "posthorn/protocol/imap/arguments.h"
#include "posthorn/protocol/imap/mailboxes.h"

namespace posthorn::imap::response {

/// Flags as a server says them. Flags of the system that nobody registered stay in Flags::keywords with their
/// backslash.
struct FlagList {
  Flags flags;
  bool recent = false;        ///< \Recent (RFC 3501 section 2.3.2)
  bool new_keywords = false;  ///< "\*" in PERMANENTFLAGS: the client may invent keywords
  bool operator==(const FlagList&) const = default;
};

/// Codes that are one word.
enum class Word : std::uint8_t {
  alert,
  already_exists,
  authentication_failed,
  authorization_failed,
  cannot,
  client_bug,
  closed,
  compression_active,
  contact_admin,
  corruption,
  expired,
  expunge_issued,
  has_children,
  in_use,
  limit,
  no_modseq,
  no_perm,
  nonexistent,
  not_saved,
  notification_overflow,
  over_quota,
  parse,
  privacy_required,
  read_only,
  read_write,
  server_bug,
  try_create,
  uid_not_sticky,
  uid_required,
  unavailable,
  unknown_cte,
  use_attribute,
};

struct BadCharset {
  std::vector<std::string> supported;
};
/// Also the untagged response of this name.
struct Capability {
  std::vector<std::string> words;
};
struct PermanentFlags {
  FlagList flags;
};
struct UidNextCode {
  Uid uid;
};
struct UidValidityCode {
  UidValidity value;
};
/// The first message without \Seen (RFC 3501 section 7.1).
struct UnseenCode {
  SeqNum number;
};
/// RFC 7162 section 3.1.2.1.
struct HighestModSeq {
  ModSeq value;
};
/// RFC 4315 section 3. Several UIDs after MULTIAPPEND (RFC 3502).
struct AppendUid {
  UidValidity uid_validity;
  std::vector<Range> uids;
};
/// RFC 4315 section 3: the UIDs of both sets belong together in their order.
struct CopyUid {
  UidValidity uid_validity;
  std::vector<Range> source;
  std::vector<Range> target;
};
/// Messages that a conditional STORE left alone (RFC 7162 section 3.1.3); UIDs after UID STORE.
struct Modified {
  std::vector<Range> messages;
};
/// RFC 8474 section 4.
struct MailboxId {
  std::string id;
};
/// RFC 2221, RFC 2193.
struct Referral {
  std::vector<std::string> urls;
};
/// RFC 5464 section 4.2 and 4.3.
struct MetadataCode {
  enum class What : std::uint8_t { long_entries, max_size, too_many, no_private };
  What what;
  std::uint64_t octets = 0;  ///< long_entries: of the longest value; max_size: the limit
};
/// A code that is not known here, as the server wrote it.
struct OtherCode {
  std::string name;
  std::string arguments;
};

/// std::monostate: no code.
using Code =
    std::variant<std::monostate, Word, BadCharset, Capability, PermanentFlags, UidNextCode, UidValidityCode, UnseenCode,
                 HighestModSeq, AppendUid, CopyUid, Modified, MailboxId, Referral, MetadataCode, OtherCode>;

/// Whether `code` is this word.
[[nodiscard]] inline bool is(const Code& code, Word word) {
  const Word* found = std::get_if<Word>(&code);
  return found != nullptr && *found == word;
}

}  // namespace posthorn::imap::response
