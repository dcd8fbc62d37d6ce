// URLs of stored messages and their parts, as CATENATE takes them: the absolute paths of RFC 5092 section 7.2.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"
#include "posthorn/protocol/imap/mailboxes.h"

#include "protocol/imap/section.h"

namespace posthorn::imap {

/// Longest URL, octets.
inline constexpr std::size_t kMaxUrl = 8'192;

/// A message, or a part of it, on the server on which the URL stands.
struct MessageUrl {
  std::string mailbox;  ///< UTF-8; "INBOX" in capitals
  std::optional<UidValidity> uid_validity;
  Uid uid;
  Section section;  ///< all of the message where the URL names none
  std::uint64_t from = 0;
  std::optional<std::uint64_t> count;  ///< nullopt: to the end
};

/// "/" enc-mailbox [";UIDVALIDITY=" n] "/;UID=" n ["/;SECTION=" enc-section] ["/;PARTIAL=" n ["." n]]; words in any
/// case. URLs of other servers, of searches and with URLAUTH are none here.
/// @errors syntax, too_long
[[nodiscard]] Result<MessageUrl> parse_url(View text);

}  // namespace posthorn::imap
