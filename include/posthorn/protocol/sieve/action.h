// What a script wants done. Evaluating has no effect on the world: the host carries out the actions.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace posthorn::sieve {

/// The message as the script had changed it at that moment; null: as it came.
using Octets = std::shared_ptr<const std::string>;

/// A message for one of the user's mailboxes.
struct Filing {
  std::optional<std::vector<std::string>> flags;  ///< RFC 5232; nullopt: the script said nothing
  Octets message;
  friend bool operator==(const Filing&, const Filing&) = default;
};

/// RFC 5228 section 4.3: into the inbox.
struct Keep {
  Filing filing;
  bool implicit = false;  ///< nobody said so (section 2.10.2)
};

/// RFC 5228 section 4.1. Where it cannot be stored, the message is kept.
struct FileInto {
  std::string mailbox;      ///< UTF-8, as the user names it
  std::string mailbox_id;   ///< RFC 9042 section 4.1: goes before the name where such a mailbox is; else empty
  std::string special_use;  ///< RFC 8579 section 4: likewise
  bool create = false;      ///< RFC 5490 section 3.2
  Filing filing;
};

/// RFC 3461 section 4 by RFC 6009; what is empty was not said.
struct DsnWishes {
  std::string notify;  ///< "NEVER" or words with commas
  std::string ret;     ///< "FULL" or "HDRS"
  friend bool operator==(const DsnWishes&, const DsnWishes&) = default;
};

/// RFC 2852 by RFC 6009 section 5.
struct DeliverBy {
  std::int64_t seconds = 0;  ///< from now
  bool return_late = false;  ///< mode R; else N
  bool trace = false;
  friend bool operator==(const DeliverBy&, const DeliverBy&) = default;
};

/// RFC 5228 section 4.2: to somebody else, under the sender it came from.
struct Redirect {
  std::string address;  ///< addr-spec
  bool list = false;    ///< `address` names a list of addresses (RFC 6134 section 2.5)
  DsnWishes dsn;
  std::optional<DeliverBy> deliver_by;
  Octets message;
};

/// RFC 5228 section 4.4.
struct Discard {};

/// RFC 5429.
struct Reject {
  std::string reason;      ///< UTF-8
  bool explicit_ = false;  ///< ereject: a reply of the protocol is wanted, a message only as a last resort
};

/// RFC 5230. The host asks itself whether it answered this sender of late, and RFC 3834 whether it may.
struct Vacation {
  std::string reason;  ///< UTF-8; a MIME entity where `mime`
  bool mime = false;
  std::string subject;                 ///< empty: made of the message's own
  std::string from;                    ///< empty: the recipient's address
  std::vector<std::string> addresses;  ///< further ones of the user
  std::string handle;                  ///< what tells this answer from others; never empty
  std::chrono::seconds period{};       ///< between two answers to the same sender; 0: always (RFC 6131)
  std::optional<FileInto> copy;        ///< of the answer, for a mailbox (RFC 8580)
};

/// RFC 5435.
struct Notify {
  std::string method;   ///< URI
  std::string message;  ///< UTF-8; empty: a text of the method's own
  std::string from;
  std::uint8_t importance = 2;  ///< 1 to 3, 1 is the highest
  std::vector<std::string> options;
  std::optional<FileInto> copy;  ///< RFC 8580
};

using Action = std::variant<Keep, FileInto, Redirect, Discard, Reject, Vacation, Notify>;

/// RFC 7352: what the host keeps in mind when it has carried out the actions.
struct Remembered {
  std::string id;                 ///< with the handle
  std::chrono::seconds period{};  ///< how long
  friend bool operator==(const Remembered&, const Remembered&) = default;
};

}  // namespace posthorn::sieve
