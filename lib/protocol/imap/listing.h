// What SORT and THREAD need of a message: the one place that says where it comes from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/result.h"
#include "posthorn/grammar/mime/thread.h"
#include "posthorn/protocol/imap/mailboxes.h"
#include "posthorn/protocol/imap/spec.h"

namespace posthorn::imap {

/// What of a listing is wanted; a bit each.
enum class Listed : std::uint8_t {
  from = 1,
  to = 2,
  cc = 4,
  display_from = 8,
  display_to = 16,
  date = 32,
  subject = 64,
  links = 128,  ///< message ids, and the subject too
};

inline constexpr Listed kAnyListed{255};

/// As RFC 5256 section 2.2 and RFC 5957 section 3 define them: UTF-8, not collated; empty for what is not there.
struct Listing {
  std::string from;  ///< addr-mailbox of the first address: its local part, or the name of a group
  std::string to;
  std::string cc;
  std::string display_from;  ///< display name of the first address, else the address
  std::string display_to;
  WallTime sent;            ///< the Date field in UTC; where it cannot be read, the internal date
  mime::ThreadLinks links;  ///< the base subject is in it
};

/// Reads no more of the message than its header, and nothing when nothing is wanted or its summary has the fields. A
/// message that is gone or cannot be opened has an empty listing.
/// @param octets_read  grows by what was read
[[nodiscard]] Result<Listing> listing_of(SelectedMailbox& view, SeqNum number, Bits<Listed> wanted,
                                         std::uint64_t& octets_read);

}  // namespace posthorn::imap
