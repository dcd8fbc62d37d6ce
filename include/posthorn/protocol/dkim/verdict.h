// What becomes of a signature, in the words of RFC 8601 section 2.7.1, and why.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/view.h"

namespace posthorn::dkim {

/// RFC 8601 section 2.7.1; for a message, what its best signature gives.
enum class Outcome : std::uint8_t { none, pass, fail, policy, neutral, temperror, permerror };
[[nodiscard]] View name_of(Outcome outcome);

/// Why a signature came to its outcome.
enum class Reason : std::uint8_t {
  good,
  body_hash,
  signature,
  syntax,
  missing_tag,
  version,
  domain_mismatch,
  from_not_signed,
  expired,
  short_body,
  historic_algorithm,
  no_key,
  key_syntax,
  key_revoked,
  key_algorithm,
  key_hash,
  key_service,
  key_domain,
  no_answer,
  key_size,
  future,
  extra_from,
  partial_body,
  header_size,
  limits,
  unknown_algorithm,
  unknown_query,
};

struct ReasonRow {
  Reason reason;
  Outcome outcome;
  View words;  ///< for people; those of RFC 6376 section 6.1 where it has some
  View source;
};

/// In the order of Reason.
inline constexpr std::array kReasons{
    ReasonRow{Reason::good, Outcome::pass, "good signature", "RFC 6376 section 6.1.3"},
    ReasonRow{Reason::body_hash, Outcome::fail, "body hash did not verify", "RFC 6376 section 6.1.3"},
    ReasonRow{Reason::signature, Outcome::fail, "signature did not verify", "RFC 6376 section 6.1.3"},
    ReasonRow{Reason::syntax, Outcome::permerror, "signature syntax error", "RFC 6376 section 6.1.1"},
    ReasonRow{Reason::missing_tag, Outcome::permerror, "signature missing required tag", "RFC 6376 section 6.1.1"},
    ReasonRow{Reason::version, Outcome::permerror, "incompatible version", "RFC 6376 section 6.1.1"},
    ReasonRow{Reason::domain_mismatch, Outcome::permerror, "domain mismatch", "RFC 6376 section 6.1.1"},
    ReasonRow{Reason::from_not_signed, Outcome::permerror, "From field not signed", "RFC 6376 section 6.1.1"},
    ReasonRow{Reason::expired, Outcome::permerror, "signature expired", "RFC 6376 section 6.1.1"},
    ReasonRow{Reason::short_body, Outcome::permerror, "body is shorter than signed", "RFC 6376 section 3.5"},
    ReasonRow{Reason::historic_algorithm, Outcome::permerror, "rsa-sha1 is historic", "RFC 8301 section 3.1"},
    ReasonRow{Reason::no_key, Outcome::permerror, "no key for signature", "RFC 6376 section 6.1.2"},
    ReasonRow{Reason::key_syntax, Outcome::permerror, "key syntax error", "RFC 6376 section 6.1.2"},
    ReasonRow{Reason::key_revoked, Outcome::permerror, "key revoked", "RFC 6376 section 6.1.2"},
    ReasonRow{Reason::key_algorithm, Outcome::permerror, "inappropriate key algorithm", "RFC 6376 section 6.1.2"},
    ReasonRow{Reason::key_hash, Outcome::permerror, "inappropriate hash algorithm", "RFC 6376 section 6.1.2"},
    ReasonRow{Reason::key_service, Outcome::permerror, "inapplicable key", "RFC 6376 section 3.6.1"},
    ReasonRow{Reason::key_domain, Outcome::permerror, "key is not for subdomains", "RFC 6376 section 3.6.1"},
    ReasonRow{Reason::no_answer, Outcome::temperror, "key unavailable", "RFC 6376 section 6.1.2"},
    ReasonRow{Reason::key_size, Outcome::policy, "key size out of range", "RFC 8301 section 3.2"},
    ReasonRow{Reason::future, Outcome::policy, "signed in the future", "RFC 6376 section 3.5"},
    ReasonRow{Reason::extra_from, Outcome::policy, "another From field is not signed", "RFC 6376 section 8.15"},
    ReasonRow{Reason::partial_body, Outcome::policy, "body is signed in part only", "RFC 6376 section 8.2"},
    ReasonRow{Reason::header_size, Outcome::policy, "header too long", ""},
    ReasonRow{Reason::limits, Outcome::policy, "signature asks for too much", ""},
    ReasonRow{Reason::unknown_algorithm, Outcome::neutral, "unknown algorithm", "RFC 6376 section 3.3"},
    ReasonRow{Reason::unknown_query, Outcome::neutral, "unknown query method", "RFC 6376 section 3.5"},
};
[[nodiscard]] constexpr const ReasonRow& row_of(Reason reason) { return kReasons[static_cast<std::size_t>(reason)]; }

/// One signature.
struct SignatureVerdict {
  Reason reason = Reason::good;
  std::string domain;        ///< d=, lower-case A-labels; empty: could not be read
  std::string selector;      ///< s=, likewise
  std::string algorithm;     ///< a=, as spelled, at most 64 octets of it
  std::string agent;         ///< i=, as spelled; "@" and the domain where it is not there
  std::string header_b;      ///< what tells it from the others: so many letters of b=, 8 to 64 (RFC 6008 section 3)
  std::size_t key_bits = 0;  ///< 0: no key was tried
  bool testing = false;      ///< t=y of the key: to be treated like an unsigned message (RFC 6376 section 3.6.1)
  std::optional<std::uint64_t> length;  ///< l=
  std::uint64_t unsigned_octets = 0;    ///< of the canonical body behind l=
  std::optional<WallTime> signed_at;    ///< t=
  std::optional<WallTime> expires;      ///< x=

  [[nodiscard]] Outcome outcome() const { return row_of(reason).outcome; }
  [[nodiscard]] bool passed() const { return reason == Reason::good; }
};

/// A message.
struct Verdict {
  Outcome outcome = Outcome::none;           ///< pass when any signature passes, else that of the first; none without
  std::vector<SignatureVerdict> signatures;  ///< those that were looked at, in the order of their fields
  std::size_t ignored = 0;                   ///< signatures beyond the limit
  std::vector<std::string> steps;            ///< in plain words how it came to that, when asked for
};

}  // namespace posthorn::dkim
