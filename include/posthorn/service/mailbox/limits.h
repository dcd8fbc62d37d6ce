// What one account may hold; each limit has a test.
#pragma once

#include <cstddef>
#include <cstdint>

namespace posthorn::mailbox {

/// Named limits of one account. What passes a limit on a length is refused with Code::too_long or, in a name, with
/// Code::syntax; what passes a limit on a count with Code::too_many.
struct Limits {
  std::uint32_t mailboxes = 5'000;            ///< mailboxes in one account
  std::uint32_t subscriptions = 10'000;       ///< subscribed names in one account
  std::size_t name_octets = 512;              ///< a whole mailbox name in UTF-8 (RFC 9051 names no minimum)
  std::uint32_t name_depth = 20;              ///< components of a name
  std::uint32_t keywords = 256;               ///< keywords that one mailbox ever used; at most 65,535
  std::size_t keyword_octets = 100;           ///< one keyword; at most 255
  std::uint64_t message_octets = 0xFFFFFFFF;  ///< one message; never more (RFC822.SIZE of many clients has 32 bits)

  std::uint32_t acl_entries = 1'000;           ///< identifiers in the ACL of one mailbox; at most 65,535
  std::size_t identifier_octets = 512;         ///< one of them
  std::size_t annotation_octets = 65'536;      ///< the value of one annotation (RFC 5464 section 4.1: 1,024 at least)
  std::size_t annotation_name_octets = 1'024;  ///< its name
  std::uint32_t annotations = 256;             ///< on one mailbox, or on the server
  std::uint64_t annotation_storage = 16U << 20U;  ///< names and values of all annotations of an account

  std::uint32_t log_rows = 4'096;           ///< commits that the change log of a mailbox remembers; older views rescan
  std::uint32_t joined_messages = 4'096;    ///< waiting messages that one batch takes, and those of one APPEND
  std::size_t summary_octets = 64U << 20U;  ///< summaries of messages kept in the memory of one process; 0: none
  std::size_t index_octets = 64U << 20U;    ///< lists of messages kept so, for the next SELECT (48 octets a message)
  std::uint32_t idle_accounts = 1'024;      ///< accounts kept open in one process although nobody uses them
};

}  // namespace posthorn::mailbox
