// What MAIL and RCPT say behind their addresses: values that the server session reads and the client session writes.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/view.h"
#include "posthorn/grammar/mail/typed_text.h"

namespace posthorn::smtp {

/// RET: how much of a message comes back with a report of its failure (RFC 3461 section 4.3).
enum class Return : std::uint8_t { unspecified, full, headers };

/// NOTIFY: when a report on a recipient is wanted (RFC 3461 section 4.1).
struct Notify {
  bool never = false;  ///< alone: no report at all
  bool success = false;
  bool failure = false;
  bool delay = false;
  bool given = false;  ///< whether anything was said; if not, failures are reported, and delays as the server likes
  bool operator==(const Notify&) const = default;
};

/// BY: when a message must have arrived (RFC 2852 section 4).
struct DeliverBy {
  std::int32_t seconds = 0;  ///< that are left from now on; at most nine digits; 0 and less: the time is over
  bool returns = false;      ///< mode R: a late message goes back; otherwise mode N: the sender hears that it is late
  bool trace = false;        ///< T: every relay reports
  bool operator==(const DeliverBy&) const = default;
};

/// HOLDFOR and HOLDUNTIL: a message that is to leave later (RFC 4865 section 4).
struct Hold {
  std::chrono::seconds interval{};  ///< from MAIL on; of HOLDUNTIL too
  std::optional<WallTime> until;    ///< as HOLDUNTIL had it
  bool operator==(const Hold&) const = default;
};

/// MT-PRIORITY (RFC 6710 section 3): from -9, the least, to 9; 0 is usual mail.
using Priority = std::int8_t;

/// Octets of an ENVID parameter in xtext (RFC 3461 section 4.4).
inline constexpr std::size_t kMaxEnvelopeId = 100;

/// What MAIL said behind the path.
struct MailParams {
  enum class Body : std::uint8_t { seven_bit, eight_bit, binary };
  std::optional<std::uint64_t> size;  ///< octets, as declared (RFC 1870)
  Body body = Body::seven_bit;        ///< RFC 6152, RFC 3030
  bool utf8 = false;                  ///< SMTPUTF8 (RFC 6531)
  bool require_tls = false;           ///< REQUIRETLS (RFC 8689): every further hop must verify TLS
  Return ret = Return::unspecified;
  std::string envelope_id;  ///< ENVID without its xtext (RFC 3461 section 4.4), printable ASCII; empty: none
  std::optional<Priority> priority;
  std::optional<DeliverBy> deliver_by;
  std::optional<Hold> hold;
};

/// What RCPT said behind the path.
struct RcptParams {
  Notify notify;
  std::optional<mail::TypedText> original;  ///< ORCPT (RFC 3461 section 4.2, RFC 6533 section 3)
  bool operator==(const RcptParams&) const = default;
};

/// "NEVER", or words with commas between them. @returns nullopt for another text
[[nodiscard]] std::optional<Notify> parse_notify(View value);
/// The value of NOTIFY; empty where nothing was given.
[[nodiscard]] std::string format_notify(const Notify& notify);

/// @returns nullopt for another text, and where mode R comes with a time that is over (RFC 2852 section 4)
[[nodiscard]] std::optional<DeliverBy> parse_deliver_by(View value);
[[nodiscard]] std::string format_deliver_by(const DeliverBy& by);

/// @returns nullopt for another text than -9 to 9
[[nodiscard]] std::optional<Priority> parse_priority(View value);

/// The value of ENVID as it is meant; nullopt where it is no xtext, too long or not printable.
[[nodiscard]] std::optional<std::string> parse_envelope_id(View value);
/// In xtext; nullopt for an id that no server may take.
[[nodiscard]] std::optional<std::string> format_envelope_id(View id);

}  // namespace posthorn::smtp
