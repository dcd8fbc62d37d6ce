// Addresses: SMTP paths (RFC 5321 section 4.1.2, RFC 6531) and address lists of header fields (RFC 5322 section 3.4).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"
#include "posthorn/grammar/cursor.h"

namespace posthorn::mail {

/// RFC 5321 section 4.5.3.1, octets.
inline constexpr std::size_t kMaxLocalPart = 64;
inline constexpr std::size_t kMaxDomain = 255;
inline constexpr std::size_t kMaxPath = 256;

/// local-part@domain. The local part is unquoted; text() quotes it again where it must be.
struct Mailbox {
  std::string local_part;
  std::string domain;  ///< a name or an address literal with its brackets; empty only for <Postmaster>
  [[nodiscard]] bool is_null() const { return local_part.empty() && domain.empty(); }
  [[nodiscard]] std::string text() const;
  bool operator==(const Mailbox&) const = default;
};

/// Path = "<" [ A-d-l ":" ] Mailbox ">": a source route is read and dropped (RFC 5321 appendix F.2). UTF-8 only
/// where `utf8` (RFC 6531 section 3.3).
bool forward_path(Cursor& c, bool utf8, Mailbox& out);
/// Path or "<>".
bool reverse_path(Cursor& c, bool utf8, Mailbox& out);
/// Mailbox without brackets, as people type it in configuration and commands.
[[nodiscard]] Result<Mailbox> parse_mailbox(View text, bool utf8);

/// One entry of an address list of a header field, as IMAP's ENVELOPE wants it (RFC 9051 section 7.5.2).
struct Address {
  enum class Kind : std::uint8_t { mailbox, group_begin, group_end };
  Kind kind = Kind::mailbox;
  std::string name;        ///< display name or group name, unquoted, encoded words kept
  std::string route;       ///< obsolete source route, or empty
  std::string local_part;
  std::string domain;
};

/// Reads any octets as an address list (RFC 5322 section 3.4 with obsolete forms); what is no address is skipped.
[[nodiscard]] std::vector<Address> address_list(View field_body);

}  // namespace posthorn::mail
